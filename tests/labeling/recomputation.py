"""A plain recomputation of everything that is derived from labels, written apart from the code under test."""

from collections import Counter, defaultdict

from labeling.codes import ERASED_WORDS
from labeling.models import CurrentLabel, Label, LabelIssue, SessionComments, SessionIssue, VerdictDelta
from sessions_app.models import Session, SessionDelta


def expected_current():
    latest = {}
    for label in Label.objects.exclude(withdrawal__isnull=False).order_by("made_at", "pk"):
        latest[label.session_id, label.rater_id, label.type] = label
    return latest


def expected_code(codes, settlement):
    if settlement:
        return settlement.code
    if not codes:
        return None
    judged = [code for code in codes if code != "N/A"]
    if not judged:
        return "N/A"
    counts = Counter(judged)
    winner = max(counts, key=lambda code: counts[code])
    if len(counts) == 1:
        return winner
    return winner if len(judged) >= 3 and counts[winner] > len(judged) / 2 else "DISPUTED"


def check_everything_derived():
    current = expected_current()
    assert {(row.session_id, row.rater_id, row.type): row.label_id for row in CurrentLabel.objects.all()} == {key: label.pk for key, label in current.items()}
    blind = {}
    for label in Label.objects.filter(type="human-rating", independent=True, is_settlement=False, withdrawal=None).order_by("-made_at", "-pk"):
        blind[label.session_id, label.rater_id, label.type] = label.code
    assert {(row.session_id, row.rater_id, row.type): row.blind_code for row in CurrentLabel.objects.exclude(blind_code="")} == blind
    commented = {label.session_id for (_, _, type_), label in current.items() if type_ == "human-rating" and label.comment not in ("", ERASED_WORDS)}
    assert set(SessionComments.objects.values_list("pk", flat=True)) == commented
    by_session = defaultdict(list)
    for (session_id, _, _), label in current.items():
        by_session[session_id].append(label)
    # Read at once: thousands of sessions are checked after each of many faults.
    settlements = {label.session_id: label for label in Label.objects.filter(is_settlement=True, withdrawal=None).order_by("made_at", "pk")}
    drawn = defaultdict(list)
    for label in Label.objects.filter(type="human-rating", basis="random", independent=True, withdrawal=None).order_by("made_at", "pk"):
        drawn[label.session_id].append(label)
    named, issues = defaultdict(set), defaultdict(set)
    for label_id, category in LabelIssue.objects.exclude(category=None).values_list("label", "category"):
        named[label_id].add(category)
    for session_id, category in SessionIssue.objects.values_list("session", "category"):
        issues[session_id].add(category)
    verdicts = Counter()
    for session in Session.objects.all():
        labels = sorted(by_session[session.pk], key=lambda label: (label.made_at, label.pk))
        human = [label for label in labels if label.type == "human-rating"]
        auto = [label for label in labels if label.type == "auto-rating"]
        settlement = settlements.get(session.pk)
        assert session.label_code == expected_code([label.code for label in human], settlement)
        assert session.auto_code == (auto[-1].code if auto else None)
        newest = settlement or (human[-1] if human else auto[-1] if auto else None)
        assert session.session_label_id == (newest.pk if newest else None)
        judged = [label for label in human if label.code != "N/A"] or human
        assert session.label_raters == len([label for label in judged if not label.is_settlement])
        deciding = [settlement] if settlement else human
        assert issues[session.pk] == set().union(*(named[label.pk] for label in deciding))
        if session.label_code or session.auto_code:
            verdicts[session.seen_agent_id, "", session.label_code or "", session.auto_code or ""] += 1
        if drawn[session.pk]:
            verdicts[session.seen_agent_id, "random", drawn[session.pk][0].code, session.auto_code or ""] += 1
    folded = Counter()
    for delta in VerdictDelta.objects.all():
        folded[delta.agent_id, delta.basis, delta.code, delta.auto_code] += delta.n
    assert {key: n for key, n in folded.items() if n} == dict(verdicts)


def check_session_deltas():
    folded = Counter()
    for delta in SessionDelta.objects.all():
        folded[delta.agent_id, delta.prompt_id, delta.channel, delta.language, delta.direction, delta.is_test] += delta.n
    counted = Counter()
    for session in Session.objects.all():
        counted[session.seen_agent_id, session.seen_prompt_id, session.channel, session.language, session.direction, bool(session.is_test)] += 1
    assert {key: n for key, n in folded.items() if n} == dict(counted)
