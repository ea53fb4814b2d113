"""In another language every page is whole in it: only data, codes and names stay as they are."""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.utils.translation import gettext_lazy, ngettext

from tests.languages.joined import joined
from tests.languages.reading import joined_in, texts_of, untranslated
from tests.repetitions import is_long
from tests.security.route_table import row_for
from tests.security.test_routes import ROUTES, address

# Programs read these, or they end the sign-in.
NOT_ASKED = re.compile("/(api/|metrics|healthz|readyz|accounts/)")
# Its head is Django's own.
DJANGOS = "admin:password_change_done"


def test_the_other_language_keeps_placeholders_and_plurals(other_language):
    assert str(gettext_lazy("Part %(n)s of <b>all</b>")) == "⟦Ｐａｒｔ %(n)s ｏｆ <b>ａｌｌ</b>⟧"
    assert ngettext("one", "many", 2) == "⟦ｍａｎｙ⟧"


def test_every_page_is_whole_in_another_language(world, other_language):
    client, found, put_together = Client(raise_request_exception=False), {}, {}
    for who in ("reviewer", "manager", "admin"):
        client.cookies["sessionid"] = world.cookies[who]
        for name in sorted(ROUTES):
            path = address(world, name, row_for(name))
            if not NOT_ASKED.match(path):
                answer = client.get(path)
                found.update(dict.fromkeys(texts_of(answer), name))
                if name != DJANGOS:
                    put_together.update(dict.fromkeys(joined_in(answer), name))

    left = [*untranslated(found), *told(put_together)]
    assert not left, "\n".join(left)
    assert len(found) > 500


@pytest.mark.parametrize(
    "page",
    [
        "<p>⟦a⟧ ⟦b⟧</p>",
        "<p>5 ⟦of⟧ 6</p>",
        "<p>⟦a⟧ <a>⟦b⟧</a></p>",
        "<p><em>⟦a ⟦b⟧⟧</em> c</p>",
        "<td><span>⟦due⟧ 5 May</span></td>",
        '<a aria-label="⟦Remove⟧ x">x</a>',
    ],
)
def test_a_sentence_of_several_messages_is_found(page):
    assert joined(page)


@pytest.mark.parametrize(
    "page",
    [
        "<p>⟦A sentence.⟧ ⟦Another one⟧</p>",
        "<p>⟦a⟧: 5</p>",
        "<p>⟦a⟧, ⟦b⟧ · c</p>",
        "<p><a>⟦a⟧</a> <a>⟦b⟧</a></p>",
        '<h1>⟦a⟧ <span class="count">5</span></h1>',
        "<dl><dt>⟦a⟧</dt><dd>⟦b⟧</dd></dl>",
        "<p>⟦a ⟦b⟧ c⟧</p>",
    ],
)
def test_a_list_a_label_with_its_value_and_whole_sentences_are_right(page):
    assert not joined(page)


@pytest.mark.skipif(not is_long(), reason="only with TRUST=1")
def test_what_is_said_of_a_form_sent_empty_and_after_it_is_whole_in_another_language(world, other_language):
    client, found, put_together = Client(raise_request_exception=False), {}, {}
    for who in ("reviewer", "admin"):
        for name in sorted(ROUTES):
            path = address(world, name, row_for(name))
            if not NOT_ASKED.match(path):
                # One of them signs out.
                client.cookies.clear()
                client.cookies["sessionid"] = world.cookies[who]
                with transaction.atomic():
                    answer = client.post(path, follow=True)
                    found.update(dict.fromkeys(texts_of(answer), name))
                    put_together.update(dict.fromkeys(joined_in(answer), name))
                    transaction.set_rollback(True)

    left = [*untranslated(found), *told(put_together)]
    assert not left, "\n".join(left)
    assert len(found) > 500


def told(put_together):
    return [f"{name}, of several messages: {text}" for text, name in put_together.items()]
