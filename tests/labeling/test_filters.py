"""Every filter against a plain reading of the same rows, and every way of sorting against Python's."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import time_machine
from django.http import QueryDict

from labeling.codes import Basis, Via
from labeling.filters import ReviewFilter, Viewpoint
from labeling.filters.words import get_chips, query_of
from labeling.operations.label_rows import IssueGiven, Provenance
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from sessions_app.codes import RecordingState
from sessions_app.models import Session
from sessions_app.paging import ORDERS, get_page
from sessions_app.scope import EVERYTHING, Scope
from tests.factories import AgentFactory, IssueAliasFactory, IssueCategoryFactory, PromptFactory, RaterFactory, RecordingFactory, SearchFactory, SessionFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


def ask(query, person, scope=EVERYTHING):
    filtered = ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(scope), request=Viewpoint(person, scope))
    assert filtered.form.is_valid(), filtered.form.errors
    return filtered


def found(query, person):
    return set(ask(query, person).qs.values_list("pk", flat=True))


def label(session, code, rater, **more):
    return submit_label(session_id=session.pk, rater=rater, code=code, client_key=f"key-{rater.pk}-{more.get('type', '')}", **more)


@pytest.fixture
def mixed(admin):
    """Ninety sessions of every kind, of fixed randomness."""
    rng = Random(7)
    agents = [AgentFactory(time_zone=zone) for zone in ("America/Chicago", "Asia/Tokyo")]
    prompts = [PromptFactory(), PromptFactory(), None]
    rows = []
    for n in range(90):
        held = rng.random() < 0.8
        rows.append(
            SessionFactory(
                seen_agent=rng.choice(agents),
                seen_prompt=rng.choice(prompts),
                timestamp=NOW - timedelta(minutes=rng.randrange(60 * 24 * 4)),
                channel=rng.choice(["voice", "voice", "chat", "sms"]),
                channel_manager_service=rng.choice(["hedy", "twilio", None]),
                is_outbound=rng.choice([True, False, None]),
                is_legacy=rng.choice([True, False, None]),
                is_test=rng.choice([False, False, False, None, True]),
                language=rng.choice(["en", "es", ""]),
                ended_by=rng.choice(["caller", "agent", "transfer", "voicemail", ""]),
                duration=rng.choice([None, 20.0, 61.5, 300.0]),
                source=f"+1202555{rng.randrange(12):04}",
                conversation_id=f"talk-{n // 4}",
                transcript_state="held" if held else "none",
                turns=rng.randrange(1, 40) if held else None,
                tool_calls=1 if held else None,
                tool_errors=rng.choice([0, 0, 2]) if held else None,
                tool_names=rng.choice([[], ["lookup"], ["lookup", "transfer"]]) if held else None,
                longest_silence_ms=rng.choice([0, 4_900, 5_000, 9_000]) if held else None,
                reply_p95_ms=rng.choice([None, 900, 4_000]) if held else None,
            )
        )
    raters, machine = [RaterFactory(), RaterFactory()], RaterFactory(kind="machine", email="auto@machine")
    categories = [IssueCategoryFactory(name="Silent treatment"), IssueCategoryFactory(name="Wrong answer")]
    merged = IssueCategoryFactory(name="No answer", merged_into=categories[1])
    for session in rows:
        if rng.random() < 0.7:
            names = [category.name for category in (*categories, merged) if rng.random() < 0.4]
            label(session, rng.choice(["GOOD", "OK", "BAD", "N/A"]), machine, type="auto-rating", issues=tuple(map(IssueGiven, names)))
        for rater in raters:
            if rng.random() < 0.6:
                seen = rng.choice([Provenance(), Provenance(), Provenance(via=Via.BULK), Provenance(basis=Basis.RANDOM, selection_probability=0.5)])
                issues = tuple(IssueGiven(category.name) for category in categories if rng.random() < 0.4)
                label(session, rng.choice(["GOOD", "OK", "BAD", "N/A"]), rater, issues=issues, comment=rng.choice(["", "It was slow."]), provenance=seen)
    for session in rows:
        session.refresh_from_db()
        states = [state for state in RecordingState if rng.random() < 0.2]
        for place, state in enumerate(states, 1):
            RecordingFactory(session=session, place=place, state=state, **({"file": "x", "size": 1} if state == "held" else {}))
    return {"rows": rows, "agents": agents, "prompts": prompts, "raters": raters, "categories": categories, "merged": merged}


def has_issue(session, category):
    return session.issues.filter(category=category).exists()


def has_label_of(session, rater):
    return session.current_labels.filter(rater=rater, type="human-rating").exists()


def labels_of(session, *codes, rater=None):
    """This will list whose current label has one of the codes."""
    found = session.current_labels.filter(type="human-rating", label__code__in=codes or ["GOOD", "OK", "BAD", "N/A"])
    return found.filter(rater=rater) if rater else found


def independent(session):
    """In the fixture each person labels once, so that first and current are the same."""
    return session.labels.filter(type="human-rating", independent=True).order_by("made_at", "pk")


def blind(session, **of):
    return [one.code for one in independent(session).filter(**of)]


def named_by_each(session, *names):
    """Of the two who judged it independently, whether they named one of the issues."""
    labels = list(independent(session))
    return [label.issues.filter(raw__in=names).exists() for label in labels] if len(labels) == 2 else []


def has_called_again(session, m):
    return any(
        other.source == session.source and other.is_test is not True and timedelta(0) < other.timestamp - session.timestamp <= timedelta(hours=12)
        for other in m["rows"]
    )


def auto_names(session, *names):
    return session.labels.filter(type="auto-rating", issues__raw__in=names).exists()


def is_signal(session):
    return bool(
        (session.tool_errors or 0) > 0
        or (session.longest_silence_ms or 0) >= 5_000
        or (session.reply_p95_ms or 0) >= 4_000
        or session.ended_by in ("transfer", "voicemail")
    )


CASES = {
    "": lambda s, m: True,
    "agent={agent}": lambda s, m: s.seen_agent_id == m["agents"][0].pk,
    "not_agent={agent}": lambda s, m: s.seen_agent_id != m["agents"][0].pk,
    "agent={agent}&agent={other}&channel=chat": lambda s, m: s.channel == "chat",
    "prompt={prompt}": lambda s, m: s.seen_prompt_id == m["prompts"][0].pk,
    "prompt=none&prompt={prompt}": lambda s, m: s.seen_prompt_id in (None, m["prompts"][0].pk),
    "not_prompt=none": lambda s, m: s.seen_prompt_id is not None,
    "channel=chat&channel=sms": lambda s, m: s.channel in ("chat", "sms"),
    "not_channel=voice": lambda s, m: s.channel != "voice",
    "service=hedy": lambda s, m: s.channel_manager_service == "hedy",
    "service=unknown": lambda s, m: s.channel_manager_service is None,
    "not_service=hedy": lambda s, m: s.channel_manager_service == "twilio",
    "direction=in": lambda s, m: s.is_outbound is False,
    "direction=out&direction=unknown": lambda s, m: s.is_outbound is not False,
    "not_direction=in": lambda s, m: s.is_outbound is True,
    "language=es": lambda s, m: s.language == "es",
    "language=unknown": lambda s, m: s.language == "",
    "not_language=es": lambda s, m: s.language == "en",
    "signal=any": lambda s, m: is_signal(s),
    "not_signal=any": lambda s, m: s.turns is not None and not is_signal(s),
    "signal=tool_error": lambda s, m: bool(s.tool_errors),
    "signal=silence": lambda s, m: (s.longest_silence_ms or 0) >= 5_000,
    "signal=slow&signal=hung_up": lambda s, m: (s.reply_p95_ms or 0) >= 4_000 or s.ended_by == "caller",
    "signal=transferred&not_signal=tool_error": lambda s, m: s.ended_by == "transfer" and s.tool_errors == 0,
    "signal=voicemail": lambda s, m: s.ended_by == "voicemail",
    "signal=unknown": lambda s, m: s.turns is None,
    "not_signal=unknown": lambda s, m: s.turns is not None,
    "tool=transfer": lambda s, m: "transfer" in (s.tool_names or []),
    "not_tool=transfer": lambda s, m: s.tool_names is not None and "transfer" not in s.tool_names,
    "silence=4.95": lambda s, m: (s.longest_silence_ms or 0) >= 4_950,
    "length_from=1:01": lambda s, m: (s.duration or 0) >= 61,
    "length_from=0:30&length_to=90": lambda s, m: s.duration == 61.5,
    "conversation=talk-3": lambda s, m: s.conversation_id == "talk-3",
    "legacy=yes": lambda s, m: s.is_legacy is True,
    "legacy=no": lambda s, m: s.is_legacy is not True,
    "recording=yes": lambda s, m: s.recordings.exclude(state="gone").exists(),
    "recording=no": lambda s, m: not s.recordings.exclude(state="gone").exists(),
    "id={first}": lambda s, m: s.pk == m["rows"][0].pk,
    "caller={first}": lambda s, m: s.source == m["rows"][0].source,
    "repeat=12": lambda s, m: any(other.source == s.source and timedelta(0) < s.timestamp - other.timestamp <= timedelta(hours=12) for other in m["rows"]),
    "called_back=12": lambda s, m: has_called_again(s, m),
    "reviewed=yes": lambda s, m: labels_of(s).exclude(label__via="bulk").exists(),
    "reviewed=no": lambda s, m: not labels_of(s).exclude(label__via="bulk").exists(),
    "blind=GOOD": lambda s, m: blind(s)[:1] == ["GOOD"],
    "blind=BAD&blind=none": lambda s, m: blind(s)[:1] in ([], ["BAD"]),
    "not_blind=BAD": lambda s, m: blind(s)[:1] not in ([], ["BAD"]),
    "not_blind=none": lambda s, m: bool(blind(s)),
    "blind=GOOD&blind=OK&auto=BAD": lambda s, m: blind(s)[:1] in (["GOOD"], ["OK"]) and s.auto_code == "BAD",
    "sample=N/A": lambda s, m: s.labels.filter(basis="random").order_by("made_at").values_list("code", flat=True).first() == "N/A",
    "sample=none": lambda s, m: not s.labels.filter(basis="random").exists(),
    "agreement=any": lambda s, m: len(blind(s)) == 2,
    "agreement=agree": lambda s, m: len(blind(s)) == 2 and len(set(blind(s))) == 1,
    "agreement=differ": lambda s, m: len(set(blind(s))) == 2,
    "agreement=opposed": lambda s, m: set(blind(s)) == {"GOOD", "BAD"},
    "agreement=bad": lambda s, m: len(blind(s)) == 2 and "BAD" in blind(s),
    "agreement=bad_alone": lambda s, m: len(blind(s)) == 2 and set(blind(s)) > {"BAD"},
    "named={issue}": lambda s, m: any(named_by_each(s, "Silent treatment")),
    "named={issue}&named_match=alone": lambda s, m: len(set(named_by_each(s, "Silent treatment"))) == 2,
    "named={issue}&rater={rater}": lambda s, m: len(blind(s)) == 2 and independent(s).filter(rater=m["raters"][0], issues__raw="Silent treatment").exists(),
    "named={issue2}": lambda s, m: any(named_by_each(s, "Wrong answer", "No answer")),
    "not_named={issue}": lambda s, m: len(blind(s)) == 2 and not any(named_by_each(s, "Silent treatment")),
    "agreement=any&rater={rater}": lambda s, m: len(blind(s)) == 2,
    "agreement=differ&rater={rater}": lambda s, m: len(set(blind(s))) == 2,
    "agreement=agree&rater={stranger}": lambda s, m: False,
    "gave=BAD": lambda s, m: labels_of(s, "BAD").exists(),
    "gave=BAD&rater={rater}": lambda s, m: labels_of(s, "BAD", rater=m["raters"][0]).exists(),
    "auto_issue={issue}": lambda s, m: auto_names(s, "Silent treatment"),
    "auto_issue={issue2}": lambda s, m: auto_names(s, "Wrong answer", "No answer"),
    "auto_issue={merged}&auto_issue={issue}": lambda s, m: auto_names(s, "Wrong answer", "No answer", "Silent treatment"),
    "not_auto_issue={issue2}": lambda s, m: s.auto_code is not None and not auto_names(s, "Wrong answer", "No answer"),
    "since=2d": lambda s, m: s.timestamp >= NOW - timedelta(days=2),
    "since=36h": lambda s, m: s.timestamp >= NOW - timedelta(hours=36),
    "start=2026-03-08&end=2026-03-09T12:00:00Z": lambda s, m: datetime(2026, 3, 8, tzinfo=UTC) <= s.timestamp < datetime(2026, 3, 9, 12, tzinfo=UTC),
    "label=BAD": lambda s, m: s.label_code == "BAD",
    "label=BAD&label=none": lambda s, m: s.label_code in ("BAD", None),
    "label=DISPUTED": lambda s, m: s.label_code == "DISPUTED",
    "not_label=GOOD": lambda s, m: s.label_code != "GOOD",
    "not_label=none&not_label=GOOD": lambda s, m: s.label_code not in (None, "GOOD"),
    "label=BAD&not_label=BAD": lambda s, m: False,
    "auto=BAD": lambda s, m: s.auto_code == "BAD",
    "auto=none": lambda s, m: s.auto_code is None,
    "not_auto=GOOD": lambda s, m: s.auto_code != "GOOD",
    "auto=BAD&label=none": lambda s, m: s.auto_code == "BAD" and s.label_code is None,
    "differs=yes": lambda s, m: s.label_code not in (None, "DISPUTED") and s.auto_code not in (None, s.label_code),
    "differs=yes&label=GOOD": lambda s, m: s.label_code == "GOOD" and s.auto_code not in (None, "GOOD"),
    "issue={issue}": lambda s, m: has_issue(s, m["categories"][0]),
    "issue={issue}&issue={issue2}": lambda s, m: has_issue(s, m["categories"][0]) or has_issue(s, m["categories"][1]),
    "issue={issue}&issue={issue2}&issue_match=all": lambda s, m: has_issue(s, m["categories"][0]) and has_issue(s, m["categories"][1]),
    "issue=none": lambda s, m: s.label_code is not None and not s.issues.exists(),
    "not_issue={issue}": lambda s, m: s.label_code is not None and not has_issue(s, m["categories"][0]),
    "rater={rater}": lambda s, m: has_label_of(s, m["raters"][0]),
    "not_rater={rater}": lambda s, m: s.label_code is not None and not has_label_of(s, m["raters"][0]),
    "comment=yes": lambda s, m: s.current_labels.filter(type="human-rating").exclude(label__comment="").exists(),
    "comment=no": lambda s, m: s.label_code is not None and not s.current_labels.filter(type="human-rating").exclude(label__comment="").exists(),
}


@time_machine.travel(NOW, tick=False)
def test_every_filter_finds_what_a_plain_reading_finds(mixed, admin):
    values = {
        "agent": mixed["agents"][0].pk,
        "other": mixed["agents"][1].pk,
        "prompt": mixed["prompts"][0].pk,
        "first": mixed["rows"][0].pk,
        "issue": mixed["categories"][0].pk,
        "issue2": mixed["categories"][1].pk,
        "merged": mixed["merged"].pk,
        "rater": mixed["raters"][0].pk,
        "stranger": RaterFactory().pk,
    }

    nothing = set()
    for template, is_meant in CASES.items():
        query = template.format(**values)
        meant = [s for s in mixed["rows"] if is_meant(s, mixed)]
        for test, is_in in (("", lambda s: s.is_test is not True), ("&test=on", lambda s: True), ("&test=only", lambda s: s.is_test is True)):
            assert found(query + test, admin) == {s.pk for s in meant if is_in(s)}, query + test
        if not meant:
            nothing.add(template)
    assert nothing == {"label=BAD&not_label=BAD", "agreement=agree&rater={stranger}"}


@time_machine.travel(NOW, tick=False)
def test_pages_go_through_everything_once_in_every_order_and_back(mixed, admin, monkeypatch):
    monkeypatch.setattr("sessions_app.paging.PAGE_SIZE", 7)
    for query in ("", "label=BAD&label=OK&label=none", "not_auto=GOOD", "channel=chat&channel=sms", "differs=yes"):
        for sort in ORDERS:
            walk(ask(f"{query}&sort={sort}&test=on", admin), sort)


def walk(filtered, sort):
    value = {
        "started": lambda s: s.timestamp,
        "length": lambda s: -1.0 if s.duration is None else s.duration,
        "labeled": lambda s: s.labeled_at,
    }[sort.lstrip("-")]
    expected = [s.pk for s in sorted(filtered.qs, key=lambda s: (value(s), s.pk), reverse=sort.startswith("-"))]

    pages, after = [], ""
    while True:
        page = get_page(filtered.find, Session.objects.in_bulk, order=filtered.order, after=after)
        pages.append(page)
        after = page.older
        if not after:
            break
    back, before = [], pages[-1].newer
    while before:
        page = get_page(filtered.find, Session.objects.in_bulk, order=filtered.order, before=before)
        back.append([s.pk for s in page.sessions])
        before = page.newer

    assert [s.pk for page in pages for s in page.sessions] == expected
    assert [page.first for page in pages] == list(range(1, max(len(expected), 1) + 1, 7))
    assert back == [[s.pk for s in page.sessions] for page in pages[-2::-1]]


@time_machine.travel(NOW, tick=False)
def test_today_is_the_day_of_each_agent(admin):
    """At three in the afternoon UTC it is nine in Chicago and midnight in Tokyo."""
    chicago, tokyo = AgentFactory(time_zone="America/Chicago"), AgentFactory(time_zone="Asia/Tokyo")
    start_in_chicago, start_in_tokyo = datetime(2026, 3, 10, 5, tzinfo=UTC), datetime(2026, 3, 10, 15, tzinfo=UTC)
    inside = [SessionFactory(seen_agent=chicago, timestamp=start_in_chicago), SessionFactory(seen_agent=tokyo, timestamp=start_in_tokyo)]
    yesterday = [
        SessionFactory(seen_agent=chicago, timestamp=start_in_chicago - timedelta(seconds=1)),
        SessionFactory(seen_agent=tokyo, timestamp=start_in_tokyo - timedelta(seconds=1)),
    ]
    nowhere = SessionFactory(seen_agent=AgentFactory(time_zone="Nowhere/Else"), timestamp=datetime(2026, 3, 10, 0, 0, tzinfo=UTC))

    assert found("since=today", admin) == {session.pk for session in [*inside, nowhere]}
    assert found("since=yesterday", admin) == {session.pk for session in yesterday}


def test_a_caller_of_a_session_out_of_scope_finds_nothing(admin, agent, other_agent):
    mine, foreign = SessionFactory(seen_agent=agent, source="+12025550100"), SessionFactory(seen_agent=other_agent, source="+12025550100")
    scope = Scope(agents=frozenset({agent.pk}))

    assert set(ask(f"caller={mine.pk}", admin, scope).qs) == {mine}
    assert set(ask(f"caller={foreign.pk}", admin, scope).qs) == set()


def test_leaving_out_a_code_tells_a_gated_reviewer_nothing(reviewer, agent, settings):
    settings.INDEPENDENT_REVIEW = True
    good, bad, unlabeled = (SessionFactory(seen_agent=agent) for _ in range(3))
    label(good, "GOOD", RaterFactory())
    label(bad, "BAD", RaterFactory())
    mine = SessionFactory(seen_agent=agent)
    label(mine, "BAD", rater_of(user=reviewer))

    assert found("not_label=BAD", reviewer) == {unlabeled.pk}
    assert found("label=BAD", reviewer) == {mine.pk}
    assert found("not_issue=none", reviewer) <= {mine.pk}
    assert found("comment=no", reviewer) == {mine.pk}
    assert found("reviewed=yes", reviewer) == found("blind=BAD", reviewer) == found("not_blind=GOOD", reviewer) == found("gave=BAD", reviewer) == {mine.pk}
    marked = SessionFactory(seen_agent=agent)
    label(marked, "N/A", RaterFactory(), provenance=Provenance(via=Via.BULK))
    assert found("reviewed=no", reviewer) == {unlabeled.pk}
    assert found("blind=none", reviewer) == found("sample=BAD", reviewer) == set()
    assert found("sample=none", reviewer) == {mine.pk}
    filtered = ask("not_label=GOOD", reviewer)
    assert {s.pk for s in get_page(filtered.find, Session.objects.in_bulk).sessions} == {mine.pk, unlabeled.pk}


def test_chips_say_the_filter_in_words_and_lead_to_it_without_them(admin, agent):
    category = IssueCategoryFactory(name="Silent treatment")

    chips = get_chips(ask(f"agent={agent.pk}&not_channel=sms&issue={category.pk}&issue=none&issue_match=all&length_from=90&since=7d&sort=-length", admin))

    assert [str(chip) for chip in chips] == [
        "Period: Last 7 days",
        f"Agent: {agent.name}",
        "Shortest: 1:30",
        "Issue category, all of: Silent treatment, No issue",
        "Channel is not: SMS",
    ]
    assert all(f"{chip.name}=" not in chip.query.split("&")[0] or chip.name not in QueryDict(chip.query) for chip in chips)
    assert "sort=-length" in chips[0].query


def test_chips_name_what_a_summary_leads_to(admin):
    category, rater = IssueCategoryFactory(name="Silent treatment"), RaterFactory(name="Mei Tanaka")

    chips = get_chips(
        ask(
            f"blind=GOOD&blind=none&not_sample=BAD&agreement=differ&gave=N/A&rater={rater.pk}&auto_issue={category.pk}&called_back=24&reviewed=no&incident=open",
            admin,
        )
    )

    assert sorted(str(chip) for chip in chips) == [
        "A reviewer said: N/A",
        "Called again, within hours: 24",
        "First independent label: GOOD, None",
        "Incident: open",
        "Independent labels: two or more, not all alike",
        "Issue the auto-rating names: Silent treatment",
        "Label in the random sample is not: BAD",
        "Labeled: by nobody, or only in bulk",
        "Reviewer: Mei Tanaka",
    ]


def test_an_auto_issue_is_what_its_words_mean_now(admin, agent):
    """A string that meant nothing when it came, another spelling, a former name, a merged category: all mean the one category."""
    machine, newer = RaterFactory(kind="machine", email="auto@machine"), RaterFactory(kind="machine", email="newer@machine")
    wanted, other = IssueCategoryFactory(name="Wrong answer"), IssueCategoryFactory(name="Slow")
    merged = IssueCategoryFactory(name="False answer")
    raws = ["wrong  ANSWER", "Bad answer", "False answer", "Slow", "Unheard of"]
    sessions = [SessionFactory(seen_agent=agent) for _ in raws]
    for session, raw in zip(sessions, raws, strict=True):
        label(session, "BAD", machine, type="auto-rating", issues=(IssueGiven(raw),))
    IssueAliasFactory(text="Bad answer", category=wanted)
    merged.merged_into = wanted
    merged.save(update_fields=["merged_into"])
    rerated = SessionFactory(seen_agent=agent)
    label(rerated, "BAD", machine, type="auto-rating", issues=(IssueGiven("Wrong answer"),))
    label(rerated, "GOOD", newer, type="auto-rating")
    by_person = SessionFactory(seen_agent=agent)
    label(by_person, "BAD", RaterFactory(), issues=(IssueGiven("Wrong answer"),))

    assert found(f"auto_issue={wanted.pk}", admin) == found(f"auto_issue={merged.pk}", admin) == {session.pk for session in sessions[:3]}
    assert found(f"auto_issue={other.pk}", admin) == {sessions[3].pk}
    assert found(f"not_auto_issue={wanted.pk}", admin) == {sessions[3].pk, sessions[4].pk, rerated.pk}


def test_the_query_of_a_filter_holds_its_own_keys_only(admin):
    assert query_of(ask("label=BAD&before=1_2_3&open=agent&evil=1&auto=", admin)) == "label=BAD"


@pytest.mark.parametrize(
    "query",
    [
        "since=8days",
        "since=0d",
        "since=99999w",
        "start=9999-01-01",
        "agent=x",
        "agent=-1",
        "agent=99999999999999999999",
        "&".join(f"agent={n}" for n in range(1, 120)),
        "language=" + "a" * 10_000,
        "tool=%00",
        "length_from=1:2:3:4",
        "length_from=99999999",
        "silence=-1",
        "silence=nan",
        "silence=1e400",
        "repeat=0",
        "repeat=9999999",
        "called_back=0",
        "reviewed=maybe",
        "blind=DISPUTED",
        "sample=bad",
        "incident=closed",
        "agreement=some",
        "gave=none",
        "auto_issue=none",
        "caller=0",
        "id=1&id=none",
        "signal=everything",
        "sort=timestamp",
        "sort=-label_code",
        "label=bad",
        "differs=maybe",
        "issue=none&issue=all",
        "comment=perhaps",
        "recording=held",
        "start=2026-03-02&end=2026-03-01",
        "length_from=90&length_to=30",
        "labeled_from=2026-03-02&labeled_to=2026-03-01",
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(admin, query):
    filtered = ReviewFilter(QueryDict(query), queryset=Session.objects.all(), request=Viewpoint(admin, EVERYTHING))

    assert not filtered.form.is_valid()
    assert all(str(error)[0].isupper() and str(error).endswith(".") for errors in filtered.form.errors.values() for error in errors)


def test_the_date_of_a_label_is_part_of_the_judgment(reviewer, agent, settings):
    settings.INDEPENDENT_REVIEW = True
    theirs, mine = SessionFactory(seen_agent=agent), SessionFactory(seen_agent=agent)
    label(theirs, "BAD", RaterFactory())
    label(mine, "BAD", rater_of(user=reviewer))

    for query in ("labeled_from=2020-01-01", "labeled_to=2199-01-01", "sort=-labeled", "sort=labeled"):
        assert found(query, reviewer) == {mine.pk}, query
        filtered = ask(query, reviewer)
        assert [s.pk for s in get_page(filtered.find, Session.objects.in_bulk, order=filtered.order).sessions] == [mine.pk], query


@pytest.mark.parametrize("moment", ["2199-12-31T23:59:59-23:59", "1900-01-01T00:00:00%2B23:59", "2026-03-02T24:00:00Z", "0001-01-01T00:00:00%2B14:00"])
@pytest.mark.parametrize("key", ["start", "end", "labeled_from", "labeled_to"])
def test_a_moment_at_the_edge_of_what_can_be_written_is_refused(admin, key, moment):
    filtered = ReviewFilter(QueryDict(f"{key}={moment}"), queryset=Session.objects.all(), request=Viewpoint(admin, EVERYTHING))

    assert not filtered.form.is_valid()
    assert list(filtered.form.errors) == [key]


def test_a_prompt_of_agents_out_of_scope_is_not_named(admin, agent, other_agent):
    mine, foreign = PromptFactory(name="mine"), PromptFactory(name="foreign")
    SessionFactory(seen_agent=agent, seen_prompt=mine)
    SessionFactory(seen_agent=other_agent, seen_prompt=foreign)

    chips = get_chips(ask(f"prompt={mine.pk}&prompt={foreign.pk}", admin, Scope(agents=frozenset({agent.pk}))))

    assert [str(chip) for chip in chips] == ["Prompt version: mine v1, one you may not see"]


def test_what_a_colleague_typed_is_shown_without_whom_it_names(reviewer, manager, admin):
    typed = 'refill from:"Maria Lopez" from:maria@acme 555-0142 to:5550142'
    search = SearchFactory(created_by=manager, text=typed)

    said = {person: str(get_chips(ask(f"q={search.token}", person))[0]) for person in (reviewer, manager, admin)}

    assert said[reviewer] == said[admin] == "Search: refill from:••• from:••• ••• to:•••"
    assert said[manager] == f"Search: {typed}"
