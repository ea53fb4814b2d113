"""Taking apart what is typed into the search box."""

import pytest

from sessions_app.queries.search_text import Asked, NotSearchable, Term, read_search
from sessions_app.search_words import searchable


def words(*texts):
    return tuple(Term(text) for text in texts)


def phrase(text):
    return Term(text, is_phrase=True)


@pytest.mark.parametrize(
    ("typed", "terms", "without"),
    [
        ("refill", words("refill"), ()),
        ("  refill   status ", words("refill", "status"), ()),
        ("refill refill", words("refill"), ()),
        ('"one moment" refill', (phrase("one moment"), *words("refill")), ()),
        ("“un momento” cita", (phrase("un momento"), *words("cita")), ()),
        ('refill -cancel -"not now"', words("refill"), (Term("cancel"), phrase("not now"))),
        ("follow-up", words("follow-up"), ()),
        ("and/or", words("and", "or"), ()),
        ('"never closed', (phrase("never closed"),), ()),
        ("a:*|b & !c <-> d", words("a:*|b", "!c", "d"), ()),
        ("100% _ \\ refill", words("100%", "refill"), ()),
        ("😀 refill 😀", words("refill"), ()),
        ("שלום עולם", words("שלום", "עולם"), ()),
        ("re\0fill", words("refill"), ()),
        ("refill \ud800", words("refill"), ()),
        ("from: refill", words("from:", "refill"), ()),
        ("call 202-555-0142 back", words("call", "2025550142", "back"), ()),
        ("jo+tag@example.com", words(searchable("jo+tag@example.com").strip()), ()),
        ("2026-09-07T08:00", words("2026-09-07T08:00"), ()),
    ],
)
def test_words_phrases_and_what_is_left_out(typed, terms, without):
    asked = read_search(typed)

    assert (asked.terms, asked.without) == (terms, without)


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("from:+12025550142", "callers", "+12025550142"),
        ("FROM:0142", "callers", "0142"),
        ("from:(202) 555-0142", "callers", "(202) 555-0142"),
        ('from:"Jo Smith"', "callers", "Jo Smith"),
        ("to:web-8814", "targets", "web-8814"),
        ("id:48121", "ids", "48121"),
        ("sid:CA9f/2", "sids", "CA9f/2"),
        ("conversation:abc-1", "conversations", "abc-1"),
    ],
)
def test_operators_take_their_value_as_it_stands(typed, field, value):
    asked = read_search(f"{typed} refill")

    assert getattr(asked, field) == (value,)
    assert asked.terms == words("refill")


@pytest.mark.parametrize(
    ("typed", "whole", "digits"),
    [
        ("(202) 555-0142", "(202) 555-0142", "2025550142"),
        ("555 0142", "555 0142", "5550142"),
        ("+1 202 555 0142", "+1 202 555 0142", "12025550142"),
        ("0142", "0142", "0142"),
        ("web-8814", "web-8814", ""),
        ("Jo Smith", "Jo Smith", ""),
        ("0142 refill", "0142 refill", ""),
        ('"0142"', "", ""),
        ("0142 -refill", "", ""),
        ("from:0142", "", ""),
    ],
)
def test_the_whole_text_can_be_one_value(typed, whole, digits):
    asked = read_search(typed)

    assert (asked.whole, asked.digits) == (whole, digits)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type at least 3 characters."),
        ("  ab ", "Type at least 3 characters."),
        ("\0\0\0\0", "Type at least 3 characters."),
        ("a" * 201, "Type at most 200 characters."),
        ("x " * 5_000, "Type at most 200 characters."),
        ("-refill", "Type at least one word to look for."),
        ('-"not now" -refill', "Type at least one word to look for."),
        ('""""', "Type at least one word to look for."),
        ('"' * 200, "Type at least one word to look for."),
        ("---", "Type at least one word to look for."),
        ("\\%_", "Type at least one word to look for."),
        ("<->", "Type at least one word to look for."),
        (":*:*", "Type at least one word to look for."),
        ("²²²", "Type at least one word to look for."),
        ("😀😀😀", "Type at least one word to look for."),
        ("zqxjzqxj", "Type at least one word to look for."),
    ],
)
def test_what_asks_for_nothing_is_refused_with_a_sentence(typed, sentence):
    with pytest.raises(NotSearchable, match=f"^{sentence}$"):
        read_search(typed)


@pytest.mark.parametrize("typed", ["zqxjrefill", "zqzqxjxjrefill", "aZQXJrefill", "zqxj zqxj refill", '"zqxjrefill"', "p_zqxjrefill"])
def test_no_typed_text_holds_the_mark_of_a_summary(typed):
    asked = read_search(typed)

    assert not any("zqxj" in term.text.lower() for term in asked.terms)


def test_an_operator_alone_is_enough():
    assert read_search("from:0142") == Asked(callers=("0142",))
