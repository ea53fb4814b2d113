"""What holds for every route alike: the headers of every answer, the token that every form needs, and keys that a dump does not hold."""

import pytest
from django.db import connection
from django.test import Client

from labeling.models.api_key import KeyScope
from labeling.operations.api_keys import create_api_key
from tests.factories import UserFactory
from tests.repetitions import is_long
from tests.security.route_table import row_for
from tests.security.test_routes import ROUTES, address, cookie_of
from tests.security.world import LATER, build

pytestmark = pytest.mark.django_db
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
NAMES = sorted(ROUTES)
# Every route is asked with TRUST=1; else one in seven as somebody who may see all, and every one as a stranger.
SIGNED_IN_NAMES = NAMES if is_long() else NAMES[::7]


@pytest.fixture
def world(tmp_path, settings):
    settings.RECORDING_DIR = settings.EXPORT_DIR = tmp_path
    return build(cookie_of)


def paths(world, names):
    return [(name, address(world, name, row_for(name))) for name in names]


def wrong_headers(answer):
    policy = {one.strip() for one in answer.get("Content-Security-Policy", "").split(";")}
    if policy != POLICY and not policy >= {"default-src 'none'", "sandbox"}:
        yield f"policy {policy ^ POLICY}"
    # An address that is a secret itself is told to nobody at all.
    told = {**HEADERS, "Referrer-Policy": "no-referrer"} if answer.get("Referrer-Policy") == "no-referrer" else HEADERS
    yield from (f"{name}: {answer.get(name)}" for name, value in told.items() if answer.get(name) != value)
    yield from (f"no {name}" for name in ("Permissions-Policy", "X-Request-ID") if name not in answer)
    if "Content-Security-Policy-Report-Only" in answer:
        yield "a policy that nobody enforces"


def test_every_answer_has_the_same_strict_headers(world):
    client, wrong = Client(raise_request_exception=False), []
    for cookie, names in ((None, NAMES), (world.cookies["admin"], SIGNED_IN_NAMES)):
        client.cookies.clear()
        if cookie:
            client.cookies["sessionid"] = cookie
        for name, path in paths(world, names):
            for method in ("get", "put"):
                if "logout" in path and method == "get":
                    continue
                answer = getattr(client, method)(path)
                wrong += [f"{method} {name} {answer.status_code}: {line}" for line in wrong_headers(answer)]
                if answer.streaming:
                    answer.close()

    assert not wrong, "\n".join(wrong)


def test_the_answers_to_what_goes_wrong_have_them_too(client, reviewer):
    client.raise_request_exception = False
    client.force_login(reviewer)
    wrong = []
    for path, sent in (("/nowhere/", {}), ("/api/v1/nowhere/", {}), ("/healthz", {"HTTP_HOST": "evil.example"}), ("/sessions/?q=\x00", {})):
        answer = client.get(path, **sent)
        wrong += [f"{path} {answer.status_code}: {line}" for line in wrong_headers(answer)]

    assert not wrong, "\n".join(wrong)


def test_no_route_changes_anything_without_the_token_of_a_form(world):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["sessionid"] = world.cookies["admin"]
    let_through = []
    asked = [(name, path, method) for name, path in paths(world, NAMES) for method in ("post", "put", "patch", "delete")]
    for name, path, method in asked:
        if path.startswith("/api/") or row_for(name).cell(method, "admin") == "405":
            # A browser's cookie is nothing there; what no view takes is refused in any case.
            continue
        answer = getattr(client, method)(path)
        if answer.status_code not in (403, 405):
            let_through.append(f"{method} {name}: {answer.status_code}")

    assert let_through == []


def test_a_browsers_cookie_is_nothing_to_the_api(world, client):
    client.cookies["sessionid"] = world.cookies["admin"]
    said = {client.get(path).status_code for name, path in paths(world, NAMES) if name.startswith("api:") and row_for(name).get.split()[0] == "401"}

    assert said == {401}


def test_a_dump_of_the_database_holds_no_key_that_opens_anything(client):
    row, key = create_api_key(user=UserFactory(role="admin"), name="script", scopes=list(KeyScope), expires_at=LATER, by=None)
    assert client.get("/api/v1/sessions/", headers={"Syllable-API-Key": key}).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(labeling_apikey::text, ' ') FROM labeling_apikey")
        dumped = cursor.fetchone()[0]
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")
        holds = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" AS one WHERE strpos(one::text, %s) > 0)', [key.split("_", 2)[2]])
            holds += [table] if cursor.fetchone()[0] else []

    assert holds == []
    words = [word for word in dumped.strip("()").replace('"', "").split(",") if word]
    tried = [*words, *(f"rd_{row.prefix}_{word}" for word in words)]
    assert {client.get("/api/v1/sessions/", headers={"Syllable-API-Key": word}).status_code for word in tried if word.isprintable()} == {401}
