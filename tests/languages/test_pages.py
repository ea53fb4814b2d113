"""In another language every page is whole in it: only data, codes and names stay as they are."""

import re

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils.translation import gettext_lazy, ngettext, trans_real

from tests.languages.pseudo import Pseudo, Spoken
from tests.repetitions import is_long
from tests.security.route_table import row_for
from tests.security.test_routes import ROUTES, address, cookie_of
from tests.security.world import build

pytestmark = pytest.mark.django_db

PLAIN = re.compile(r"[A-Za-z][A-Za-z'’-]+(?: [A-Za-z'’-]+)*")
# Django says True and False of its marks of yes and no in English only.
SAME = re.compile(
    r"\b(?:GOOD|OK|BAD|N/A|Review Desk|UTC|CST|CDT|CSV|JSON|ID|IDs|URL|API|SMS|STT|TTS|HTTP|kB|MB|AC1|xlsx|True|False"
    r"|manage\.py \w+|[A-Z]+_[A-Z_]+)\b"
)
IN_CODE = re.compile(r"\b[A-Za-z-]+(?:_[A-Za-z_]+|-(?!\w))")
# Rows that hold words of Django and of the job queue.
PROGRAMS = re.compile("^(django_|auth_|procrastinate_(?!jobs))")


@pytest.fixture
def other_language(settings, monkeypatch):
    monkeypatch.setitem(trans_real._translations, "xx", Pseudo())
    settings.LANGUAGE_CODE = "xx"


@pytest.fixture
def world(tmp_path, settings):
    settings.RECORDING_DIR = settings.EXPORT_DIR = tmp_path
    return build(cookie_of)


def test_the_other_language_keeps_placeholders_and_plurals(other_language):
    assert str(gettext_lazy("Part %(n)s of <b>all</b>")) == "Ｐａｒｔ %(n)s ｏｆ <b>ａｌｌ</b>"
    assert ngettext("one", "many", 2) == "ｍａｎｙ"


def test_every_page_is_whole_in_another_language(world, other_language):
    client, found = Client(raise_request_exception=False), {}
    for who in ("reviewer", "manager", "admin"):
        client.cookies["sessionid"] = world.cookies[who]
        for name in sorted(ROUTES):
            path = address(world, name, row_for(name))
            if not NOT_ASKED.match(path):
                found.update(dict.fromkeys(texts_of(client.get(path)), name))

    left = untranslated(found)
    assert not left, "\n".join(left)
    assert len(found) > 500


@pytest.mark.skipif(not is_long(), reason="only with TRUST=1")
def test_what_is_said_of_an_empty_form_is_whole_in_another_language(world, other_language):
    client, found = Client(raise_request_exception=False), {}
    for who in ("reviewer", "admin"):
        for name in sorted(ROUTES):
            path = address(world, name, row_for(name))
            if not NOT_ASKED.match(path):
                # One of them signs out.
                client.cookies.clear()
                client.cookies["sessionid"] = world.cookies[who]
                with transaction.atomic():
                    found.update(dict.fromkeys(texts_of(client.post(path)), name))
                    transaction.set_rollback(True)

    left = untranslated(found)
    assert not left, "\n".join(left)
    assert len(found) > 500


def untranslated(found):
    """Some of the rows were made on the way. Constraints and hidden fields are called by their names in the code."""
    data = "\n".join(everything_stored())
    return [f"{name}: {text[:120]}" for text, name in found.items() if any(words not in data for words in PLAIN.findall(IN_CODE.sub(" ", SAME.sub(" ", text))))]


# Programs read these, or they end the sign-in.
NOT_ASKED = re.compile("/(api/|metrics|healthz|readyz|accounts/)")


def texts_of(answer):
    if answer.streaming:
        answer.close()
    elif answer["Content-Type"].startswith("text/html"):
        yield from Spoken(answer.content.decode()).texts


def everything_stored():
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not PROGRAMS.match(table):
                cursor.execute(f'SELECT string_agg(one::text, chr(10)) FROM "{table}" AS one')
                yield cursor.fetchone()[0] or ""
