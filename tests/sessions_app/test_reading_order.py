"""Names stand where people look for them."""

import re

import pytest
from django.db.models.functions import Collate

from labeling.models import IssueCategory
from sessions_app.models import Agent
from sessions_app.queries.agents import agents_in, get_first_agents
from sessions_app.reading_order import ByName, reading_key
from sessions_app.scope import EVERYTHING
from tests.factories import AgentFactory, IssueCategoryFactory

GIVEN = ["zoo", "Ängste", "apfel", "Zebra", "Émile", "eve", "Angst"]
READ = ["Angst", "Ängste", "apfel", "Émile", "eve", "Zebra", "zoo"]


def test_python_sorts_them_so():
    assert sorted(GIVEN, key=reading_key) == READ


@pytest.mark.django_db
def test_the_database_sorts_them_so():
    for name in GIVEN:
        AgentFactory(name=name)
        IssueCategoryFactory(name=name, order=1_000)

    assert [agent.name for agent in agents_in(EVERYTHING)] == READ
    assert [agent.name for agent in get_first_agents(EVERYTHING, most=4)] == READ[:4]
    assert [category.name for category in IssueCategory.objects.filter(order=1_000).in_order()] == READ


@pytest.mark.django_db
def test_a_database_of_codes_sorts_them_so():
    """Its own small letters are those of ASCII."""
    for name in GIVEN:
        AgentFactory(name=name)

    by_codes = Agent.objects.order_by(ByName(Collate("name", "C")), "pk")

    assert [agent.name for agent in by_codes] == READ


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["sessions_app/agent", "labeling/issuecategory"])
def test_the_admin_lists_them_so(client, admin, page):
    client.force_login(admin)
    for name in GIVEN:
        AgentFactory(name=name)
        IssueCategoryFactory(name=name, order=1_000)

    def found(order=""):
        text = client.get(f"/admin/{page}/{order}").content.decode()
        return [name for name in re.findall(r">([^<>]+)</a>", text) if name in GIVEN]

    assert found() == READ
    assert found("?o=0") == READ
    assert found("?o=-0") == READ[::-1]


@pytest.mark.django_db
def test_the_admin_says_by_which_column_a_list_is_sorted(client, admin):
    client.force_login(admin)
    AgentFactory()

    assert "sorted ascending" in client.get("/admin/sessions_app/agent/").content.decode()
