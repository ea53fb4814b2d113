"""Rules that hold everywhere; each is cheaper as a test than as a remark in a review."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import factories
from tests.security.route_table import METHODS, SIGN_IN, row_for

ROOT = Path(__file__).resolve().parent.parent
APPS = ("sessions_app", "labeling")
CODE = sorted(file for folder in ("config", *APPS) for file in (ROOT / folder).rglob("*.py") if "migrations" not in file.parts)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

# From the top down: a module imports from its own level and those below it, never from above.
LEVELS = [
    {"urls", "account_urls", "demo_urls", "admin", "management", "tasks", "apps"},
    {"views", "api", "middleware", "accounts", "access", "context_processors", "demo", "templatetags"},
    {"forms", "label_panel", "filters", "backups", "exports", "imports", "ingest", "recordings", "syncing"},
    {"operations", "recording_operations"},
    {"queries", "paging", "verdict"},
    {"policies", "gate", "masking", "clock", "statistics", "agreement", "plot"},
    {"requests"},
    {"models"},
    {
        "alone",
        "upstream",
        "bulk",
        "compiled",
        "copying",
        "outbound",
        "sealing",
        "reading_order",
        "reasons",
        "file_names",
        "records",
        "search_words",
        "identifiers",
        "turns",
        "signals",
        "spans",
        "scope",
        "roles",
    },
    {"codes"},
]
# sessions_app's operations define what labels are pointed to by, and labeling's verdict fills it in.
BESIDE = {("labeling.verdict", "sessions_app.operations")}


def name_of(file):
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def level_of(module):
    parts = module.split(".")
    return next((level for level, names in enumerate(LEVELS) if len(parts) > 1 and parts[1] in names), None)


def test_sessions_app_never_imports_labeling():
    assert [
        (name_of(file), module)
        for file in CODE
        if name_of(file).startswith("sessions_app")
        for module in imports_of(file)
        if module.split(".")[0] == "labeling"
    ] == []


def test_imports_point_down():
    upward = {
        (name_of(file), module)
        for file in CODE
        for module in imports_of(file)
        if module.split(".")[0] in APPS and level_of(name_of(file)) is not None and level_of(module) is not None and level_of(module) < level_of(name_of(file))
    }
    assert {(name, module) for name, module in upward if not any(name == a and module.startswith(b) for a, b in BESIDE)} == set()


def test_every_module_has_a_level():
    assert [name_of(file) for file in CODE if name_of(file).split(".")[0] in APPS and "." in name_of(file) and level_of(name_of(file)) is None] == []


def test_nothing_is_imported_inside_a_function():
    found = [
        f"{name_of(file)}:{inner.lineno}"
        for file in CODE
        for outer in ast.walk(ast.parse(file.read_text()))
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(outer)
        if isinstance(inner, (ast.Import, ast.ImportFrom)) and "noqa: PLC0415" not in file.read_text().splitlines()[inner.lineno - 1]
    ]
    assert found == []


def test_no_module_has_a_banned_name():
    banned = {"utils", "helpers", "common", "core", "misc", "functions", "managers", "services"}
    assert [name_of(file) for file in CODE if banned & set(file.with_suffix("").parts[len(ROOT.parts) :])] == []


def test_no_function_has_a_banned_prefix():
    found = [
        f"{name_of(file)}.{node.name}"
        for file in CODE
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
        and re.match(r"_?(do|handle|process|perform)_", node.name)
        and node.name not in ("handle_no_permission", "process_view", "handle_request")  # names that Django and httpx give
    ]
    assert found == []


def test_no_request_value_becomes_a_lookup():
    """No keyword splat into the ORM, and no SQL outside the modules that own it."""
    risky = re.compile(r"\.(filter|exclude|annotate|order_by|values)\(\*\*|\.extra\(|\.raw\(|RawSQL|mark_safe|pickle|yaml\.load|\beval\(")
    assert [name_of(file) for file in CODE if risky.search(file.read_text())] == []


def test_every_file_says_what_it_is_about():
    assert [name_of(file) for file in CODE if file.read_text().strip() and not ast.get_docstring(ast.parse(file.read_text()))] == []


def our_models():
    """Without the histories, which the database writes and nobody else."""
    return [model for app in APPS for model in apps.get_app_config(app).get_models() if not hasattr(model, "pgh_tracked_model") and not model._meta.proxy]


def test_every_model_has_a_factory():
    made = {factory._meta.model for factory in vars(factories).values() if isinstance(factory, type) and hasattr(factory, "_meta") and factory._meta.model}
    assert {model.__name__ for model in our_models() if not model._meta.auto_created} - {model.__name__ for model in made} == set()


def test_every_by_has_its_at():
    lonely = []
    for model in our_models():
        names = {field.name for field in model._meta.get_fields()}
        lonely += [
            f"{model.__name__}.{name}" for name in names if name.endswith("_by") and name not in ("suggested_by", "ended_by") and f"{name[:-3]}_at" not in names
        ]
    assert lonely == []


def test_no_model_overrides_what_hides_work():
    hidden = {"save", "delete", "__init__"}
    assert [model.__name__ for model in our_models() if hidden & set(vars(model))] == []
    assert [model.__name__ for model in our_models() if model._meta.ordering] == []


FRAGMENTS = sorted({name for file in CODE for name in re.findall(r'"(labeling/_\w+\.html)"', file.read_text())})


@pytest.mark.parametrize("name", FRAGMENTS)
def test_the_root_of_a_fragment_that_a_view_returns_is_named_like_its_file(name):
    template = ROOT / "templates" / name
    # Of several fragments of one kind on a page each has its own name in its id.
    text = re.sub(r"{% comment.*?endcomment %}|{%.*?%}|{#.*?#}|{{.*?}}-", "", template.read_text(), flags=re.S)
    root = re.search(r"<[a-z][^>]*>", text)
    assert root, template
    assert f'id="{template.stem.removeprefix("_").replace("_", "-")}"' in root.group()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_templates_hold_nothing_that_the_content_policy_forbids(template):
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|\|safe|autoescape off|hx-vals='js", text)


def test_nobody_writes_to_web_storage():
    assert [
        file.name for file in (ROOT / "static" / "js").glob("*.js") if re.search(r"(local|session)Storage|indexedDB|document\.cookie", file.read_text())
    ] == []


# What a stranger may reach, and why.
OPEN = {
    "labeling:healthz": "a load balancer asks it",
    "labeling:readyz": "a load balancer asks it; it says yes or no to each part",
    "labeling:metrics": "a collector shows a token; 404 without one",
    "labeling:shared_session": "a share link opens without an account; the address is the secret",
    "account_login": "the sign-in",
    "account_signup": "always 404: nobody signs up",
    "account_reset_password": "who forgot a password is not signed in",
    "account_reset_password_done": "part of the reset",
    "account_reset_password_from_key": "part of the reset",
    "account_reset_password_from_key_done": "part of the reset",
    "invitation_detail": "who was invited has no password yet; the link is the proof",
    "identity_sign_in": "leads to the identity provider; 404 without one",
    "identity_return": "where the identity provider sends back to; state, nonce and signature are the proof",
    "mfa_login_webauthn": "the sign-in with a passkey",
    "account_inactive": "where a deactivated person lands",
    "account_logout": "signing out twice is not an error",
    "admin:logout": "asked in a way that it has not, it says so",
}


def named_routes(patterns=None, namespace=""):
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            yield from named_routes(pattern.url_patterns, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        elif isinstance(pattern, URLPattern) and pattern.name:
            # The admin's catch-all has no name; the last test covers it.
            yield namespace + pattern.name, pattern


ARGUMENTS = {
    "pk": 1,
    "session_pk": 1,
    "run_pk": 1,
    "label_pk": 1,
    "number": 1,
    "name": "result",
    "object_id": "1",
    "app_label": "labeling",
    "content_type_id": 1,
    "uidb36": "a",
    "key": "b",
    "session_id": 1,
    "session_label_id": 1,
    "webhook_id": 1,
    "channel_manager_service": "hedy",
    "channel_manager_sid": "x",
    "tool_call_id": "x",
    "path": "v1/x",
    "slug": "x",
    "token": "x",
    "url": "x",
}


@pytest.mark.parametrize("name", sorted({name for name, _ in named_routes()}))
def test_every_route_refuses_a_stranger_or_says_why_not(name):
    """By the table that tests/security asks for, cell by cell. What no row names fails there."""
    row = row_for(name)
    open_to_strangers = [method for method in METHODS if row and row.cell(method, "anonymous") not in (SIGN_IN, "401")]

    assert row, "It is not in tests/security/route_table.py."
    assert not open_to_strangers or name in OPEN


def test_nobody_is_named_as_open_who_is_not():
    assert [name for name in OPEN if all(row_for(name).cell(method, "anonymous") in (SIGN_IN, "401") for method in METHODS)] == []


@pytest.mark.django_db
def test_the_api_tells_a_stranger_what_it_wants(client):
    count = 0
    for name, pattern in named_routes():
        address = reverse(name, kwargs={key: ARGUMENTS[key] for key in pattern.pattern.converters or pattern.pattern.regex.groupindex})
        if address.startswith("/api/") and name not in ("labeling:api_docs", "labeling:api_openapi"):
            count += 1
            answers = [client.get(address), client.post(address)]

            assert {answer.status_code for answer in answers} == {401}, name
            assert answers[0].json() == answers[1].json() == {"detail": "A valid API key is required in the Syllable-API-Key header."}, name
    assert count > 10
