"""Finding what an erasure is about, and counting what it would take."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from urllib.parse import parse_qsl

from django.db.models import BooleanField, F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.codes import ERASED_WORDS
from labeling.models import Draft, Erasure, Export, Incident, Label, LegalHold, SavedView, Search, SecondOpinion, SessionComments, ShareLink
from labeling.models.erasure import SubjectKind
from labeling.models.export import ExportState
from labeling.queries.holds import get_holds, is_held
from sessions_app.models import Recording, Session, Source, Transcript
from sessions_app.queries.budget import OverBudget, within
from sessions_app.queries.finding_terms import TextQuery, commented_query, said_query
from sessions_app.queries.identity import caller_digests, callers_in, callers_of, identity_of, names_one_of, record_digests
from sessions_app.queries.search_text import NotSearchable, read_search, values_in

LOOK = 5_000
# Digests that are not worked out anew: a caller calls again.
MOST_KNOWN = 100_000
PREVIEW_SECONDS = 3.0
MOST_MENTIONS = 50
MENTION_MS = 1_500
COLUMNS = ("pk", "timestamp", "data_source", "external_id", "source", "target", "is_outbound", "conversation_id")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what an erasure is about. `value` is what was typed, and is kept nowhere."""

    kind: str
    digests: tuple[str, ...]
    value: str = field(default="", repr=False)
    session: int | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would take. `mentions` are sessions with somebody else in whose words the number or address stands."""

    sessions: list[int]
    is_complete: bool
    held: int
    counts: list[tuple[str, int]]
    mentions: list[int]
    views: list[SavedView]
    requests: int


def caller(value: str) -> Subject:
    """This will be whoever has that number, address or name."""
    return Subject(SubjectKind.CALLER, tuple(caller_digests(value)), value=value)


def one_session(session: Session) -> Subject:
    return Subject(SubjectKind.SESSION, tuple(record_digests(session.data_source.name, session.external_id)), session=session.pk)


def find_matching(
    *, callers: Collection[str], records: Collection[str] = (), should_stop: Callable[[], bool] = lambda: False
) -> Iterator[list[tuple[int, str, datetime]]]:
    """This will look through all sessions that are not erased, and give those of a digest, with it and their time, batch by batch.

    No number is needed for it, so that a job and a list can do without one.
    """
    known: dict[str, str | None] = {}
    sources: dict[int, str] = dict(Source.objects.values_list("pk", "name"))
    last = 0
    while not should_stop():
        rows = list(Session.objects.filter(pk__gt=last, erased_at=None).order_by("pk").values_list(*COLUMNS)[:LOOK])
        if not rows:
            return
        last = rows[-1][0]
        if len(known) > MOST_KNOWN:
            known.clear()
        found = []
        for pk, timestamp, source, external_id, *told in rows:
            digest = _caller_among(callers_in(*told), callers, known)
            if digest is None and records:
                digest = next((one for one in record_digests(sources[source], external_id) if one in records), None)
            if digest:
                found.append((pk, digest, timestamp))
        yield found


def find_likely(value: str) -> list[int]:
    """This will find the sessions of a number, address or name as the indexes know them, for a quick first answer."""
    digests = frozenset(caller_digests(value))
    spelled = identity_of(value)
    digits = spelled.removeprefix("+")
    ways = Q(source__in={value, spelled, digits, digits.removeprefix("1")}) | Q(conversation_id=value)
    if spelled.startswith("+"):
        ways |= Q(source__contains=digits[-10:])
    rows = Session.objects.filter(ways, erased_at=None).order_by("pk").only(*COLUMNS)
    return [row.pk for row in rows if any(one in digests for text in callers_of(row) for one in caller_digests(text))]


def get_preview(subject: Subject, *, seconds: float | None = PREVIEW_SECONDS) -> Preview:
    """This will count what an erasure would take. What cannot be looked through in that time the job still finds."""
    pks, is_complete = _find(subject, seconds)
    held = Session.objects.filter(is_held(get_holds()), pk__in=pks).count()
    views, requests = _requests(subject)
    return Preview(sessions=pks, is_complete=is_complete, held=held, counts=_count(pks), mentions=_mentions(subject, pks), views=views, requests=requests)


FIGURES = {
    "sessions": gettext_lazy("Sessions"),
    "transcripts": gettext_lazy("Transcripts"),
    "recordings": gettext_lazy("Recordings"),
    "comments": gettext_lazy("Labels with a comment or a reason"),
    "issues": gettext_lazy("Reasons of labels"),
    "drafts": gettext_lazy("Drafts"),
    "incidents": gettext_lazy("Incidents"),
    "second_opinions": gettext_lazy("Second opinions"),
    "unmaskings": gettext_lazy("Notes of unmaskings"),
    "share_links": gettext_lazy("Share links"),
    "searches": gettext_lazy("Searches"),
    "filters": gettext_lazy("Filters that named them"),
    "rejected": gettext_lazy("Refused records"),
    "exports": gettext_lazy("Export files"),
    "uploads": gettext_lazy("Uploaded files"),
    "held": gettext_lazy("Sessions left because of a legal hold"),
}


def get_figures(erasure: Erasure) -> list[tuple[str, int]]:
    """This will be what an erasure has come to, in words."""
    return [(str(words), int(erasure.counts[name])) for name, words in FIGURES.items() if erasure.counts.get(name)]


def get_erased_callers(sessions: Sequence[Session]) -> list[tuple[Session, int, bool]]:
    """This will be those of sessions not stored yet that are of a person, or are a record, that was erased after they took place.

    Each with its erasure, and whether a hold covers it.
    """
    told: dict[str, list[Session]] = {}
    if not sessions or not Erasure.objects.exists():
        return []
    for session in sessions:
        for digest in {
            *(one for value in callers_of(session) for one in caller_digests(value)),
            *record_digests(session.data_source.name, session.external_id),
        }:
            told.setdefault(digest, []).append(session)
    erasures = Erasure.objects.filter(digest__in=list(told)).values_list("pk", "digest", "erased_at")
    holds = get_holds()
    return [(session, pk, _is_covered(session, holds)) for pk, digest, at in erasures for session in told[digest] if session.timestamp <= at]


def _caller_among(values: Iterator[str], wanted: Collection[str], known: dict[str, str | None]) -> str | None:
    for value in values:
        if value not in known:
            known[value] = next((digest for digest in caller_digests(value) if digest in wanted), None)
        if known[value]:
            return known[value]
    return None


def _find(subject: Subject, seconds: float | None) -> tuple[list[int], bool]:
    if subject.session is not None:
        return list(Session.objects.filter(pk=subject.session, erased_at=None).values_list("pk", flat=True)), True
    if seconds is None:
        return sorted(pk for batch in find_matching(callers=frozenset(subject.digests)) for pk, _, _ in batch), True
    found: set[int] = set()
    deadline, is_complete = monotonic() + seconds, True
    try:
        with within(seconds * 1000):
            found |= set(find_likely(subject.value))
    except OverBudget:
        is_complete = False
    for batch in find_matching(callers=subject.digests, should_stop=lambda: monotonic() > deadline):
        found |= {pk for pk, _, _ in batch}
    return sorted(found), is_complete and monotonic() <= deadline


def _count(pks: Sequence[int]) -> list[tuple[str, int]]:
    in_words = ~Q(comment__in=("", ERASED_WORDS)) | ~Q(reason__in=("", ERASED_WORDS))
    unexpired = Export.objects.filter(state__in=(ExportState.WAITING, ExportState.RUNNING, ExportState.READY)).exclude(expires_at__lte=Now())
    return [
        (_("Transcripts"), Transcript.objects.filter(pk__in=pks).count()),
        (_("Recordings"), Recording.objects.filter(session__in=pks).exclude(reference="", file="").count()),
        (_("Labels with a comment or a reason"), Label.objects.filter(in_words, session__in=pks).count()),
        (_("Drafts"), Draft.objects.filter(session__in=pks).count()),
        (_("Incidents"), Incident.objects.filter(session__in=pks).count()),
        (_("Second opinions with a note"), SecondOpinion.objects.filter(session__in=pks).exclude(note="").count()),
        (_("Share links"), ShareLink.objects.filter(session__in=pks, revoked_at=None).count()),
        (_("Export files that may hold them"), unexpired.count() if pks else 0),
    ]


def _mentions(subject: Subject, pks: Collection[int]) -> list[int]:
    """Found by the words of transcripts and comments, which know a number or an address as one word."""
    if not subject.value or not (names_one_of(identity_of(subject.value), subject.digests) and any(sign in subject.value for sign in "@0123456789")):
        return []
    try:
        asked = read_search(identity_of(subject.value).removeprefix("+"))
        with within(MENTION_MS):
            said = Transcript.objects.filter(_holds(said_query(asked, with_summary=True))).values_list("pk", flat=True)
            commented = SessionComments.objects.filter(_holds(commented_query(asked))).values_list("pk", flat=True)
            most = MOST_MENTIONS + len(pks)
            return sorted({*said[:most], *commented[:most]} - set(pks))[:MOST_MENTIONS]
    except (NotSearchable, OverBudget):
        return []


def _holds(query: TextQuery) -> Func:
    return Func(F("search"), query, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())


def _requests(subject: Subject) -> tuple[list[SavedView], int]:
    if not subject.value:
        return [], 0
    views = [
        view
        for view in SavedView.objects.select_related("owner").order_by("pk")
        if names_one_of(view.name, subject.digests) or _asks_for(view.query, subject.digests)
    ]
    searches = Search.objects.values_list("text", flat=True).iterator(chunk_size=LOOK)
    return views, sum(any(names_one_of(value, subject.digests) for value in values_in(text)) for text in searches)


def _asks_for(query: str, digests: Collection[str]) -> bool:
    return any(names_one_of(value, digests) for _, value in parse_qsl(query))


def _is_covered(session: Session, holds: Sequence[LegalHold]) -> bool:
    return any(
        hold.session_id is None
        and hold.agent_id in (None, session.seen_agent_id)
        and (hold.since is None or session.timestamp >= hold.since)
        and (hold.until is None or session.timestamp < hold.until)
        for hold in holds
    )
