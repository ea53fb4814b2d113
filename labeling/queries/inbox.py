"""The inbox: strings that labels said and no category is known by, how often, where, and what they probably mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Exists, Func, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Trim, Upper
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from labeling.models import IncomingIssue, IssueAlias, IssueCategory
from labeling.queries.issues import SPACES, fold
from labeling.queries.taxonomy import COUNTED
from sessions_app.models import Session
from sessions_app.scope import Scope

PAGE = 50
BADGE = 999
MOST_EXAMPLES = 3
# From here on two strings are alike enough to be guessed for each other.
ALIKE = 0.3


@dataclass(frozen=True, slots=True)
class Guess:
    category: int
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One string. `meaning` is the category that is known by it by now."""

    incoming: IncomingIssue
    n: int
    examples: tuple[int, ...]
    guess: Guess | None
    meaning: IssueCategory | None = None

    @property
    def shown(self) -> str:
        return f"{number_format(COUNTED)}+" if self.n > COUNTED else str(number_format(self.n))

    @property
    def first_seen(self) -> datetime:
        return self.incoming.first_seen_at


@dataclass(frozen=True, slots=True)
class InboxPage:
    lines: list[Line]
    # The row that the next page begins after.
    after: int | None


def get_inbox(*, show: str, after: int | None, scope: Scope) -> InboxPage:
    """This will return a page of strings, the newest first: those that wait, those ignored, or those mapped."""
    rows = _shown(show).select_related("ignored_by").order_by("-pk")
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: PAGE + 1])
    return InboxPage(get_lines(found[:PAGE], scope=scope), found[PAGE - 1].pk if len(found) > PAGE else None)


def get_lines(rows: Sequence[IncomingIssue], *, scope: Scope) -> list[Line]:
    """This will gather what is known of strings, in a few queries for all of them."""
    texts = [row.text for row in rows]
    counts, examples, guesses = _counts(texts), _examples(texts, scope), _guesses(texts)
    meanings = get_meanings(texts)
    return [Line(row, counts.get(row.text, 0), examples.get(row.text, ()), guesses.get(row.text), meanings.get(row.text)) for row in rows]


def count_waiting() -> int:
    """This will count what waits, up to 999: the badge of the admin's first page."""
    return _shown("waiting")[: BADGE + 1].count()


def get_meanings(texts: Sequence[str]) -> dict[str, IssueCategory]:
    """This will say which category each string is a name of, before merges."""
    words = fold(texts)
    wanted = {word for pair in words.values() for word in pair}
    aliases = IssueAlias.objects.annotate(folded=Upper("text")).filter(folded__in=wanted).select_related("category__merged_into")
    known = {alias.folded: alias.category for alias in aliases}
    named = IssueCategory.objects.annotate(folded=Upper("name")).filter(folded__in=wanted).select_related("merged_into")
    known |= {str(vars(category)["folded"]): category for category in named}
    return {text: known.get(upper) or known[spaced] for text, (upper, spaced) in words.items() if upper in known or spaced in known}


def why_not_map(text: str, category: IssueCategory | None) -> str:
    if not text:
        return _("A string of nothing but spaces means nothing. It can be ignored.")
    if IssueCategory.objects.filter(name__iexact=text).exists():
        return _("A category has this name already, so labels that say it mean that one.")
    if category and category.merged_into_id:
        return _("%(category)s is merged into another category. Choose that one.") % {"category": category}
    if category and category.retired_at:
        return _("%(category)s is retired. Make it active again first.") % {"category": category}
    return ""


def _shown(show: str) -> QuerySet[IncomingIssue]:
    spaced = Trim(Func(Upper(OuterRef("text")), Value(SPACES), Value(" "), Value("g"), function="regexp_replace", output_field=TextField()))
    known = [
        Exists(IssueAlias.objects.annotate(folded=Upper("text")).filter(folded=Upper(OuterRef("text")))),
        Exists(IssueAlias.objects.annotate(folded=Upper("text")).filter(folded=spaced)),
        Exists(IssueCategory.objects.annotate(folded=Upper("name")).filter(folded=Upper(OuterRef("text")))),
        Exists(IssueCategory.objects.annotate(folded=Upper("name")).filter(folded=spaced)),
    ]
    rows = IncomingIssue.objects.all()
    if show == "ignored":
        return rows.filter(ignored_at__isnull=False)
    rows = rows.filter(ignored_at=None)
    if show == "mapped":
        return rows.filter(known[0] | known[1] | known[2] | known[3])
    return rows.filter(*[~one for one in known])


def _counts(texts: Sequence[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT given, (SELECT count(*) FROM (SELECT FROM labeling_labelissue WHERE category_id IS NULL AND upper(raw) = upper(given) LIMIT %s) AS found)"
            " FROM unnest(%s::text[]) AS given",
            [COUNTED + 1, list(texts)],
        )
        return dict(cursor.fetchall())


def _examples(texts: Sequence[str], scope: Scope) -> dict[str, tuple[int, ...]]:
    """The newest by id, of those that the viewer may see; only the latest thousand labels of each string are looked at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT given, found.session_id FROM unnest(%s::text[]) AS given CROSS JOIN LATERAL (SELECT session_id FROM labeling_labelissue"
            " WHERE category_id IS NULL AND upper(raw) = upper(given) ORDER BY session_id DESC LIMIT %s) AS found",
            [list(texts), MOST_EXAMPLES if scope.all_agents else 1_000],
        )
        found = cursor.fetchall()
    seen = set(Session.objects.visible_to(scope).filter(pk__in={session for _, session in found}).values_list("pk", flat=True))
    examples: dict[str, list[int]] = {}
    for text, session in found:
        if session in seen and session not in examples.setdefault(text, []):
            examples[text].append(session)
    return {text: tuple(sessions[:MOST_EXAMPLES]) for text, sessions in examples.items()}


def _guesses(texts: Sequence[str]) -> dict[str, Guess]:
    """By shared groups of three letters, with the names and other names of active categories."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH word AS MATERIALIZED ("
            "SELECT name AS word, id AS category_id FROM labeling_issuecategory WHERE retired_at IS NULL AND merged_into_id IS NULL UNION ALL"
            " SELECT alias.text, category.id FROM labeling_issuealias AS alias JOIN labeling_issuecategory AS named ON named.id = alias.category_id"
            " JOIN labeling_issuecategory AS category ON category.id = coalesce(named.merged_into_id, named.id)"
            " WHERE category.retired_at IS NULL AND category.merged_into_id IS NULL)"
            " SELECT DISTINCT ON (given) given, category.id, category.name FROM unnest(%s::text[]) AS given"
            " JOIN word ON similarity(given, word.word) >= %s JOIN labeling_issuecategory AS category ON category.id = word.category_id"
            " ORDER BY given, similarity(given, word.word) DESC, category.id",
            [list(texts), ALIKE],
        )
        return {given: Guess(category, name) for given, category, name in cursor.fetchall()}
