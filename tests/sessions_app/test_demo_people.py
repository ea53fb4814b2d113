"""The people of the demo and how they judge."""

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from sessions_app.demo import generate
from sessions_app.demo.flaws import FLAWS
from sessions_app.demo.people import ACCOUNTS, ISSUE_CATEGORIES, REVIEWERS, judge
from sessions_app.demo.records import CODES, Truth

UNTIL = datetime(2025, 11, 21, 16, 20, tzinfo=UTC)
NAMES = {category.name for category in ISSUE_CATEGORIES}
BY_NAME = {reviewer.name.split()[0]: reviewer for reviewer in REVIEWERS}


@pytest.fixture(scope="module")
def truths():
    return [session.truth for session in generate(1500, 4, UNTIL)]


def judgments(truths, reviewer):
    return [judge(truth, reviewer, Random(number)) for number, truth in enumerate(truths)]


def test_six_reviewers_and_four_accounts_with_example_addresses():
    people = [*REVIEWERS, *ACCOUNTS]

    assert len({reviewer.email for reviewer in REVIEWERS}) == 6
    assert all(person.email.endswith("@example.com") for person in people)
    assert [account.role for account in ACCOUNTS] == ["admin", "manager", "reviewer", "reviewer"]
    assert [account.email for account in ACCOUNTS[2:]] == [reviewer.email for reviewer in REVIEWERS[:2]]


def test_two_categories_are_the_vendors_and_the_rest_is_ours():
    assert {category.name for category in ISSUE_CATEGORIES if category.origin == "vendor"} == {"Silent treatment", "Speech transcription (STT)"}
    assert [category.order for category in ISSUE_CATEGORIES] == list(range(1, len(ISSUE_CATEGORIES) + 1))
    assert {category.severity for category in ISSUE_CATEGORIES} == {"minor", "major", "critical"}
    assert all(category.description and category.example and category.counter_example for category in ISSUE_CATEGORIES)


def test_every_issue_of_a_flaw_is_a_category():
    assert {issue for flaw in FLAWS for issue in flaw.issues} == NAMES


def test_the_same_judgment_with_the_same_luck(truths):
    assert judgments(truths, REVIEWERS[0]) == judgments(truths, REVIEWERS[0])


@pytest.mark.parametrize("reviewer", REVIEWERS, ids=lambda reviewer: reviewer.name)
def test_a_reviewer_mostly_agrees_with_the_truth(truths, reviewer):
    found = judgments(truths, reviewer)

    agreed = sum(code == truth.code for (code, _, _), truth in zip(found, truths, strict=True)) / len(truths)
    assert 0.80 < agreed < 0.97
    assert all(code in CODES and set(issues) <= NAMES and len(set(issues)) == len(issues) for code, issues, _ in found)


def test_a_strict_reviewer_finds_more_bad_than_a_lenient_one(truths):
    strict, lenient = (Counter(code for code, _, _ in judgments(truths, BY_NAME[name])) for name in ("Mei", "Tomas"))

    assert strict["BAD"] > 1.2 * lenient["BAD"]
    assert strict["GOOD"] < lenient["GOOD"]


def test_one_reviewer_hardly_notices_silences(truths):
    noticed = {
        name: sum("Silent treatment" in issues for _, issues, _ in judgments(truths, BY_NAME[name])) for name in ("Amara", "Noah")
    }  # fmt: skip

    assert noticed["Noah"] < 0.6 * noticed["Amara"]


def test_a_good_session_needs_no_issues():
    assert judge(Truth("GOOD", (), (), "Fine."), REVIEWERS[0], Random(3))[1] == ()
