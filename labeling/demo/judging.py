"""What labels a demo session gets: an auto-rating, reviewers who disagree in plausible ways, a change of mind."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from labeling.codes import Basis, LabelType, TargetKind, Via
from labeling.models import Rater
from labeling.operations.label_rows import EvidenceGiven, IssueGiven, LabelGiven, Provenance
from sessions_app.demo import DemoSession, people
from sessions_app.models import Session, Transcript

# Every other one is drawn at random, whatever it is: enough to see the worse version of a prompt. A quarter of those gets a second, blind label.
DRAWN, SECOND_LABEL = 0.5, 0.25
LOW_AUTO_LABELED, CHOSEN_LABELED, CHANGED = 0.3, 0.03, 0.03
# Of what is wrong, how much the auto-rating names, and how often it names something else.
SEEN_BY_AUTO, IMAGINED_BY_AUTO = 0.65, 0.2
# What that comes to for one session: labels drawn or chosen, labels for its auto-rating, and auto-ratings themselves.
_DRAWN_OR_CHOSEN, _TARGETED, _RATED = 0.592, 0.041, 0.957


@dataclass(frozen=True, slots=True)
class DemoRater:
    rater: Rater
    profile: people.Reviewer


@dataclass(frozen=True, slots=True)
class Judges:
    """Who judges, and how much of it: `human` and `auto` scale the usual shares.

    Below 1 they leave out whole conversations, whose ids are drawn by lot already; that is cheaper than one more draw.
    """

    raters: tuple[DemoRater, ...]
    machine: Rater
    seed: int
    until: datetime
    human: float = 1.0
    auto: float = 1.0

    def labels(self, demo: DemoSession, row: Session, transcript: Transcript | None) -> tuple[list[LabelGiven], LabelGiven | None]:
        """This will give the labels of one session, and the change of mind that follows them."""
        lot = row.conversation_id or "0" * 12
        first = []
        auto_code = demo.auto_code if int(lot[-6:], 16) < self.auto * 2**24 else None
        if auto_code:
            made_at = row.timestamp + timedelta(seconds=(row.duration or 60) + 90)
            first.append(_auto(row, self.machine, auto_code, self._auto_issues(demo, row, auto_code), min(made_at, self.until)))
        if int(lot[:6], 16) >= self.human * 2**24:
            return first, None
        rng = Random(f"{self.seed}:labels:{row.external_id}")
        human = list(self._human(demo, row, auto_code, transcript, rng))
        changed = _changed(human[0], demo, self.until) if human and rng.random() < CHANGED else None
        return first + human, changed

    def _auto_issues(self, demo: DemoSession, row: Session, code: str) -> tuple[IssueGiven, ...]:
        """A machine says why it rates low: it misses some of what is wrong, and sometimes sees what nobody else does."""
        if code not in ("OK", "BAD"):
            return ()
        rng = Random(f"{self.seed}:auto:{row.external_id}")
        named = [name for name in demo.truth.issues if rng.random() < SEEN_BY_AUTO]
        if rng.random() < IMAGINED_BY_AUTO:
            named.append(rng.choice(people.ISSUE_CATEGORIES).name)
        return tuple(IssueGiven(name) for name in dict.fromkeys(named))

    def _human(self, demo: DemoSession, row: Session, auto_code: str | None, transcript: Transcript | None, rng: Random) -> Iterator[LabelGiven]:
        drawn, low, chosen, second = (rng.random() for _ in range(4))
        made_at = row.timestamp + timedelta(hours=2 + 70 * rng.random())
        if row.is_test or made_at > self.until:
            return
        provenance = None
        more = max(self.human, 1.0)
        share = min(DRAWN * more, 1.0)
        if drawn < share:
            provenance = Provenance(made_at=made_at, basis=Basis.RANDOM, selection_probability=share * min(self.human, 1.0))
        elif auto_code in ("OK", "BAD") and low < LOW_AUTO_LABELED * more:
            # Found by its auto-rating, so it cannot pass for an independent judgment.
            provenance = Provenance(via=Via.IMPORT, made_at=made_at, basis=Basis.TARGETED)
        elif chosen < CHOSEN_LABELED * more:
            provenance = Provenance(via=Via.IMPORT, made_at=made_at)
        if provenance is None:
            return
        places = 2 if provenance.basis == Basis.RANDOM and second < SECOND_LABEL else 1
        for place, demo_rater in enumerate(rng.sample(self.raters, places)):
            code, issues, comment = people.judge(demo.truth, demo_rater.profile, rng)
            yield LabelGiven(
                row.pk,
                demo_rater.rater,
                code,
                f"demo-{place}",
                comment=comment,
                issues=tuple(IssueGiven(name, evidence=_evidence(demo, name, transcript)) for name in issues),
                provenance=provenance,
            )


def shares_for(labels: int, sessions: int) -> tuple[float, float]:
    """This will scale the shares of people's labels and of auto-ratings so that they come to about `labels`, half of each."""
    auto = min(labels / 2 / (sessions * _RATED), 1.0)
    rated = auto * sessions * _RATED
    return (labels - rated) / (sessions * (_DRAWN_OR_CHOSEN + _TARGETED * auto)), auto


def _auto(row: Session, machine: Rater, code: str, issues: tuple[IssueGiven, ...], made_at: datetime) -> LabelGiven:
    return LabelGiven(row.pk, machine, code, "demo-auto", type=LabelType.AUTO, issues=issues, provenance=Provenance(via=Via.SYNC, made_at=made_at))


def _changed(label: LabelGiven, demo: DemoSession, until: datetime) -> LabelGiven:
    made_at = min((label.provenance.made_at or until) + timedelta(minutes=25), until)
    return LabelGiven(
        label.session_id,
        label.rater,
        demo.truth.code,
        "demo-change",
        comment=demo.truth.comment,
        issues=tuple(IssueGiven(name) for name in demo.truth.issues),
        reason="Read it again.",
        provenance=Provenance(via=Via.IMPORT, made_at=made_at),
    )


def _evidence(demo: DemoSession, issue: str, transcript: Transcript | None) -> tuple[EvidenceGiven, ...]:
    if transcript is None:
        return ()
    found = []
    for evidence in demo.truth.evidence:
        if evidence.issue != issue:
            continue
        if evidence.turn_index is not None:
            found.append(EvidenceGiven(TargetKind.TURN, transcript.turns[evidence.turn_index]["uid"], transcript.revision))
        elif evidence.action_index is not None:
            found.append(EvidenceGiven(TargetKind.TOOL, transcript.tools[evidence.action_index]["uid"], transcript.revision))
    return tuple(found)
