"""Every route, every method, everybody: what each gets is decided in route_table.py, and nothing else is let through."""

import time

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from labeling.middleware.sign_in_age import ACTIVE_AT, SIGNED_IN_AT
from labeling.models.api_key import KeyScope
from tests.repetitions import is_long
from tests.security import route_table
from tests.security.route_table import METHODS, REFUSED, ROWS, SIGN_IN, Row, row_for
from tests.security.world import SIGNED_IN, build

PARTS = 8
KEYS = tuple(str(scope) for scope in KeyScope)


def routes(patterns=None, namespace="", before=""):
    """Name, address as Django writes it, names of its arguments. What has no name is called by its address."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        text = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace, text)
        elif isinstance(pattern, URLPattern):
            yield (f"{namespace}{pattern.name}" if pattern.name else text), text, list(pattern.pattern.converters or pattern.pattern.regex.groupindex)


ROUTES = {name: (text, arguments) for name, text, arguments in routes()}


def address(world, name, row):
    text, arguments = ROUTES[name]
    for argument in arguments:
        value = str(world.argument(argument, row.of, name))
        text = _filled(text, argument, value)
    return "/" + text.replace("^", "").replace("$", "").replace("\\", "")


def _filled(text, argument, value):
    """A path says <int:pk>, an expression (?P<pk>…)."""
    start = text.find(f"(?P<{argument}>")
    if start >= 0:
        depth, end = 0, start
        while True:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
            if not depth:
                return text[:start] + value + text[end:]
    return next(text.replace(f"<{kind}{argument}>", value) for kind in ("int:", "slug:", "str:", "path:", "uuid:", "") if f"<{kind}{argument}>" in text)


# A new one would set up the middleware anew for each request.
client = Client(raise_request_exception=False)


def ask(method, path, *, cookie=None, key=None):
    """One request by somebody, of which nothing stays."""
    client.cookies.clear()
    # Nobody is slowed down for what others asked before.
    cache.clear()
    if cookie:
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    headers = {"Syllable-API-Key": key} if key else {}
    with transaction.atomic():
        answer = getattr(client, method)(path, headers=headers)
        if answer.streaming:
            answer.close()
        transaction.set_rollback(True)
    if answer.status_code == 302 and "/login/" in answer["Location"]:
        return SIGN_IN
    return str(answer.status_code)


def cookie_of(person):
    client.cookies.clear()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    # As after a first page, and for longer than the tests take: to write down with each request since when somebody is here took a sixth of the time.
    session, soon = client.session, int(time.time()) + 600
    session.update({SIGNED_IN_AT: soon, ACTIVE_AT: soon})
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def world(db, tmp_path, settings):
    settings.RECORDING_DIR = settings.EXPORT_DIR = tmp_path
    return build(cookie_of)


def answers(world, name, row, asked=None):
    """What the application says now, in the shape of the table, to everybody or to those whom `asked` names."""
    path = address(world, name, row)
    found = {}
    for method in METHODS:
        found[method] = {who: ask(method, path, cookie=world.cookies[who]) for who in (asked(row, method) if asked else SIGNED_IN)}
        found[method] |= {"anonymous": ask(method, path)}
        if method in ("get", "post") or path.startswith("/api/"):
            found[method] |= {"deactivated": ask(method, path, cookie=world.cookies["deactivated"])}
            keys = keys_that_differ(row, path)
            found[method] |= {who: ask(method, path, key=key) for who, key in world.keys.items() if who in keys}
    return found


def keys_that_differ(row, path):
    """Where no key is meant to open anything, the one with all scopes speaks for those with one."""
    if row.keys or path.startswith("/api/"):
        return *KEYS, "expired"
    return *(KEYS if is_long() else ()), "every", "expired"


def those_who_differ(row, method):
    """A method that no view takes is refused before it is asked who comes: whoever owns all that there is, and whoever may most, speak for
    the others. HEAD runs what GET runs, and who may less would be let through first. `make trust` asks everybody everything."""
    if is_long():
        return SIGNED_IN
    if method == "head":
        return "reviewer", "other"
    return ("reviewer", "admin") if getattr(row, method) == REFUSED else SIGNED_IN


def as_row(name, found):
    """The line to add to the table."""
    cells = {method: " ".join(found[method][who] for who in SIGNED_IN) for method in METHODS}
    said = [f'{method}="{cell}"' for method, cell in cells.items() if cell != "405 405 405 405" and not (method == "head" and cell == cells["get"])]
    stranger = {method: found[method]["anonymous"] for method in METHODS if found[method]["anonymous"] != SIGN_IN}
    keys = {method: " ".join(found[method].get(key, "") for key in KEYS) for method in METHODS}
    said += [f"stranger={stranger}"] if stranger else []
    said += [f"keys={keys}"] if any(found["get"].get(key, "") not in ("", found["get"]["anonymous"]) for key in KEYS) else []
    return f'    Row("{name}", {", ".join(said)}),'


@pytest.mark.parametrize("first", range(PARTS))
def test_everybody_gets_what_the_table_says(world, first):
    """In a few parts, because to build what the routes point at takes as long as to ask ten of them."""
    wrong = [line for name in sorted(ROUTES)[first::PARTS] for line in differences(world, name)]

    assert not wrong, "\n".join(["", *wrong])


def differences(world, name):
    row = row_for(name)
    if row is None:
        yield f"{name} is not in tests/security/route_table.py. This is what it answers now; add the line if each cell of it is right:"
        yield as_row(name, answers(world, name, Row(name)))
        return
    found = answers(world, name, row, those_who_differ)
    wrong = [(method, who, said) for method in found for who, said in found[method].items() if said != row.cell(method, who)]
    yield from (f"{name}, {method.upper()} by {who}: {said}. The table says {row.cell(method, who)}." for method, who, said in wrong)
    if wrong:
        yield f"As a line of the table it is now:\n{as_row(name, answers(world, name, row))}"


def test_a_route_that_nobody_decided_is_said_with_the_line_to_add(world, monkeypatch):
    monkeypatch.setattr(route_table, "ROWS", [])

    said = "\n".join(differences(world, "labeling:session_detail"))

    assert "is not in tests/security/route_table.py" in said
    assert 'Row("labeling:session_detail", get="200 404 200 200")' in said


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_is_of_a_route(row):
    assert any(row is row_for(name) for name in ROUTES)


def test_what_one_may_not_see_is_not_found(world):
    """Whoever sees other agents gets 404 where the reviewer of this one gets a page: never 403, which would tell that it is there."""
    told = [
        f"{method} {row.name}"
        for row in ROWS
        for method in ("get", "post")
        if row.cell(method, "reviewer") not in ("403", "404", "405", SIGN_IN) and row.cell(method, "other") == "403"
    ]
    assert told == []


@pytest.mark.django_db
def test_the_admin_refuses_a_stranger_also_where_there_is_no_page(client):
    answer = client.get("/admin/no/such/page/")

    assert (answer.status_code, "/login/" in answer["Location"]) == (302, True)
