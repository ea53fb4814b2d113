"""How many sessions each choice would leave: its own group ignored, all others respected; of all that match, or of the newest 20,000."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, CharField, ExpressionWrapper, F, IntegerField, Q, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Floor, Least
from psycopg import sql

from labeling.codes import LabelType
from labeling.filters.facets_from_counts import HIDDEN, are_more_than, count_deltas, groups_in_deltas
from labeling.filters.measured_filter import NONE
from labeling.filters.review_filter import AUTO_KEY, LABEL_KEY, ReviewFilter
from labeling.gate import telling_queues
from labeling.models import Assignment, CurrentLabel, Queue, SessionIssue
from labeling.queries.issues import get_roots
from labeling.roles import Permission
from sessions_app.filters.choices import SIGNAL_CONDITIONS, UNKNOWN
from sessions_app.paging import COUNT_LIMIT, merge_streams
from sessions_app.queries.budget import Budget

SAMPLE = 20_000
BUDGET_MS = 400
# Keys beside which most sessions of a queue match; what is before or after a period is not read.
OF_MOST = frozenset({"queue", "not_queue", "place", "since", "start", "end", "sort"})
# The histogram of lengths: bars of half a minute, the last one for everything longer.
BARS, BAR_SECONDS = 24, 30


@dataclass(slots=True)
class Counts:
    """What was counted. A group that took too long is missing; `total` is None where even that did."""

    groups: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sampled: set[str] = field(default_factory=set)
    total: int | None = None

    def note(self, total: int, found: Mapping[str, Counter[str]], names: Iterable[str], *, of_all: bool, is_sample: bool = False) -> None:
        """This will keep what one read counted; what all of them are is not said anew by a sample."""
        self.groups |= {name: found.get(name, Counter()) for name in names}
        self.sampled |= set(names) if is_sample else set()
        if of_all and self.total is None:
            self.total = total

    @property
    def is_many(self) -> bool:
        """Where the page says "10,000+": counts are exact up to there."""
        return self.total is not None and self.total > COUNT_LIMIT


def count_facets(filtered: ReviewFilter, groups: Sequence[str]) -> Counts:
    """This will count the groups within 400 ms in all: those without a choice in one pass, each other one by itself."""
    counts = Counts()
    own = [group for group in groups if {group, f"not_{group}"} & set(filtered.active) or (group == "length" and _has_length(filtered))]
    passes: list[tuple[ReviewFilter, list[str]]] = [
        (filtered.without(group, f"not_{group}", *(("length_from", "length_to") if group == "length" else ())), [group]) for group in own
    ]
    # Many groups at once come last: what the others save is theirs.
    passes.append((filtered, [group for group in groups if group not in own]))
    budget = Budget(BUDGET_MS)
    # Up to there a sample is all there is.
    are_many = are_more_than(SAMPLE)
    for done, (base, names) in enumerate(passes):
        waiting, of_all, rest = len(passes) - done, base is filtered, names
        said = groups_in_deltas(base) if are_many else frozenset()
        exact = [name for name in names if name in said]
        # With time left for a sample, where the deltas are not read in time.
        counted = budget.spend(partial(count_deltas, base, exact), waiting=waiting + 1) if said and (exact or not names) else None
        if counted:
            # Where nothing matches, a sample would look for it in vain, and long.
            rest = [name for name in names if name not in said] if counted[0] else []
            counts.note(*counted, [name for name in names if name not in rest], of_all=of_all)
        if rest or not counted:
            counted = budget.spend(partial(_count, base, rest), waiting=waiting)
            if counted:
                counts.note(*counted, rest, of_all=of_all, is_sample=counted[0] >= SAMPLE)
    return counts


def _has_length(filtered: ReviewFilter) -> bool:
    return bool({"length_from", "length_to"} & set(filtered.active))


def _count(filtered: ReviewFilter, groups: Sequence[str]) -> tuple[int, dict[str, Counter[str]]]:
    """Of a big queue first the newest sessions: many enough of them match, unless another key leaves most of them out."""
    if filtered.is_in_queues and not set(filtered.active) - OF_MOST and filtered.has_more_places(SAMPLE):
        with filtered.looking_at_newest(SAMPLE):
            total, found = _count_sample(filtered, groups)
        if total > COUNT_LIMIT:
            # What was left out is among them too, so that they are a sample.
            return SAMPLE, found
    return _count_sample(filtered, groups)


def _count_sample(filtered: ReviewFilter, groups: Iterable[str]) -> tuple[int, dict[str, Counter[str]]]:
    """One statement: the sample as it is needed, and a count by value for each group."""
    columns: dict[str, Any] = {}
    parts: list[sql.Composable] = [sql.SQL("SELECT '', '', count(*) FROM sample")]
    for group in groups:
        more, part = _PLANS[group](filtered) if group in _PLANS else _plain(group, filtered)
        columns |= more
        parts += part
    sessions, streams = filtered.split()
    if not streams:
        return 0, defaultdict(Counter)
    sample = merge_streams(sessions, streams, {f"f_{name}": expression for name, expression in columns.items()})[:SAMPLE]
    # What Django would send, placeholders and values apart.
    try:
        statement, given = sample.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return 0, defaultdict(Counter)
    whole = sql.SQL("WITH sample AS MATERIALIZED ({}) ").format(sql.SQL(statement)) + sql.SQL(" UNION ALL ").join(parts)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    total = 0
    with connection.cursor() as cursor:
        cursor.execute(whole, given)
        for group, value, n in cursor.fetchall():
            if group:
                found[group][value or ""] += n
            else:
                total = n
    return total, found


def _plain(group: str, filtered: ReviewFilter) -> tuple[dict[str, Any], list[sql.Composable]]:
    column = _COLUMNS[group]
    return {group: column(filtered) if callable(column) else column}, [_by_value(group)]


def _by_value(group: str) -> sql.Composable:
    column = sql.Identifier(f"f_{group}")
    return sql.SQL("SELECT {}, {}::text, count(*) FROM sample GROUP BY 2").format(sql.Literal(group), column)


def _signals(filtered: ReviewFilter) -> tuple[dict[str, Any], list[sql.Composable]]:
    columns = {f"signal_{name}": ExpressionWrapper(condition, output_field=BooleanField()) for name, condition in SIGNAL_CONDITIONS.items()}
    return columns, [
        sql.SQL("SELECT 'signal', {}, count(*) FROM sample WHERE {}").format(sql.Literal(name), sql.Identifier(f"f_signal_{name}"))
        for name in SIGNAL_CONDITIONS
    ]


def _tools(filtered: ReviewFilter) -> tuple[dict[str, Any], list[sql.Composable]]:
    return {"tool": F("tool_names")}, [sql.SQL("SELECT 'tool', name, count(*) FROM sample, unnest(f_tool) AS name GROUP BY 2")]


def _issues(filtered: ReviewFilter) -> tuple[dict[str, Any], list[sql.Composable]]:
    table = sql.Identifier(SessionIssue._meta.db_table)
    columns, shown = _judged(filtered)
    roots = get_roots()
    # A session that has both of two merged categories, while the merge is running, counts once.
    counted = sql.SQL("count(DISTINCT sample.id)") if roots else sql.SQL("count(*)")
    return columns | {"labeled": ExpressionWrapper(Q(label_code__isnull=False), output_field=BooleanField())}, [
        sql.SQL("SELECT 'issue', ({})::text, {} FROM sample JOIN {} AS found ON found.session_id = sample.id WHERE {} GROUP BY 2").format(
            _root_of(sql.Identifier("found", "category_id"), roots), counted, table, shown
        ),
        sql.SQL(
            "SELECT 'issue', {}, count(*) FROM sample WHERE f_labeled AND {} AND NOT EXISTS (SELECT FROM {} AS found WHERE found.session_id = sample.id)"
        ).format(sql.Literal(NONE), shown, table),
    ]


def _root_of(column: sql.Composable, roots: Mapping[int, int]) -> sql.Composable:
    cases = [sql.SQL("WHEN {} THEN {}").format(sql.Literal(category), sql.Literal(root)) for category, root in roots.items()]
    return sql.SQL("CASE {} {} ELSE {} END").format(column, sql.SQL(" ").join(cases), column) if cases else column


def _raters(filtered: ReviewFilter) -> tuple[dict[str, Any], list[sql.Composable]]:
    columns, shown = _judged(filtered)
    mine: sql.Composable = sql.SQL("TRUE")
    if not filtered.viewer.may(Permission.SEE_WHOLE_SUMMARY):
        mine = sql.SQL("found.rater_id IN (SELECT id FROM labeling_rater WHERE user_id = {})").format(sql.Literal(filtered.viewer.pk))
    return columns, [
        sql.SQL(
            "SELECT 'rater', found.rater_id::text, count(*) FROM sample JOIN {} AS found ON found.session_id = sample.id"
            " WHERE found.type = {} AND {} AND {} GROUP BY 2"
        ).format(sql.Identifier(CurrentLabel._meta.db_table), sql.Literal(str(LabelType.HUMAN)), shown, mine)
    ]


def _queues(filtered: ReviewFilter) -> tuple[dict[str, Any], list[sql.Composable]]:
    known = filtered.known_queues()
    columns, shown = _judged(filtered)
    telling = [pk for pk in telling_queues(filtered.viewer) if pk in known] if filtered.gate else []
    held = sql.SQL(
        "FROM {} AS found WHERE found.session_id = sample.id AND NOT found.state = 'void' AND found.queue_id = ANY({}::bigint[])"
        " AND ({} OR NOT found.queue_id = ANY({}::bigint[]))"
    ).format(sql.Identifier(Assignment._meta.db_table), sql.Literal(list(known)), shown, sql.Literal(telling))
    return columns, [
        sql.SQL("SELECT 'queue', queue.slug, count(*) FROM sample CROSS JOIN LATERAL (SELECT DISTINCT found.queue_id {}) AS place").format(held)
        + sql.SQL(" JOIN {} AS queue ON queue.id = place.queue_id GROUP BY 2").format(sql.Identifier(Queue._meta.db_table)),
        sql.SQL("SELECT 'queue', {}, count(*) FROM sample WHERE NOT EXISTS (SELECT {})").format(sql.Literal(NONE), held),
    ]


def _judged(filtered: ReviewFilter) -> tuple[dict[str, Any], sql.Composable]:
    """A column that says whose judgments this person may see, where that is not simply all of them."""
    if not filtered.gate:
        return {}, sql.SQL("TRUE")
    return {"open": Case(When(filtered.gate, then=Value(True)), default=Value(False))}, sql.SQL("f_open")


def _shown(key: Any, *, also: Q | None = None) -> Any:
    def column(filtered: ReviewFilter) -> Any:
        if not filtered.gate:
            return key
        return Case(When(filtered.gate | (also or Q(pk__in=())), then=key), default=Value(HIDDEN), output_field=CharField())

    return column


_COLUMNS: dict[str, Any] = {
    "label": _shown(LABEL_KEY, also=Q(label_code=None)),
    "auto": _shown(AUTO_KEY),
    "agent": F("seen_agent_id"),
    "prompt": Coalesce(Cast("seen_prompt_id", TextField()), Value(NONE), output_field=TextField()),
    "channel": F("channel"),
    "service": Coalesce("channel_manager_service", Value(UNKNOWN), output_field=TextField()),
    "direction": Case(When(is_outbound=True, then=Value("out")), When(is_outbound=False, then=Value("in")), default=Value(UNKNOWN)),
    "language": Case(When(language="", then=Value(UNKNOWN)), default=F("language"), output_field=CharField()),
    # LEAST passes over NULL, and a chat is not a long call.
    "length": Case(When(duration__isnull=False, then=Cast(Least(Floor(F("duration") / BAR_SECONDS), Value(BARS - 1.0)), IntegerField()))),
}
_PLANS = {"signal": _signals, "tool": _tools, "issue": _issues, "rater": _raters, "queue": _queues}
