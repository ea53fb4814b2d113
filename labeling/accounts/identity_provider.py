"""The identity provider, by OpenID Connect: where to send somebody, and whom it vouches for when they come back."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
from django.conf import settings

from labeling.operations.identities import Identity
from sessions_app import outbound

# Made with a key of the provider's own: neither "none" nor a secret that both know.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
LEEWAY_SECONDS = 60
KEPT_SECONDS = 600
MOST_BYTES = 1_000_000
LONGEST_SUBJECT, LONGEST_NAME = 191, 150

_kept: dict[str, tuple[float, dict[str, Any]]] = {}


class ProviderAway(Exception):
    """It gave no usable answer in time."""


class NotVouchedFor(Exception):
    """What came back does not prove who this is."""


def begin() -> dict[str, str]:
    """This will return the secrets of one sign-in: they stay in the browser's session until it comes back."""
    return {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}


def address_to_go(pending: dict[str, str], *, back_to: str) -> str:
    """This will return where the browser is sent. Raises ProviderAway."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(pending["verifier"].encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": back_to,
        "scope": settings.OIDC_SCOPES,
        "state": pending["state"],
        "nonce": pending["nonce"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    address = _endpoint("authorization_endpoint")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked, quote_via=quote)}"


def who_came_back(code: str, pending: dict[str, str], *, back_to: str) -> Identity:
    """This will exchange the code and return whom the provider vouches for. Raises ProviderAway and NotVouchedFor."""
    tokens = _exchange(code, pending["verifier"], back_to)
    claims = _verified(str(tokens.get("id_token") or ""), nonce=pending["nonce"])
    if not {settings.OIDC_GROUPS_CLAIM, "email"} <= claims.keys() and "userinfo_endpoint" in _discovered():
        claims = {**_userinfo(str(tokens.get("access_token") or ""), claims["sub"]), **claims}
    elsewhere = claims.get("_claim_names")
    if isinstance(elsewhere, dict) and settings.OIDC_GROUPS_CLAIM in elsewhere:
        raise NotVouchedFor("groups elsewhere")
    return _identity(claims)


def _exchange(code: str, verifier: str, back_to: str) -> dict[str, Any]:
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": back_to, "code_verifier": verifier}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    ways = _discovered().get("token_endpoint_auth_methods_supported")
    if not isinstance(ways, list) or not ways or "client_secret_basic" in ways:
        both = f"{quote(settings.OIDC_CLIENT_ID, safe='')}:{quote(settings.OIDC_CLIENT_SECRET, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(both.encode()).decode()}"
    else:
        sent |= {"client_id": settings.OIDC_CLIENT_ID, "client_secret": settings.OIDC_CLIENT_SECRET}
    answer = _called(_endpoint("token_endpoint"), method="POST", headers=headers, body=urlencode(sent).encode())
    if answer.status >= 500:
        raise ProviderAway
    if answer.status != 200:
        # A code that was used already, or is not ours.
        raise NotVouchedFor("code")
    return _object(answer.body)


def _verified(token: str, *, nonce: str) -> dict[str, Any]:
    """The signature is checked although the token came straight from the provider: a proxy on the way may have opened the line."""
    issuer = str(_discovered()["issuer"])
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_key_of(token),
            algorithms=ALGORITHMS,
            audience=settings.OIDC_CLIENT_ID,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "aud", "iss", "sub"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        raise NotVouchedFor("token") from None
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(errors="replace"), nonce.encode()):
        raise NotVouchedFor("nonce")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", "" if several else settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
        raise NotVouchedFor("azp")
    return claims


def _key_of(token: str) -> jwt.PyJWK:
    wanted = jwt.get_unverified_header(token).get("kid")
    for is_fresh in (False, True):
        # A key that nobody knows may be a new one.
        keys = jwt.PyJWKSet.from_dict(_fetched(_endpoint("jwks_uri"), is_fresh=is_fresh)).keys
        found = [key for key in keys if key.public_key_use in (None, "sig") and (wanted is None or key.key_id == wanted)]
        if len(found) == 1:
            return found[0]
    raise NotVouchedFor("key")


def _userinfo(access_token: str, subject: Any) -> dict[str, Any]:
    answer = _called(_endpoint("userinfo_endpoint"), headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"})
    if answer.status != 200:
        raise ProviderAway
    said = _object(answer.body)
    if said.get("sub") != subject:
        raise NotVouchedFor("userinfo")
    return said


def _identity(claims: dict[str, Any]) -> Identity:
    subject, email, name, groups = claims["sub"], claims.get("email", ""), claims.get("name", ""), claims.get(settings.OIDC_GROUPS_CLAIM, [])
    groups = [groups] if isinstance(groups, str) else groups
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise NotVouchedFor("subject")
    # An address that the provider itself does not believe names nobody.
    email = email if isinstance(email, str) and email.isprintable() and claims.get("email_verified", True) in (True, "true") else ""
    name = "".join(sign for sign in name if sign.isprintable())[:LONGEST_NAME] if isinstance(name, str) else ""
    return Identity(
        issuer=settings.OIDC_ISSUER,
        subject=subject,
        email=email,
        name=name,
        groups=frozenset(group for group in groups if isinstance(group, str)) if isinstance(groups, list) else frozenset(),
    )


def _discovered() -> dict[str, Any]:
    found = _fetched(f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
        raise ProviderAway
    return found


def _endpoint(name: str) -> str:
    address = _discovered().get(name)
    if (
        not isinstance(address, str)
        or not (address.isascii() and address.isprintable())
        or not address.startswith("https://" if settings.OIDC_ISSUER.startswith("https://") else "http")
    ):
        raise ProviderAway
    try:
        urlsplit(address)
    except ValueError:
        raise ProviderAway from None
    return address


def _fetched(address: str, *, is_fresh: bool = False) -> dict[str, Any]:
    kept_at, kept = _kept.get(address, (0.0, {}))
    if kept and not is_fresh and time.monotonic() - kept_at < KEPT_SECONDS:
        return kept
    answer = _called(address, headers={"Accept": "application/json"})
    if answer.status != 200:
        raise ProviderAway
    found = _object(answer.body)
    _kept[address] = (time.monotonic(), found)
    return found


def _called(address: str, **how: Any) -> outbound.Answer:
    try:
        return outbound.fetch(address, is_trusted=True, most_bytes=MOST_BYTES, **how)
    except (outbound.Away, outbound.Refused):
        raise ProviderAway from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ProviderAway from None
    if not isinstance(found, dict):
        raise ProviderAway
    return found
