"""Digests by which somebody is known again."""

import pytest

from sessions_app.queries.identity import caller_digests, erased_id, identity_of, key_ids, names_one_of, record_digests


@pytest.mark.parametrize(
    ("typed", "identity"),
    [
        ("+1 (202) 555-0142", "+12025550142"),
        ("2025550142", "+12025550142"),
        ("12025550142", "+12025550142"),
        ("0012025550142", "+12025550142"),
        ("+49 30 1234567", "+49301234567"),
        ("0049 30 1234567", "+49301234567"),
        ("49301234567", "+49301234567"),
        ("sip:+12025550142@trunk.example.com;user=phone", "+12025550142"),
        ("whatsapp:+12025550142", "+12025550142"),
        ("202-555-0142 x12", "+12025550142"),
        ("٢٠٢٥٥٥٠١٤٢", "+12025550142"),
        ("4471", "4471"),
        ("  Ann   LEE ", "ann lee"),
        ("Ann@Example.com", "ann@example.com"),
        ("sip:ann@example.com", "sip:ann@example.com"),
        ("", ""),
        ("\0", "\0"),
    ],
)
def test_the_same_is_written_in_one_way(typed, identity):
    assert identity_of(typed) == identity


def test_a_digest_is_of_its_key_and_fits_its_column(settings):
    settings.ERASURE_KEYS = ["one", "two"]
    first, second = caller_digests("2025550142")
    settings.ERASURE_KEYS = ["two"]

    assert caller_digests("+12025550142") == [second]
    assert (len(first), len(second), first[:8] in key_ids(), second[:8] in key_ids()) == (64, 64, False, True)
    assert "2025550142" not in first + second


def test_nobody_has_no_digest():
    assert caller_digests("   ") == []


def test_a_record_is_known_by_its_source_and_also_once_it_is_erased():
    erased = erased_id("Vendor", "call-1")

    assert record_digests("Vendor", erased) == record_digests("Vendor", "call-1")[:1]
    assert record_digests("Another", "call-1") != record_digests("Vendor", "call-1")
    assert record_digests("Vendor", "call-1") != caller_digests("call-1")


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("from:(202) 555-0142", True),
        ("call 2025550142 or not", True),
        ("12025550142", True),
        ("2025550143", False),
        ("the year 2026", False),
        ("", False),
        ("9" * 5_000, False),
    ],
)
def test_a_text_names_somebody_or_not(text, is_named):
    assert names_one_of(text, caller_digests("+12025550142")) is is_named
