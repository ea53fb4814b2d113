"""The stretches of time that a search reads: together they are everything, once, and in order."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Q

from labeling.models import SessionComments
from sessions_app.models import Session, Transcript
from sessions_app.paging import NEWEST_FIRST, find_in_streams
from sessions_app.queries import finding_windows
from sessions_app.queries.finding_windows import Found, read_windows, windows
from sessions_app.queries.finding_words import Reach, Way, Window
from sessions_app.queries.search_text import read_search
from sessions_app.search_words import hour_of, session_words, vector_of
from tests.factories import NOON, AgentFactory, SessionFactory, TranscriptFactory

pytestmark = pytest.mark.django_db

REACH = Reach(see_judgments=True, may_unmask=True, comments=SessionComments)
HOUR = hour_of(NOON)


@pytest.fixture
def small_windows(monkeypatch):
    """Windows that a few sessions fill, so that a test needs no thousands."""
    for name, value in {"FIRST": 4, "GROWTH": 2, "MOST_CANDIDATES": 40, "MOST_KNOWN": 6, "MOST_TO_READ": 6}.items():
        monkeypatch.setattr(finding_windows, name, value)


def said(texts):
    """Sessions with a text each, (hours before noon, text); the words are the ones store_transcripts would give."""
    agent = AgentFactory()
    rows = []
    for hours, text in texts:
        moment = NOON - timedelta(hours=hours, minutes=len(rows) % 7)
        session = SessionFactory(seen_agent=agent, timestamp=moment, transcript_state="held")
        words = session_words(turns=[{"source": "user", "text": text}], tools=[], summary="", hour=hour_of(moment))
        TranscriptFactory(session=session, turns=[{"source": "user", "text": text}], search=vector_of(words), hour=hour_of(moment))
        rows.append((moment, session.pk, text))
    return sorted(rows, reverse=True)


def pages(typed, size, *, condition=Q(), backward=False, ends=(None, None), finds_all=False):
    """All pages, each read in windows from the key of the one before."""
    asked, key, ids = read_search(typed), None, []
    newest, oldest = ends
    while True:
        start = {} if key is None else {"oldest" if backward else "newest": key.timestamp}
        read = windows(asked, reach=REACH, backward=backward, **({"newest": newest, "oldest": oldest} | start))
        beyond = Q() if key is None else NEWEST_FIRST.beyond(_key(key), backward=backward)

        def find(within, limit, beyond=beyond):
            rows = Session.objects.filter(within, beyond, condition)
            return list((rows.oldest_first() if backward else rows.newest_first()).values_list("pk", flat=True)[:limit])

        page = read_windows(find, read, asked=asked, reach=REACH, limit=size, finds_all=finds_all).ids
        ids += page
        if len(page) < size:
            return ids
        key = Session.objects.get(pk=page[-1])


def _key(session):
    return NEWEST_FIRST.read_key(NEWEST_FIRST.key_of(session, 1))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("size", [3, 10])
@pytest.mark.parametrize("backward", [False, True])
def test_pages_are_complete_without_repeats_and_in_order(small_windows, seed, size, backward):
    rng = random.Random(seed)
    # Busy hours and long silences.
    hours = sorted(rng.choice([rng.randrange(30), rng.randrange(3_000), 7, 7]) for _ in range(70))
    rows = said([(hour, rng.choice(["common", "common", "common rare", "other words"])) for hour in hours])
    rows = rows[::-1] if backward else rows

    for typed, word in (("common", "common"), ("rare", "rare"), ('"common rare"', "common rare"), ("-rare common", None), ("nosuchword", "nosuchword")):
        expected = [pk for _, pk, text in rows if (word in text if word else "common" in text and "rare" not in text)]
        assert pages(typed, size, backward=backward) == expected


@pytest.mark.parametrize("backward", [False, True])
def test_pages_beside_another_filter(small_windows, backward):
    rows = said([(hour * 3, "common") for hour in range(60)])
    kept = {pk for place, (_, pk, _) in enumerate(rows) if place % 11 == 0}
    rows = rows[::-1] if backward else rows

    assert pages("common", 2, condition=Q(pk__in=kept), backward=backward) == [pk for _, pk, _ in rows if pk in kept]


@pytest.mark.parametrize("backward", [False, True])
def test_pages_between_two_ends(small_windows, backward):
    rows = said([(hour, "common") for hour in range(0, 200, 3)])
    newest, oldest = NOON - timedelta(hours=30), NOON - timedelta(hours=150)
    rows = rows[::-1] if backward else rows
    within = Q(timestamp__lte=newest, timestamp__gte=oldest)

    found = pages("common", 7, condition=within, backward=backward, ends=(newest, oldest))

    assert found == [pk for moment, pk, _ in rows if oldest <= moment <= newest]


def test_windows_follow_each_other_without_a_gap(small_windows):
    said([(hour, "common") for hour in range(0, 400, 2)])
    asked = read_search("common")

    forward = list(windows(asked, reach=REACH))
    backward = list(windows(asked, reach=REACH, backward=True))

    for read, step in ((forward, -1), (backward[::-1], -1)):
        assert [after.last for after in read[1:]] == [before.first + step for before in read[:-1]]
        assert (read[0].last, read[-1].first) == (HOUR, hour_of(Session.objects.oldest_first().first().timestamp))
    assert {window.way for window in forward} == {Way.BY_TIME, Way.BY_ROW}


def test_a_rare_word_is_looked_up_at_once(small_windows):
    said([(hour, "rare" if hour in (150, 390) else "common") for hour in range(0, 400, 2)])

    read = list(windows(read_search("rare"), reach=REACH))

    assert [window.way for window in read] == [Way.BY_TIME, Way.BY_ID]
    assert len(read[1].ids) == 2
    assert [window.way for window in windows(read_search("nosuchword"), reach=REACH)] == [Way.BY_TIME]


def test_a_word_that_was_common_long_ago_is_not_taken_for_a_rare_one(small_windows):
    said([(hour, "common" if hour > 200 else "other") for hour in range(0, 400, 2)])

    assert Way.BY_ID not in {window.way for window in windows(read_search("common"), reach=REACH)}


def test_without_sessions_there_are_no_windows():
    assert list(windows(read_search("common"), reach=REACH)) == []


def test_an_operator_alone_is_read_in_one_window():
    said([(0, "common"), (500, "common")])

    assert list(windows(read_search("from:0142"), reach=REACH)) == [Window(HOUR - 501, HOUR, Way.BY_ROW)]


def test_ends_that_leave_nothing_give_no_windows():
    said([(0, "common")])

    assert list(windows(read_search("common"), reach=REACH, newest=NOON, oldest=NOON + timedelta(hours=2))) == []


@pytest.mark.parametrize("backward", [False, True])
def test_no_window_reaches_beyond_what_is_held(small_windows, backward):
    said([(0, "common"), (500, "rare")])
    far = {"newest": datetime.max.replace(tzinfo=UTC), "oldest": datetime.min.replace(tzinfo=UTC)}
    asked = read_search("common")

    read = list(windows(asked, reach=REACH, backward=backward, **far))

    assert (min(window.first for window in read), max(window.last for window in read)) == (HOUR - 501, HOUR)
    assert list(windows(asked, reach=REACH, backward=backward, oldest=far["newest"])) == []
    assert list(windows(asked, reach=REACH, backward=backward, newest=far["oldest"])) == []


def test_a_long_window_has_no_words_for_its_time():
    assert len(Window(0, 24 * 400 - 1).words) == 400
    assert Window(0, 24 * 400).words == []
    assert Window(hour_of(datetime.min.replace(tzinfo=UTC)), hour_of(datetime.max.replace(tzinfo=UTC))).times


def test_sessions_decades_apart_are_found(small_windows):
    rows = said([(hours, "common") for hours in (0, 3, 24 * 365 * 40, 24 * 365 * 90)])

    assert pages("common", 10) == [pk for _, pk, _ in rows]
    assert pages("common", 10, backward=True) == [pk for _, pk, _ in rows[::-1]]


@pytest.mark.parametrize("backward", [False, True])
def test_a_search_goes_on_from_where_it_ran_out_of_time(small_windows, backward):
    rows = said([(hour, "common") for hour in range(60)])
    rows = rows[::-1] if backward else rows
    asked = read_search("common")

    def read(beyond, ends, **how):
        def find(within, limit):
            found = Session.objects.filter(within, beyond)
            return list((found.oldest_first() if backward else found.newest_first()).values_list("pk", flat=True)[:limit])

        return read_windows(find, windows(asked, reach=REACH, backward=backward, **ends), asked=asked, reach=REACH, limit=100, **how)

    before = read(Q(), {}, budget_ms=-1)
    beyond = Q(timestamp__gte=before.reached) if backward else Q(timestamp__lt=before.reached)
    after = read(beyond, {"oldest" if backward else "newest": before.reached})

    assert before.ids
    assert after.ids
    assert before.ids + after.ids == [pk for _, pk, _ in rows]


@pytest.mark.parametrize(("backward", "reached"), [(False, -9), (True, 0)])
def test_when_time_is_over_the_answer_says_how_far_it_got(backward, reached):
    asked = read_search("common")
    read = [Window(HOUR - 9, HOUR - 1), Window(HOUR, HOUR + 9)] if backward else [Window(HOUR - 9, HOUR), Window(HOUR - 99, HOUR - 10)]

    found = read_windows(lambda within, limit: [1], (window for window in read), asked=asked, reach=REACH, limit=50, budget_ms=-1)

    assert found == Found([1], NOON + timedelta(hours=reached))


@pytest.mark.parametrize("typed", ["common", "seldom", "rare", '"common word"', "nosuchword"])
@pytest.mark.parametrize("backward", [False, True])
def test_who_says_how_many_were_found_is_shown_the_same(small_windows, typed, backward):
    words = {0: "common", 8: "common seldom", 150: "rare"}
    said([(hour, words.get(hour % 20, words.get(hour, "common word"))) for hour in range(0, 400, 2)])

    found = pages(typed, 7, backward=backward, finds_all=True)

    assert found == pages(typed, 7, backward=backward)
    assert bool(found) is (typed != "nosuchword")


@pytest.mark.parametrize(("finds_all", "queries"), [(True, 7), (False, 10)])
def test_what_was_found_is_not_counted_once_more(small_windows, django_assert_num_queries, finds_all, queries):
    said([(hour, "now and then" if hour % 16 == 0 else "other") for hour in range(0, 200, 2)])
    asked = read_search("then")
    read = windows(asked, reach=REACH)

    with django_assert_num_queries(queries):
        found = read_windows(
            lambda within, limit: list(Session.objects.filter(within).newest_first().values_list("pk", flat=True)[:limit]),
            read,
            asked=asked,
            reach=REACH,
            limit=10,
            finds_all=finds_all,
        )

    assert len(found.ids) == 10


def test_a_page_of_a_common_word_takes_three_queries(django_assert_num_queries):
    said([(hour // 20, "common") for hour in range(60)])
    asked = read_search("common")
    read = windows(asked, reach=REACH)

    with django_assert_num_queries(3):
        found = read_windows(
            lambda within, limit: find_in_streams(Session.objects.all(), [Q()], within, order=NEWEST_FIRST, backward=False, limit=limit),
            read,
            asked=asked,
            reach=REACH,
            limit=51,
        )

    assert len(found.ids) == 51
    assert Transcript.objects.count() == 60
