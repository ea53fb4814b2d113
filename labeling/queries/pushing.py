"""What the vendor is to hold of our labels: which ones of a session, what each says there, and which of theirs says the same."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from labeling.codes import LabelType, Via
from labeling.models import CurrentLabel, IssueCategory, Label, LabelIssue, LabelUpstream, Push, VendorLabels
from labeling.queries.issues import canonical_categories, fold
from labeling.upstream import Said, TheirLabel, is_erased, plain
from sessions_app.codes import Verdict
from sessions_app.models import Session

# Given one by one, so each goes by itself. Those of a bulk action go where an admin chose it, those of a file only when asked for.
BY_THEMSELVES = (Via.PAGE, Via.API)
NOT_OF_PEOPLE = gettext_noop("Only labels of people are sent.")
FROM_VENDOR = gettext_noop("It came from the vendor.")
WORDS_ERASED = gettext_noop("Its words were erased.")


def get_chosen(sessions: Collection[int], vendor: VendorLabels) -> dict[int, list[Label]]:
    """This will be, by session, the labels that the vendor is to hold as the newest: one, or one of each person.

    Of a session that is settled the settled label, else the newest current one that says what the session's labels add up to: that
    is the session label, but where its author was outvoted. A disputed session has none; one that was erased has none either.
    """
    known = Session.objects.filter(pk__in=sessions, data_source=vendor.data_source_id, erased_at=None)
    rows = {row["pk"]: row for row in known.values("pk", "session_label_id", "label_code", "label_is_settled")}
    settled = {row["session_label_id"]: pk for pk, row in rows.items() if row["label_is_settled"]}
    stands = Q(Exists(CurrentLabel.objects.filter(label=OuterRef("pk")))) | Q(pk__in=list(settled))
    labels = Label.objects.filter(stands, session__in=list(rows), type=LabelType.HUMAN).select_related("rater").order_by("made_at", "pk")
    by_session: defaultdict[int, list[Label]] = defaultdict(list)
    for label in labels:
        if label.via != Via.BULK or vendor.pushes_bulk:
            by_session[label.session_id].append(label)
    if vendor.pushes_every_label:
        return dict(by_session)
    chosen = {pk: _session_label(rows[pk], labels) for pk, labels in by_session.items()}
    return {pk: [label] for pk, label in chosen.items() if label}


def goes_by_itself(label: Label, vendor: VendorLabels) -> bool:
    """Whether nobody has to ask for it."""
    is_ours = label.via in BY_THEMSELVES or (label.via == Via.BULK and vendor.pushes_bulk)
    return is_ours and vendor.pushes_since is not None and label.recorded_at >= vendor.pushes_since


def why_not_push(label: Label, said: Said) -> str:
    """What is never sent, whoever asks."""
    if label.type != LabelType.HUMAN:
        return NOT_OF_PEOPLE
    if label.via == Via.SYNC:
        return FROM_VENDOR
    return WORDS_ERASED if said.is_erased else ""


def get_said(labels: Iterable[Label]) -> dict[int, Said]:
    """This will be what each label says at the vendor, with the names that the categories have today."""
    labels = list(labels)
    raws: defaultdict[int, list[str]] = defaultdict(list)
    for label_id, raw in LabelIssue.objects.filter(label__in=labels).order_by("pk").values_list("label", "raw"):
        raws[label_id].append(raw)
    meant = canonical_categories({raw for named in raws.values() for raw in named})
    names = dict(IssueCategory.objects.filter(pk__in=set(meant.values())).values_list("pk", "name")) if meant else {}
    said = {}
    for label in labels:
        named = raws[label.pk]
        issues = dict.fromkeys(names[meant[raw]] if raw in meant else raw for raw in named)
        gone = any(map(is_erased, (label.comment, *named)))
        said[label.pk] = Said(label.type, label.code, label.rater.email, plain(label.comment), tuple(issues), is_erased=gone)
    return said


class Sameness:
    """Says whether two labels say the same, by whichever of its names each calls a category. Looks all names up at once."""

    def __init__(self, labels: Iterable[Said]) -> None:
        raws = {issue for said in labels for issue in said.issues}
        meant = canonical_categories(raws)
        self._keys: dict[str, int | str] = {raw: spaced for raw, (_, spaced) in fold(raws).items()} | meant if raws else {}

    def __call__(self, ours: Said, theirs: Said) -> bool:
        """What was erased here is compared by what is left of it."""
        if (ours.type, ours.code, ours.email) != (theirs.type, theirs.code, theirs.email):
            return False
        return ours.is_erased or (ours.comment == theirs.comment and self._named(ours) == self._named(theirs))

    def _named(self, said: Said) -> set[int | str]:
        return {self._keys[issue] for issue in said.issues}


@dataclass(frozen=True, slots=True)
class Link:
    """That a label of the vendor's is one of ours."""

    upstream_id: int
    label_id: int
    rater_id: int
    is_pushed: bool


def get_links(sessions: Collection[int], vendor: VendorLabels) -> dict[int, list[Link]]:
    """This will be the links of labels of people, by session, the oldest at the vendor first."""
    rows = LabelUpstream.objects.filter(data_source=vendor.data_source_id, label__session__in=sessions, label__type=LabelType.HUMAN).order_by("upstream_id")
    links: defaultdict[int, list[Link]] = defaultdict(list)
    for session, upstream_id, label, rater, is_pushed in rows.values_list("label__session", "upstream_id", "label", "label__rater", "is_pushed"):
        links[session].append(Link(upstream_id, label, rater, is_pushed))
    return dict(links)


def stands_there(label: Label, links: Sequence[Link], vendor: VendorLabels) -> bool:
    """Whether it is, as far as we know, the newest there: of the session, or of its author where each label is sent."""
    rivals = [link for link in links if not vendor.pushes_every_label or link.rater_id == label.rater_id]
    return bool(rivals) and rivals[-1].label_id == label.pk


@dataclass(frozen=True, slots=True)
class Seen:
    """Which label of ours a label of the vendor's is, and since when we know."""

    label_id: int
    linked_at: datetime


def find_there(push: Push, said: Said, theirs: Sequence[TheirLabel], linked: Mapping[int, Seen], vendor: VendorLabels) -> TheirLabel | None:
    """This will be the vendor's label that came of this push, or makes it needless; then nothing is sent. `theirs` are in their order.

    One that says the same and is none of ours yet, unless it is older than what of ours was there before the push; else one that
    was linked to this label since; else the newest, if it is this label.
    """
    same = Sameness([said, *(their.said for their in theirs)])
    rivals = [their for their in theirs if not vendor.pushes_every_label or their.said.email == said.email]
    before = [place for place, their in enumerate(rivals) if their.id in linked and linked[their.id].linked_at < push.created_at]
    later = rivals[before[-1] + 1 :] if before else rivals
    came = [their for their in later if (linked[their.id].label_id == push.label_id if their.id in linked else same(said, their.said))]
    if came:
        return came[-1]
    return rivals[-1] if rivals and rivals[-1].id in linked and linked[rivals[-1].id].label_id == push.label_id else None


def _session_label(row: Mapping[str, object], labels: Sequence[Label]) -> Label | None:
    if row["label_is_settled"]:
        return next((label for label in labels if label.pk == row["session_label_id"]), None)
    if row["label_code"] == Verdict.DISPUTED:
        return None
    return next((label for label in reversed(labels) if label.code == row["label_code"]), None)
