"""The line that shows where in a session the words stand."""

import pytest

from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.queries.snippets import get_snippets
from sessions_app.models import Session
from sessions_app.queries.finding_words import Reach, candidates
from sessions_app.queries.search_text import read_search
from tests.factories import RaterFactory, UnmaskingFactory
from tests.sessions_app.talks import talk

pytestmark = pytest.mark.django_db


def snippet(session, typed, viewer):
    line = get_snippets([session], asked=read_search(typed), viewer=viewer).get(session.pk)
    return line and "".join(f"[{text}]" if is_match else text for text, is_match in line)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("refill", "Caller: Hi, I need a [refill]; the pharmacy [refilled] it in May."),
        ("REFILLS", "Caller: Hi, I need a [refill]; the pharmacy [refilled] it in May."),
        ("may", "Caller: Hi, I need a refill; the pharmacy refilled it in [May]."),
        ('"need a refill"', "Caller: Hi, I [need a refill]; the pharmacy refilled it in May."),
        ("sure", "Agent: [Sure]. Reference number 55."),
        ("citas", "Caller: Quiero cancelar mi [cita] de mañana."),
        ("cancelación", "Caller: Quiero [cancelar] mi cita de mañana."),
        ("mañana", "Caller: Quiero cancelar mi cita de [mañana]."),
        ("cancelar cita", "Caller: Quiero [cancelar] mi [cita] de mañana."),
        ("collins", "Tool find_patient: Silver, [Collins]"),
        ("find_patient", "Tool [find]_[patient]: Silver, Collins"),
        ("number 55", "Agent: Sure. Reference [number] [55]."),
        ("moved", "Summary: A visit was [moved]."),
        ("nosuchword", None),
        ("from:0142", None),
        ('"pharmacy need"', None),
    ],
)
def test_the_best_place_is_shown_and_marked(manager, typed, line):
    session = talk(
        "Hi, I need a refill; the pharmacy refilled it in May.",
        "Sure. Reference number 55.",
        ("es-US", "Quiero cancelar mi cita de mañana."),
        tools=[{"tool_name": "find_patient", "tool_request": '{"plan": "Silver"}', "tool_result": '{"branch": "Collins"}'}],
        summary="A visit was moved.",
    )

    assert snippet(session, typed, manager) == line


def test_a_word_that_only_begins_alike_is_not_marked(manager):
    session = talk("The newspaper has new news.")

    assert snippet(session, "new", manager) == "Caller: The newspaper has [new] news."


def test_the_turn_with_most_of_the_words_is_shown(manager):
    session = talk("A refill.", "The insurance covers it.", "A refill and insurance.")

    assert snippet(session, "refill insurance", manager) == "Caller: A [refill] and [insurance]."


def test_a_long_turn_is_cut_between_words_around_the_place(manager):
    session = talk("before " * 600 + "the refill is here " + "after " * 600)

    line = snippet(session, "refill", manager)

    assert line.startswith("Caller: … before before")
    assert line.endswith(" after …")
    assert "the [refill] is here" in line
    assert len(line) < 180


def test_a_long_word_is_cut_too(manager):
    session = talk("refill" + "x" * 500 + " refill " + "y" * 500)

    assert len(snippet(session, "refill", manager)) < 260


def test_a_number_is_hidden_before_anything_is_cut(reviewer):
    session = talk(
        "My number is " + "very " * 28 + "(202) 555-0142, call me.", tools=[{"tool_name": "dial", "tool_request": '{"to": "+12025550142", "why": "callback"}'}]
    )

    for typed in ("number", "very", "call", "callback", "dial"):
        line = snippet(session, typed, reviewer)
        assert "202" not in line
        assert "555" not in line


@pytest.mark.parametrize("spread", range(0, 14))
def test_no_part_of_a_number_shows_where_a_long_turn_was_cut(reviewer, spread):
    # The first place is hidden itself, and the next stands beside a number a thousand letters on.
    filler = "word " * 189 + "x" * spread
    session = talk(f"{'word ' * 20}refill@example.com {filler} you said refill, call 555 867 5309 99 please. " + "word " * 900)

    line = snippet(session, "refill", reviewer)

    assert "[refill], call ••• " in line
    assert "555" not in line
    assert "867" not in line


def test_an_address_is_shown_to_nobody_who_may_not_see_it(reviewer):
    session = talk("Write to jo@example.com about the refill.")

    assert snippet(session, "jo@example.com", reviewer) is None
    assert snippet(session, "jo@example.com refill", reviewer) == "Caller: Write to •••@••• about the [refill]."


def test_a_number_is_marked_for_nobody_also_where_the_session_is_unmasked(reviewer, admin):
    session = talk("It is (202) 555-0142.", source="web-1")
    UnmaskingFactory(session=session, user=admin)

    assert snippet(session, "+1 202-555-0142", admin) is None
    assert snippet(session, "+1 202-555-0142", reviewer) is None


def test_what_is_below_a_masked_key_is_in_no_line(manager, masked_keys):
    tool = {"tool_name": "find_patient", "tool_request": '{"patient_name": "Maria Collins", "plan": "Silver"}'}
    session = talk("Hello.", tools=[tool])

    assert snippet(session, "silver", manager) == "Tool find_patient: [Silver]"
    assert snippet(session, "collins", manager) is None


def test_summary_and_comments_wait_for_an_own_label(reviewer, manager, settings):
    settings.INDEPENDENT_REVIEW = True
    session = talk("Hello there.", summary="A visit was moved.")
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", comment="Interrupted the caller.", client_key="first-key")

    assert snippet(session, "moved", reviewer) is snippet(session, "interrupted", reviewer) is None
    assert snippet(session, "interrupting", manager) == "Comment: [Interrupted] the caller."

    submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="GOOD", client_key="second-key")
    assert snippet(session, "moved", reviewer) == "Summary: A visit was [moved]."
    assert snippet(session, "interrupted", reviewer) == "Comment: [Interrupted] the caller."


def test_a_comment_that_no_longer_stands_is_not_shown(manager):
    session, rater = talk("Hello there."), RaterFactory()
    submit_label(session_id=session.pk, rater=rater, code="BAD", comment="Interrupted the caller.", client_key="first-key")
    submit_label(session_id=session.pk, rater=rater, code="GOOD", comment="Fine.", client_key="second-key")

    assert snippet(session, "interrupted", manager) is None


def test_text_that_looks_like_markup_stays_text(manager):
    session = talk("<script>refill</script> <b>")

    assert get_snippets([session], asked=read_search("refill"), viewer=manager)[session.pk] == [
        ("Caller: ", False),
        ("<script>", False),
        ("refill", True),
        ("</script> <b>", False),
    ]


@pytest.mark.parametrize("typed", ["ref.*", "((( a", "[a-z]", "a|b|c", "İstanbul", "ﬁll ß", "x" * 200, "😀 ok ok", '"(" ok \\'])
def test_anything_may_be_typed_and_said(manager, typed):
    session = talk("ref.* (( [a-z] a|b|c İstanbul ﬁll ß ok \\ 😀", "İİİİ refill")

    snippet(session, typed, manager)
    assert snippet(session, "refill", manager) == "Agent: İİİİ [refill]"


def test_a_page_of_sessions_takes_the_same_queries_as_one(reviewer, settings, django_assert_max_num_queries):
    settings.INDEPENDENT_REVIEW = True
    for place in range(12):
        talk(("A refill.", "A reference.")[place % 2], tools=[{"tool_name": "refill_status"}], summary="A refill.")
    sessions = list(Session.objects.all())
    asked = read_search("refill")

    with django_assert_max_num_queries(6):
        lines = get_snippets(sessions, asked=asked, viewer=reviewer)

    assert len(lines) == 12
    assert get_snippets([], asked=asked, viewer=reviewer) == {}


def test_a_secret_of_a_tool_is_neither_shown_nor_found(manager):
    session = talk("Hello.", tools=[{"tool_name": "sign_in", "tool_request": '{"password": "xylophone", "card": "4111 1111 1111 1111", "plan": "Silver"}'}])

    assert snippet(session, "silver", manager) == "Tool sign_in: •••, •••, [Silver]"
    assert [found_by(typed) for typed in ("xylophone", "4111", "silver")] == [[], [], [session.pk]]


def found_by(typed):
    asked = read_search(typed)
    return candidates(asked, reach=Reach(see_judgments=True), limit=9)
