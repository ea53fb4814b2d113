"""The pages with much on them, as links lead through the demo data, in another language."""

import re
from collections import Counter, deque
from html import unescape

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from labeling.demo.seeding import seed_demo
from tests.factories import UserFactory
from tests.languages.reading import joined_in
from tests.repetitions import is_long

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not is_long(), reason="only with TRUST=1")]

LINK = re.compile(r' (?:href|hx-get)="(/[^"#]*)')
# Programs read these, or they end the sign-in, or their head is Django's own.
NOT_ASKED = re.compile("/(api/|static/|metrics|healthz|readyz|accounts/|admin/password_change)")
MOST = 4


@pytest.mark.parametrize("role", ["reviewer", "manager", "admin"])
def test_no_sentence_of_the_demo_is_put_together(other_language, role):
    seed_demo(sessions=120, seed=7, with_accounts=False)
    client = Client()
    client.force_login(UserFactory(role=role, all_agents=True))
    put_together, asked = {}, 0

    for path, answer in pages(client):
        put_together.update(dict.fromkeys(joined_in(answer), path))
        asked += 1

    assert not put_together, "\n".join(f"{path}: {text}" for text, path in put_together.items())
    assert asked > 60


def pages(client):
    """From the first page on, a few of each kind."""
    asked, waiting, known = Counter(), deque(["/", "/summary/?basis=all"]), set()
    while waiting:
        path = waiting.popleft()
        kind = kind_of(path)
        if not kind or asked[kind] >= MOST or NOT_ASKED.match(path):
            continue
        asked[kind] += 1
        answer = client.get(path, follow=True)
        yield path, answer
        if not answer.streaming and answer["Content-Type"].startswith("text/html"):
            links = [unescape(link) for link in LINK.findall(answer.content.decode())]
            waiting.extend(link for link in links if link not in known)
            known.update(links)


def kind_of(path):
    try:
        found = resolve(path.partition("?")[0])
    except Resolver404:
        return ""
    return f"{found.view_name} {found.kwargs.get('slug', '')}" if "panel" in found.view_name else found.view_name
