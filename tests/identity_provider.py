"""A real OpenID provider in this process: discovery, keys, authorize, token, userinfo. What it does wrong is set by a test."""

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CLIENT, SECRET = "review-desk", "the client's secret, of a length that a key has to have"


class Provider:
    def __init__(self):
        self.claims = {"sub": "subject-1", "email": "amara@example.com", "email_verified": True, "name": "Amara Osei", "groups": ["qa-reviewers"]}
        self.userinfo, self.wrong, self.key, self.kid, self.algorithm = {}, {}, KEY, "one", "RS256"
        self.nonce, self.delay, self.auth_methods = None, 0.0, ["client_secret_basic"]
        self.codes, self.asked = {}, []
        self.status = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.answer(self, None)

            def do_POST(self):
                provider.answer(self, parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/realm"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, call, form):
        parts = urlsplit(call.path)
        page = parts.path.removeprefix("/realm/")
        self.asked.append(page)
        time.sleep(self.delay)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if page in self.status:
                return self.send(call, self.status[page], {"error": "secret words of the provider"})
            if page == "authorize":
                return self.authorize(call, {name: values[0] for name, values in parse_qs(parts.query).items()})
            pages = {".well-known/openid-configuration": self.discovery, "keys": self.keys, "token": self.token, "userinfo": self.tell}
            return self.send(call, *pages[page](call, {name: values[0] for name, values in (form or {}).items()}))

    def discovery(self, call, form):
        places = {f"{name}_endpoint": f"{self.issuer}/{page}" for name, page in (("authorization", "authorize"), ("token", "token"), ("userinfo", "userinfo"))}
        return 200, {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/keys",
            **places,
            "token_endpoint_auth_methods_supported": self.auth_methods,
        } | self.wrong

    def keys(self, call, form):
        shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return 200, {"keys": [shown | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def authorize(self, call, asked):
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        call.send_response(302)
        call.send_header("Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}")
        call.end_headers()

    def token(self, call, form):
        asked = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"] or not self.knows(call, form):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": self.nonce or asked["nonce"], **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        key = {"none": None, "HS256": SECRET}.get(self.algorithm, self.key)
        return 200, {"access_token": "an access token", "token_type": "Bearer", "id_token": jwt.encode(claims, key, self.algorithm, {"kid": self.kid})}

    def knows(self, call, form):
        if "client_secret_basic" in self.auth_methods:
            return call.headers["Authorization"] == "Basic " + base64.b64encode(f"{CLIENT}:{quote(SECRET, safe='')}".encode()).decode()
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)

    def tell(self, call, form):
        assert call.headers["Authorization"] == "Bearer an access token"
        return 200, {"sub": self.claims["sub"], **self.userinfo}

    def send(self, call, status, body):
        sent = json.dumps(body).encode()
        call.send_response(status)
        call.send_header("Content-Type", "application/json")
        call.send_header("Content-Length", str(len(sent)))
        call.end_headers()
        call.wfile.write(sent)
