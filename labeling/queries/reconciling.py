"""The vendor's labels of a period beside ours: which are the same, which are missing there, only there, or stale there."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from labeling.models import Label, Push, VendorLabels
from labeling.models.vendor_labels import PushState
from labeling.queries.pushing import Link, Sameness, get_chosen, get_links, get_said, why_not_push
from labeling.upstream import Said, TheirLabel
from sessions_app.models import Session
from sessions_app.queries.budget import OverBudget, within
from sessions_app.scope import Scope

MOST_SESSIONS = 20_000
# So many of a kind are listed; the others are counted, and come when these are gone.
MOST_LISTED = 200
MOST_MS = 4_000
SKEW = timedelta(days=1)
WAITS, WORDS_DIFFER = gettext_noop("It waits in the outbox."), gettext_noop("The comment or the issues differ.")
NO_LABEL = gettext_noop("The session has no label here any more: it was withdrawn, or people disagree.")


class Kind(TextChoices):
    SAME = "same", _("Same")
    MISSING = "missing", _("Missing there")
    STALE = "stale", _("Stale there")
    ONLY_THERE = "only_there", _("Only there")


class TooManySessions(Exception):
    """More sessions than one look takes in."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One label that is not the same on both sides. `ours` and `theirs` are codes; `why_not` says why it is not pushed from here."""

    kind: str
    session: int
    label: int | None
    ours: str
    our_author: str
    theirs: str
    their_author: str
    why_not: str

    @property
    def note(self) -> str:
        if self.why_not:
            return self.why_not
        return WORDS_DIFFER if self.label and (self.ours, self.our_author) == (self.theirs, self.their_author) else ""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    counts: Mapping[str, int]
    listed: Mapping[str, list[Difference]]

    @property
    def groups(self) -> list[tuple[str, str, int, list[Difference]]]:
        return [(kind.value, str(kind.label), self.counts.get(kind, 0), self.listed.get(kind, [])) for kind in Kind]


def reconcile(vendor: VendorLabels, scope: Scope, theirs: Iterable[TheirLabel], *, start: datetime, end: datetime) -> Reconciliation:
    """This will compare the labels of people of the sessions that began in a period. `theirs` are in order, and may hold others too.

    A label is immutable on the wire, and a change is a new one: what stands there as the newest is compared with what stands here.
    Raises TooManySessions.
    """
    there: defaultdict[str, list[TheirLabel]] = defaultdict(list)
    for label in theirs:
        there[label.session_id].append(label)
    period = Session.objects.visible_to(scope).filter(data_source=vendor.data_source_id, timestamp__gte=start, timestamp__lt=end, erased_at=None)
    # A label is younger than its session, and labels have an index by their date.
    labeled = period.filter(labeled_at__gte=start - SKEW)
    try:
        with within(MOST_MS):
            sessions = dict(labeled.values_list("pk", "external_id")[: MOST_SESSIONS + 1])
            sessions |= dict(period.filter(external_id__in=list(there)).values_list("pk", "external_id"))
    except OverBudget:
        raise TooManySessions from None
    if len(sessions) > MOST_SESSIONS:
        raise TooManySessions
    sessions = dict(sorted(sessions.items(), reverse=True))
    chosen = get_chosen(list(sessions), vendor)
    said = get_said(label for labels in chosen.values() for label in labels)
    same = Sameness([*said.values(), *(label.said for name in sessions.values() for label in there[name])])
    links = get_links(list(sessions), vendor)
    waiting = set(Push.objects.filter(data_source=vendor.data_source_id, session__in=list(sessions), state=PushState.WAITING).values_list("label", flat=True))
    counts: Counter[str] = Counter()
    listed: defaultdict[str, list[Difference]] = defaultdict(list)
    for pk, name in sessions.items():
        linked = {link.upstream_id: link for link in links.get(pk, ())}
        for ours, theirs_here in _sides(chosen.get(pk, []), there[name], vendor):
            for one in _compare(pk, ours, said, theirs_here, linked, same, waiting):
                counts[one.kind] += 1
                if one.kind != Kind.SAME and len(listed[one.kind]) < MOST_LISTED:
                    listed[one.kind].append(one)
    return Reconciliation(counts, listed)


def _sides(ours: Sequence[Label], theirs: Sequence[TheirLabel], vendor: VendorLabels) -> Iterator[tuple[Label | None, list[TheirLabel]]]:
    """One pair a session, or one a session and author where each label is sent."""
    if not vendor.pushes_every_label:
        yield (ours[0] if ours else None), list(theirs)
        return
    by_author = {label.rater.email: label for label in ours}
    for author in dict.fromkeys([*by_author, *(label.said.email for label in theirs)]):
        yield by_author.get(author), [label for label in theirs if label.said.email == author]


def _compare(
    session: int,
    ours: Label | None,
    said: Mapping[int, Said],
    theirs: Sequence[TheirLabel],
    linked: Mapping[int, Link],
    same: Sameness,
    waiting: Collection[int],
) -> Iterator[Difference]:
    newest, words = (theirs[-1] if theirs else None), said[ours.pk] if ours else None
    why_not = NO_LABEL
    if ours and words:
        why_not = WAITS if ours.pk in waiting else why_not_push(ours, words)
    link = linked.get(newest.id) if newest else None
    if ours and words and newest and same(words, newest.said):
        yield _difference(Kind.SAME, session, ours, words, newest)
    elif link and (ours or link.is_pushed):
        yield _difference(Kind.STALE, session, ours, words, newest, why_not)
    elif ours and words and not any((their.id in linked and linked[their.id].label_id == ours.pk) or same(words, their.said) for their in theirs):
        yield _difference(Kind.MISSING, session, ours, words, None, why_not)
    for their in theirs:
        if their.id not in linked and not (words and same(words, their.said)):
            yield _difference(Kind.ONLY_THERE, session, None, None, their)


def _difference(kind: Kind, session: int, ours: Label | None, words: Said | None, their: TheirLabel | None, why_not: str = "") -> Difference:
    return Difference(
        kind=kind.value,
        session=session,
        label=ours.pk if ours else None,
        ours=ours.code if ours else "",
        our_author=words.email if words else "",
        theirs=their.said.code if their else "",
        their_author=their.said.email if their else "",
        why_not=why_not,
    )
