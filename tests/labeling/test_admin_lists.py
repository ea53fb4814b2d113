"""Every list of the admin: the same few statements however many rows there are, nothing counted whole, no box with ten thousand choices."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config import urls
from labeling.models import FixedIssue, MaskedKey, Rater, RetentionRule, RetentionRun, ShareLink, User
from sessions_app.admin import UncountedPaginator
from sessions_app.models import Agent
from tests import factories as make

pytestmark = pytest.mark.django_db
MODELS = sorted(urls.admin.site._registry, key=lambda model: model._meta.label)
MADE = [model for model in MODELS if model is not RetentionRule]  # there are as many as there are kinds of data


def factory_of(model):
    return next(one for one in vars(make).values() if isinstance(one, type) and getattr(getattr(one, "_meta", None), "model", None) is model)


def address(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def asked(client, path):
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path, follow=True)
    assert answer.status_code == 200
    return [query["sql"] for query in queries.captured_queries]


@pytest.mark.parametrize("model", MADE, ids=lambda model: model.__name__)
def test_a_list_asks_as_much_for_many_rows_as_for_few(as_person, admin, model):
    client, factory = as_person(admin), factory_of(model)
    make_rows(factory, 2)
    asked(client, address(model))
    few = asked(client, address(model))

    make_rows(factory, 10)

    assert len(asked(client, address(model))) == len(few), "\n".join(few)


def make_rows(factory, n):
    for _ in range(n):
        # Each chip on an agent of its own: only so many fit on one.
        factory(**({"agent": make.AgentFactory()} if factory is make.FixedIssueFactory else {}))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_list_counts_or_sorts_out_a_whole_table(as_person, admin, model):
    statements = asked(as_person(admin), address(model))

    table = model._meta.db_table
    assert [sql for sql in statements if table in sql and "COUNT(" in sql and "LIMIT" not in sql] == []
    assert [sql for sql in statements if "SELECT DISTINCT" in sql and table in sql and model._meta.model_name not in ("issuecategory",)] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_list_offers_to_count_its_filters_to_show_all_or_to_delete_in_bulk(model):
    options = urls.admin.site._registry[model]

    assert options.show_facets == admin.ShowFacets.NEVER
    assert options.show_full_result_count is False
    assert options.list_max_show_all == 0
    assert options.paginator.__name__ == "UncountedPaginator"


@pytest.mark.parametrize("model", [FixedIssue, User])
def test_a_form_does_not_offer_every_agent_in_a_box(as_person, admin, model):
    row = factory_of(model)()
    make.AgentFactory.create_batch(30)

    for path in (address(model, "change", row.pk), address(model, "add")):
        text = as_person(admin).get(path).content.decode()
        assert len(re.findall(r"<option[^>]*>Agent \d+", text)) < 5


def test_an_agent_is_found_by_typing(as_person, admin):
    make.AgentFactory(name="Northlake Scheduling")
    make.AgentFactory(name="Cedar Billing")
    query = {"app_label": "labeling", "model_name": "fixedissue", "field_name": "agent", "term": "lake"}

    answer = as_person(admin).get("/admin/autocomplete/", query)

    assert [found["text"] for found in answer.json()["results"]] == [str(Agent.objects.get(name="Northlake Scheduling"))]


@pytest.mark.parametrize("role", ["reviewer", "manager"])
def test_nobody_else_finds_agents_or_people_by_typing(as_person, request, role):
    query = {"app_label": "labeling", "model_name": "fixedissue", "field_name": "agent", "term": ""}

    assert as_person(request.getfixturevalue(role)).get("/admin/autocomplete/", query).status_code == 302


def test_a_list_of_more_rows_than_are_counted_does_not_say_how_many(as_person, admin, monkeypatch):
    monkeypatch.setattr(UncountedPaginator, "most", 3)
    client = as_person(admin)
    make.RaterFactory.create_batch(2)
    few = client.get(address(Rater)).content.decode()
    make.RaterFactory.create_batch(9)
    many = client.get(address(Rater), {"q": "e"}).content.decode()

    assert "2 rows" in few
    assert "Show all" not in few
    assert "3 or more rows" in many
    assert "3 or more found" in many


def test_a_list_says_moments_in_full_and_with_their_zone(as_person, admin):
    make.ShareLinkFactory(expires_at=datetime(2026, 3, 2, 15, 0, tzinfo=UTC))

    assert "Mar 2, 2026, 15:00 UTC" in as_person(admin).get(address(ShareLink)).content.decode()


def test_a_message_states_the_fact_and_leaves_what_was_escaped_escaped(as_person, admin):
    key = make.MaskedKeyFactory(name="plan <b>")

    page = as_person(admin).post(address(MaskedKey, "change", key.pk), {"name": "plan <i>"}, follow=True).content.decode()

    assert "was changed." in page
    assert "successfully" not in page
    assert "plan &lt;i&gt;" in page
    assert "plan <i>" not in page


def test_runs_of_retention_are_filtered_by_their_kind_in_words(as_person, admin):
    page = as_person(admin).get(address(RetentionRun), {"is_dry__exact": "1"}).content.decode()

    assert re.search(r"By kind", page)
    assert re.search(r">\s*Dry run\s*</a>", page)
