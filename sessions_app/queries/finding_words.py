"""Sessions by what was said in them, as a condition."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, Exists, F, Func, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from sessions_app.models import Session, Transcript
from sessions_app.queries.finding import has_number, is_named
from sessions_app.queries.finding_terms import TextQuery, commented_query, said_query, unwanted_query
from sessions_app.queries.search_text import Asked
from sessions_app.search_words import HOURS_OF_A_DAY, day_word, hour_word

# As many words for hours, or for days, one look into the index takes without effort.
MOST_HOUR_WORDS, MOST_DAY_WORDS = 12, 400
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
LAST_HOUR = (datetime.max.replace(tzinfo=UTC) - BEGINNING) // timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reach:
    """What somebody may find by. `comments` is the model with the words of comments, which sessions_app must not import.

    `opened` are the sessions whose judgments they may see, where that is not all of them.
    """

    see_judgments: bool = False
    may_unmask: bool = False
    read_transcripts: bool = True
    comments: type[Model] | None = None
    opened: Q | None = None

    @property
    def parts(self) -> "tuple[Reach, Reach]":
        """This will be the reach among the sessions that are opened, and among the others."""
        return replace(self, opened=None), replace(self, opened=None, see_judgments=False)

    @property
    def read_comments(self) -> type[Model] | None:
        """Comments are judgments."""
        return self.comments if self.see_judgments else None


class Way(Enum):
    """How a window is read: the words together with its hours, sessions that are known, or one session after the other."""

    BY_TIME = auto()
    BY_ID = auto()
    BY_ROW = auto()


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of hours since 1970, both included."""

    first: int
    last: int
    way: Way = Way.BY_TIME
    ids: tuple[int, ...] = ()

    @property
    def hours(self) -> int:
        return self.last - self.first + 1

    @property
    def words(self) -> list[str]:
        """The words of its hours, or of the days it lies in: what is too much, `times` leaves out. None for a long window."""
        if self.hours <= MOST_HOUR_WORDS:
            return [hour_word(hour) for hour in range(self.first, self.last + 1)]
        first, last = self.first // HOURS_OF_A_DAY, self.last // HOURS_OF_A_DAY
        return [day_word(day) for day in range(first, last + 1)] if last - first < MOST_DAY_WORDS else []

    @property
    def times(self) -> Q:
        return Q(timestamp__gte=start_of_hour(self.first), timestamp__lt=start_of_hour(self.last + 1))


def condition(asked: Asked, window: Window | None, *, reach: Reach, is_loose: bool = False) -> Q:
    """This will be what sessions of a window must satisfy, to use on a queryset of sessions.

    Without a window it is for counts and exports, where PostgreSQL weighs the ways itself. When `is_loose`, the words of
    a phrase may stand apart: then it is as many sessions as the index alone gives.
    """
    if reach.opened is None:
        return _condition(asked, window, reach, is_loose)
    if window and window.way is Way.BY_ID:
        # They have the words somewhere; whether where this person may look, only the rows can say.
        return Q(pk__in=window.ids) & condition(asked, replace(window, way=Way.BY_ROW), reach=reach)
    inside, outside = (_condition(asked, window, part, is_loose) for part in reach.parts)
    return reach.opened & inside | ~reach.opened & outside


def _condition(asked: Asked, window: Window | None, reach: Reach, is_loose: bool) -> Q:
    asks = is_named(asked, may_unmask=reach.may_unmask) & (window.times if window else Q())
    if not reach.read_transcripts:
        return asks & _is_found_unread(asked, reach)
    if asked.without and reach.read_comments:
        asks &= ~Q(_matches(reach.read_comments, unwanted_query(asked, with_summary=False)))
    if not asked.terms:
        return asks & _is_not_said(asked, reach)
    if window is None:
        found = _sources(asked, reach, None, is_loose=False)
        return asks & Q(pk__in=_union(found))
    if window.way is Way.BY_ROW:
        return asks & _row_by_row(asked, reach)
    if window.way is Way.BY_ID:
        # They have the words; whether those stand next to each other only the rows can say.
        return asks & Q(pk__in=window.ids) & (_row_by_row(asked, reach) if asked.has_phrase else Q())
    return asks & Q(_is_among([ArraySubquery(found) for found in _sources(asked, reach, window, is_loose=is_loose)]))


def _is_found_unread(asked: Asked, reach: Reach) -> Q:
    """For who may not read what was said: a session is found by what it is called, and never by having a word or not."""
    if not asked.terms and not asked.without:
        return Q()
    return _is_called(asked, reach) if asked.whole and not asked.without else Q(pk__in=())


def candidates(asked: Asked, *, reach: Reach, limit: int) -> list[int]:
    """This will find the ids of at most so many sessions of all times that may match."""
    found = [rows for part in (reach.parts if reach.opened is not None else [reach]) for rows in _sources(asked, part, None, is_loose=True)]
    return list(_union(found)[:limit])


def start_of_hour(hour: int) -> datetime:
    return BEGINNING + timedelta(hours=min(hour, LAST_HOUR))


def _sources(asked: Asked, reach: Reach, window: Window | None, *, is_loose: bool) -> list[QuerySet[Any, Any]]:
    """The sessions with the words in their transcript, in their comments, and those called what was typed.

    No scope here: what this gives is looked up among the sessions somebody may see.
    """
    times = window.words if window else []
    said = Transcript.objects.filter(_holds(said_query(asked, with_summary=reach.see_judgments, times=times, is_loose=is_loose)))
    found: list[QuerySet[Any, Any]] = [said.values_list("session_id", flat=True)]
    if reach.read_comments:
        comments = reach.read_comments._default_manager.filter(_holds(commented_query(asked, times=times, is_loose=is_loose)))
        found.append(_unless_said(comments, "session_id", asked, reach).values_list("session_id", flat=True))
    if asked.whole:
        called = _unless_said(Session.objects.filter(_is_called(asked, reach)), "pk", asked, reach)
        found.append((called.filter(window.times) if window else called).values_list("pk", flat=True))
    return found


def _union(found: list[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    return found[0].union(*found[1:], all=True) if len(found) > 1 else found[0]


def _is_called(asked: Asked, reach: Reach) -> Q:
    called = has_number("source", asked.whole, may_unmask=reach.may_unmask and bool(asked.digits))
    return called | Q(conversation_id=asked.whole) | Q(channel_manager_sid=asked.whole)


def _unless_said(rows: QuerySet[Any], key: str, asked: Asked, reach: Reach) -> QuerySet[Any]:
    if not asked.without:
        return rows
    unwanted = _holds(unwanted_query(asked, with_summary=reach.see_judgments))
    return rows.exclude(Exists(Transcript.objects.filter(unwanted, session=OuterRef(key))))


def _row_by_row(asked: Asked, reach: Reach) -> Q:
    beside = _is_called(asked, reach) if asked.whole else Q(pk__in=())
    if reach.read_comments:
        beside |= Q(_matches(reach.read_comments, commented_query(asked)))
    said = Q(_matches(Transcript, said_query(asked, with_summary=reach.see_judgments)))
    return said | beside & _is_not_said(asked, reach)


def _is_not_said(asked: Asked, reach: Reach) -> Q:
    return ~Q(_matches(Transcript, unwanted_query(asked, with_summary=reach.see_judgments))) if asked.without else Q()


def _holds(query: TextQuery) -> Func:
    return Func(F("search"), query, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())


def _matches(model: type[Model], query: TextQuery) -> Coalesce:
    """A subquery for a value, which stays with its row; PostgreSQL would make a join of "exists" and choose its order."""
    row = model._default_manager.filter(pk=OuterRef("pk")).values_list(_holds(query))
    return Coalesce(Subquery(row, output_field=BooleanField()), Value(False))


def _is_among(arrays: list[ArraySubquery]) -> Func:
    """Whatever the planner expects, an index looks up each id of an array, once."""
    joined = Func(*arrays, template="%(expressions)s", arg_joiner=" || ", output_field=ArrayField(BigIntegerField()))
    return Func(F("pk"), joined, template="%(expressions)s)", arg_joiner=" = ANY (", output_field=BooleanField())
