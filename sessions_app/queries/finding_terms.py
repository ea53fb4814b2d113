"""The terms of a search as a query of PostgreSQL's text search. Typed text is a value in it, never a part of its text."""

from collections.abc import Collection, Iterable

from django.contrib.postgres.search import SearchQueryField
from django.db import connection
from psycopg import sql

from sessions_app.queries.search_text import Asked, Term
from sessions_app.search_words import VECTOR, Leaf, marked

LANGUAGES = ("simple", "english", "spanish")
# Of signs that PostgreSQL knows as no word nothing is left; joined with the rest it would let everything through. And the
# planner must not see the words: of those it does not know it expects so many rows that it might read the whole table.
HOLDING = "(SELECT CASE WHEN numnode(given.words) > 0 THEN given.words{beside} END FROM (SELECT {words} AS words) AS given)"
SAME_WORDS = sql.SQL("""
    SELECT DISTINCT word FROM unnest(%s::text[]) AS word
    WHERE tsvector_to_array({word}) && (SELECT array_agg(lexeme) FROM unnest(%s::text[]) AS asked, unnest(tsvector_to_array({asked})) AS lexeme)
""").format(word=sql.SQL(VECTOR.format(texts="word, word")), asked=sql.SQL(VECTOR.format(texts="asked, asked")))
ANY = " || "
ALL = " && "


class TextQuery(Leaf):
    """A query of PostgreSQL's text search."""

    def __init__(self, statement: str, values: tuple[str, ...]) -> None:
        super().__init__(statement, values, SearchQueryField())


def said_query(asked: Asked, *, with_summary: bool, times: Iterable[str] = (), is_loose: bool = False) -> TextQuery:
    """This will find every term in one transcript, and none of what is left out, in the hours or days of `times`."""
    without = [TextQuery(f"!!{form.statement}", form.values) for term in asked.without for form in _forms(term, with_summary)]
    return _holding(asked, [*without, *_within(times)], with_summary=with_summary, is_loose=is_loose)


def commented_query(asked: Asked, *, times: Iterable[str] = (), is_loose: bool = False) -> TextQuery:
    """This will find every term in the comments of one session."""
    return _holding(asked, _within(times), with_summary=False, is_loose=is_loose)


def unwanted_query(asked: Asked, *, with_summary: bool) -> TextQuery:
    """This will find any term that is left out."""
    return _joined(ANY, [form for term in asked.without for form in _forms(term, with_summary)])


def _holding(asked: Asked, beside: list[TextQuery], *, with_summary: bool, is_loose: bool) -> TextQuery:
    words = _joined(ALL, [_joined(ANY, _forms(term, with_summary, is_loose=is_loose)) for term in asked.terms])
    # The words come last in the statement, and so do their values.
    holding = HOLDING.format(words=words.statement, beside="".join(f"{ALL}{one.statement}" for one in beside))
    return TextQuery(holding, (*(text for one in beside for text in one.values), *words.values))


def _within(times: Iterable[str]) -> list[TextQuery]:
    words = [TextQuery("plainto_tsquery('simple', %s)", (time,)) for time in times]
    return [_joined(ANY, words)] if words else []


def _forms(term: Term, with_summary: bool, *, is_loose: bool = False) -> list[TextQuery]:
    texts = [term.text, marked(term.text)] if with_summary else [term.text]
    if term.is_phrase:
        reader = "plainto_tsquery" if is_loose else "phraseto_tsquery"
        return [TextQuery(f"{reader}('simple', %s)", (text,)) for text in texts]
    return [TextQuery(f"plainto_tsquery('{language}', %s)", (text,)) for text in texts for language in LANGUAGES]


def _joined(way: str, queries: list[TextQuery]) -> TextQuery:
    return TextQuery(f"({way.join(query.statement for query in queries)})", tuple(text for query in queries for text in query.values))


def get_same_words(words: Collection[str], asked: Collection[str]) -> set[str]:
    """This will return those of `words` that a search for one of `asked` finds."""
    with connection.cursor() as cursor:
        cursor.execute(SAME_WORDS, [list(words), list(asked)])
        return {word for (word,) in cursor.fetchall()}
