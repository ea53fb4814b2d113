"""The vendor's labels, taken in: of people and machines, with their authors."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from labeling.codes import LONGEST_ISSUE, Code, LabelType, RaterKind, Via
from labeling.models import Label, LabelUpstream, Push, Rater
from labeling.operations.label_rows import IssueGiven, LabelGiven, Provenance
from labeling.operations.labels import record_labels
from labeling.operations.raters import rater_named
from labeling.queries.pushing import Sameness, get_said
from labeling.upstream import Said, plain
from sessions_app.models import Session, Source
from sessions_app.operations.ingesting import LabelsTaken
from sessions_app.queries.identity import ERASED, record_digests
from sessions_app.reasons import with_values
from sessions_app.records import BadRecord, clean, read_time

LONGEST_ADDRESS, LONGEST_WORDS = 254, 100_000
LAST_ID = 2**53 - 1
# Who rates where the vendor does not say which machine it was.
MACHINE = ("auto-rating", "Auto-rating")
NO_SESSION = gettext_noop("Its session is not here: it may have been refused, or lie before the first day that is taken.")
NO_ISSUES = with_values(gettext_noop("issue_categories is not a list of texts of at most %(most)s characters."))
NO_TEXT = with_values(gettext_noop("%(name)s is not a text of at most %(most)s characters."))
NO_NUMBER = with_values(gettext_noop("%(name)s is not a number below 2^53."))


@dataclass(frozen=True, slots=True)
class _Read:
    """A label of the vendor's, checked."""

    id: int
    session_id: str
    type: str
    code: str
    email: str
    at: datetime
    comment: str
    issues: tuple[str, ...]

    @property
    def said(self) -> Said:
        return Said(self.type, self.code, self.email, plain(self.comment), self.issues)

    @property
    def rater(self) -> tuple[str, str]:
        return (RaterKind.PERSON if self.type == LabelType.HUMAN else RaterKind.MACHINE, self.email)


def take_labels(data_source: Source, items: Sequence[Any]) -> LabelsTaken:
    """This will take a page of the vendor's labels, in the caller's transaction: each once, and none that we gave it ourselves.

    A label is a fact there too: of one that comes again nothing is read but that it is still there.
    """
    outcome = LabelsTaken()
    read: dict[int, tuple[int, _Read]] = {}
    for place, wire in enumerate(items):
        try:
            label = _read(wire)
        except BadRecord as refusal:
            outcome.refused.append((place, str(refusal)))
        else:
            read.setdefault(label.id, (place, label))
    sessions = _sessions(data_source, {label.session_id for _, label in read.values()})
    # What is linked is asked under the locks: a push links under them too.
    list(Session.objects.select_for_update(no_key=True).filter(pk__in=set(sessions.values())).order_by("pk").values_list("pk", flat=True))
    links = LabelUpstream.objects.filter(data_source=data_source, upstream_id__in=list(read))
    known = set(links.values_list("upstream_id", flat=True))
    links.update(seen_at=Now())
    fresh: list[_Read] = []
    for place, label in read.values():
        if label.id in known:
            continue
        if label.session_id in sessions:
            fresh.append(label)
        else:
            outcome.refused.append((place, NO_SESSION))
    fresh.sort(key=lambda label: (label.at, label.id))
    adopted = _adopt(data_source, fresh, sessions)
    outcome.taken = _insert(data_source, [label for label in fresh if label.id not in adopted], sessions)
    outcome.refused.sort()
    return outcome


def _read(wire: Any) -> _Read:
    """Raises BadRecord with a sentence."""
    if not isinstance(wire, Mapping):
        raise BadRecord(gettext_noop("The label is not an object."))
    type_, code = wire.get("type"), wire.get("code")
    if type_ not in LabelType.values:
        raise BadRecord(gettext_noop("type is neither human-rating nor auto-rating."))
    if code not in Code.values:
        raise BadRecord(gettext_noop("code is not one of GOOD, OK, BAD and N/A."))
    email = clean(_text(wire, "user_email", LONGEST_ADDRESS)).strip().lower()
    if not email and type_ == LabelType.HUMAN:
        raise BadRecord(gettext_noop("user_email is missing: a person's label has an author."))
    issues = wire.get("issue_categories") or []
    if not isinstance(issues, list) or not all(isinstance(issue, str) and len(issue) <= LONGEST_ISSUE for issue in issues):
        raise BadRecord(NO_ISSUES % {"most": LONGEST_ISSUE})
    return _Read(
        id=_id(wire, "id"),
        session_id=str(_id(wire, "session_id")),
        type=type_,
        code=code,
        email=email or MACHINE[0],
        at=read_time(wire.get("timestamp"), "timestamp"),
        comment=clean(_text(wire, "comments", LONGEST_WORDS)),
        issues=tuple(dict.fromkeys(issue for issue in (clean(issue).strip() for issue in issues) if issue)),
    )


def _text(wire: Mapping[str, Any], name: str, longest: int) -> str:
    value = wire.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise BadRecord(NO_TEXT % {"name": name, "most": longest})
    return value


def _id(wire: Mapping[str, Any], name: str) -> int:
    """A number, also as text: the wire has both."""
    value = wire.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 17:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LAST_ID:
        raise BadRecord(NO_NUMBER % {"name": name})
    return value


def _sessions(data_source: Source, names: Collection[str]) -> dict[str, int]:
    """The sessions of the source by its own ids; an erased one is known by what stands in the place of its id."""
    erased = {f"{ERASED}{digest}": name for name in names for digest in record_digests(data_source.name, name)}
    rows = Session.objects.filter(data_source=data_source, external_id__in=[*names, *erased]).values_list("external_id", "pk")
    return {erased.get(external_id, external_id): pk for external_id, pk in rows}


def _adopt(data_source: Source, fresh: Sequence[_Read], sessions: Mapping[str, int]) -> set[int]:
    """Those that are a label of ours which was to go there: linked, and nothing else."""
    human = [label for label in fresh if label.type == LabelType.HUMAN]
    pushed = Label.objects.filter(session__in={sessions[label.session_id] for label in human}, pk__in=_pushed(data_source)).select_related("rater")
    candidates = list(pushed.order_by("made_at", "pk")) if human else []
    if not candidates:
        return set()
    said = get_said(candidates)
    same = Sameness([*said.values(), *(label.said for label in human)])
    found: dict[int, Label] = {}
    for label in human:
        equal = (one for one in candidates if one.session_id == sessions[label.session_id] and one not in found.values() and same(said[one.pk], label.said))
        if ours := next(equal, None):
            found[label.id] = ours
    LabelUpstream.objects.bulk_create(
        [LabelUpstream(data_source=data_source, upstream_id=number, label=ours, is_pushed=True) for number, ours in found.items()]
    )
    return set(found)


def _pushed(data_source: Source) -> Any:
    """Of what was put into the outbox that of which we do not know that it arrived since: its reply may have been lost."""
    arrived = LabelUpstream.objects.filter(data_source=data_source, label=OuterRef("label"), linked_at__gte=OuterRef("created_at"))
    return Push.objects.filter(~Exists(arrived), data_source=data_source).values("label")


def _insert(data_source: Source, labels: Sequence[_Read], sessions: Mapping[str, int]) -> int:
    if not labels:
        return 0
    raters = _raters({label.rater for label in labels})
    given = {
        f"vendor:{data_source.pk}:{label.id}": LabelGiven(
            session_id=sessions[label.session_id],
            rater=raters[label.rater],
            code=label.code,
            client_key=f"vendor:{data_source.pk}:{label.id}",
            type=label.type,
            comment=label.comment,
            issues=tuple(IssueGiven(raw) for raw in label.issues),
            provenance=Provenance(via=Via.SYNC, made_at=label.at, claimed_email=label.email if label.type == LabelType.HUMAN else ""),
        )
        for label in labels
    }
    numbers = {key: label.id for key, label in zip(given, labels, strict=True)}
    rows = record_labels(labels=list(given.values()))
    LabelUpstream.objects.bulk_create([LabelUpstream(data_source=data_source, upstream_id=numbers[row.client_key], label=row) for row in rows])
    return len(rows)


def _raters(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Rater]:
    """Authors need no account; one that has one keeps it."""
    found = {(rater.kind, rater.email): rater for rater in Rater.objects.filter(email__in={email for _, email in wanted})}
    missing = sorted(set(wanted) - set(found))
    return found | {(kind, email): rater_named(kind=kind, email=email, name=MACHINE[1] if email == MACHINE[0] else "") for kind, email in missing}
