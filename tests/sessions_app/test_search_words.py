"""The words of a session that a search looks in."""

import random
import string
import unicodedata
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Func, TextField, Value

from sessions_app.models import Session, Transcript
from sessions_app.operations import repair_search_words, store_transcript, upsert_sessions
from sessions_app.search_words import Words, comment_words, hour_of, marked, searchable, session_words, vector_of
from tests.factories import NOON, SessionFactory, SourceFactory, TranscriptFactory
from tests.sessions_app.talks import talk

HOUR = hour_of(NOON)


def lexemes(words):
    array = Func(vector_of(words), function="tsvector_to_array")
    return set(Transcript.objects.annotate(words=array).values_list("words", flat=True).get())


def turn(text, lang="en-US"):
    return {"source": "user", "text": text, "lang": lang}


@pytest.fixture
def one_row(db):
    return TranscriptFactory()


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("at (202) 555-0142, please", "at ( 2025550142 , please"),
        ("+1 202 555 0142", "2025550142"),
        ("tel12025550142", "tel 2025550142"),
        ("123-45-6789", "123456789"),
        ("on 2026-09-07 08:00", "on 2026-09-07 08:00"),
        ("his/her", "his her"),
        ("zqxjword", "word"),
        ("jo/hn", "jo hn"),
    ],
)
def test_searchable(written, words):
    assert " ".join(searchable(written).split()) == words


ADDRESSES = [
    "josé@wombatcorp.com",
    "münchenfoo@bär-badgerco.de",
    "john..quokka@acme.com",
    "-okapi-@acme.com",
    "jo+tag@example.com",
    "jo/hn@example.com",
    "jozqxjhn@example.com",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_one_word_of_letters(one_row, address):
    word = searchable(address).strip()
    words = session_words(turns=[turn("Hi"), turn(f"{address} it is"), turn(f"({address.upper()})")], tools=[], summary="", hour=HOUR)

    assert word.isalpha()
    assert searchable(unicodedata.normalize("NFD", address)).strip() == searchable(word) == word
    assert {one for one in lexemes(words) if not one.startswith("zqxj")} == {"hi", word, "it", "is"}


def test_a_number_is_no_part_of_the_vector(one_row):
    words = session_words(turns=[turn("Call +1 (202) 555-0142.")], tools=[{"tool_name": "dial", "tool_request": '{"to": "+12025550177"}'}], summary="", hour=1)

    found = lexemes(words)

    assert {"2025550142", "2025550177", "dial", "call"} <= found
    assert not found & {"202", "555", "0142", "+12025550177"}


def test_english_and_spanish_have_their_own_stems(one_row):
    words = session_words(turns=[turn("I cancelled it"), turn("Necesito cancelarla", "es-US")], tools=[], summary="", hour=HOUR)

    assert {"cancelled", "cancel", "necesito", "cancelarla", "necesit"} <= lexemes(words)


def test_the_values_of_a_payload_are_words_and_its_keys_are_not(one_row):
    tool = {
        "tool_name": "find_patient",
        "tool_request": '{"birth": [{"year": 1996}]}',
        "tool_result": {"last": "Collins", "ok": True},
        "tool_error": "timeout {",
    }

    found = lexemes(session_words(turns=[], tools=[tool], summary="", hour=HOUR))

    assert {"find", "patient", "1996", "collins", "timeout"} <= found
    assert not found & {"birth", "year", "last", "ok", "true"}


def test_words_of_the_summary_stand_apart(one_row):
    found = lexemes(session_words(turns=[turn("hello")], tools=[], summary="The caller cancelled.", hour=HOUR))

    assert {"zqxjcancelled", "zqxjcancel", "zqxjcaller"} <= found
    assert not found & {"cancelled", "cancel", "caller"}


def test_no_sign_takes_the_mark_off_a_word_of_the_summary(one_row):
    # Every sign of the first plane of Unicode that text can hold, each between two words and alone between two spaces.
    signs = [chr(number) for number in range(1, 0x10000) if not 0xD800 <= number <= 0xDFFF]
    with connection.cursor() as cursor:
        for start in range(0, len(signs), 1_500):
            summary = " ".join(f"call{sign}gnu {sign} 1{sign}2{sign}a" for sign in signs[start : start + 1_500])
            cursor.execute("SELECT word FROM unnest(tsvector_to_array(to_tsvector('simple', %s))) AS word WHERE word NOT LIKE 'zqxj%%'", [marked(summary)])
            assert cursor.fetchall() == []


@pytest.mark.parametrize("seed", range(30))
def test_every_word_of_a_summary_has_the_mark(one_row, seed):
    rng = random.Random(seed)
    odd = "aZé\u0301\u00ad\u200d\u0130ªʰ²½_-.:/@<>&;#%+'\"0٣n \n\\ह\u093fßzqxj"
    text = "".join(rng.choice(odd) if rng.random() < 0.8 else chr(rng.randrange(1, 0xD800)) for _ in range(400))

    found = lexemes(session_words(turns=[], tools=[], summary=text, hour=HOUR))

    assert len(found) > 10
    assert all(word.startswith("zqxj") for word in found)


@pytest.mark.parametrize("summary", ["call_flamingoresult", "m²flamingoresult", "a½flamingoresult", "«flamingoresult»"])
def test_a_word_of_the_summary_beside_an_odd_sign_has_the_mark(one_row, summary):
    found = lexemes(session_words(turns=[], tools=[], summary=summary, hour=HOUR))

    assert "zqxjflamingoresult" in found
    assert "flamingoresult" not in found


def test_an_accent_of_its_own_is_a_part_of_its_letter():
    assert marked("cafe\u0301 caf\u00e9") == "zqxjcaf\u00e9 zqxjcaf\u00e9"


def test_the_hour_and_the_day_are_words(one_row):
    assert {f"zqxjh{HOUR}", f"zqxjd{HOUR // 24}"} <= lexemes(session_words(turns=[], tools=[], summary="", hour=HOUR))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["short", "hyphens", "mails", "accents", "hosts", "numbers"])
def test_a_vector_never_outgrows_what_postgresql_takes(one_row, kind):
    rng = random.Random(kind)
    letters = string.ascii_lowercase + string.digits
    make = {
        "short": lambda: "".join(rng.choices(letters, k=3)),
        "hyphens": lambda: "-".join("".join(rng.choices(string.ascii_lowercase, k=3)) for _ in range(5)),
        "mails": lambda: f"{''.join(rng.choices(letters, k=4))}@{''.join(rng.choices(letters, k=3))}.com",
        "accents": lambda: "".join(rng.choices("áéíóúñüçøåßłđ", k=3)),
        "hosts": lambda: f"https://{''.join(rng.choices(letters, k=3))}.org/{''.join(rng.choices(letters, k=3))}?{rng.random()}",
        "numbers": lambda: f"{rng.random()}",
    }[kind]
    text = " ".join(make() for _ in range(40_000))
    words = session_words(turns=[turn(text), turn(text, "es")], tools=[], summary=text, hour=HOUR)

    assert len(lexemes(words)) > 1_000
    assert len(lexemes(comment_words([text], hour=HOUR))) > 1_000


@pytest.mark.django_db
def test_store_transcript_keeps_words_hour_and_tools():
    session = talk("I cancelled it.", tools=[{"tool_name": "b"}, {"tool_name": "a"}, {"tool_name": "b"}], summary="Cancelled.")

    held = Transcript.objects.annotate(words=Func("search", function="tsvector_to_array")).get()
    assert {"cancelled", "cancel", "zqxjcancelled"} <= set(held.words)
    assert held.hour == hour_of(session.timestamp)
    assert session.tool_names == ["a", "b"]


@pytest.mark.django_db
def test_a_session_without_tools_has_an_empty_list_of_them():
    assert talk("Hello.").tool_names == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ['say "hi"', "back\\slash", "comma, {brace}", "NULL", "ñandú"])
def test_any_name_of_a_tool_is_kept_as_it_is(name):
    assert talk("Hello.", tools=[{"tool_name": name}, {"tool_name": "other"}]).tool_names == sorted([name, "other"])


@pytest.mark.django_db
def test_a_changed_transcript_changes_its_words():
    session = talk("I cancelled it.")

    store_transcript(session=session, transcript={"transcription": [{"timestamp": NOON.isoformat(), "source": "user", "text": "Refill."}]})

    words = Transcript.objects.annotate(words=Func("search", function="tsvector_to_array")).get().words
    assert "refill" in words
    assert "cancel" not in words


@pytest.mark.django_db
def test_a_session_that_moves_to_another_hour_takes_its_words_along():
    source = SourceFactory()
    record = {"session_id": "a1", "timestamp": NOON.isoformat(), "agent_id": "7"}
    upsert_sessions(data_source=source, records=[record])
    store_transcript(session=Session.objects.get(), transcript={"transcription": [{"timestamp": NOON.isoformat(), "source": "user", "text": "Refill."}]})
    expected = lexemes(session_words(turns=[turn("Refill.")], tools=[], summary="", hour=HOUR + 30))

    upsert_sessions(data_source=source, records=[record | {"timestamp": (NOON + timedelta(hours=30)).isoformat()}])

    held = Transcript.objects.annotate(words=Func("search", function="tsvector_to_array")).get()
    assert held.hour == HOUR + 30
    assert set(held.words) == expected


@pytest.mark.django_db
def test_repair_search_words_gives_words_where_there_are_none_or_those_of_another_hour():
    fine, missing, late = talk("Refill."), talk("Refill."), talk("Refill.")
    expected = dict(Transcript.objects.annotate(words=Func("search", Value(""), function="concat", output_field=TextField())).values_list("pk", "words"))
    Transcript.objects.filter(pk=missing.pk).update(search=None, hour=None)
    Session.objects.filter(pk=missing.pk).update(tool_names=None)
    Transcript.objects.filter(pk=late.pk).update(hour=3)

    assert repair_search_words() == 2
    assert repair_search_words() == 0
    assert (
        dict(Transcript.objects.annotate(words=Func("search", Value(""), function="concat", output_field=TextField())).values_list("pk", "words")) == expected
    )
    assert Session.objects.get(pk=missing.pk).tool_names == []
    assert fine.pk in expected


@pytest.mark.django_db
def test_an_erased_session_gets_no_words():
    session = SessionFactory(transcript_state="erased")

    store_transcript(session=session, transcript={"transcription": [{"timestamp": NOON.isoformat(), "source": "user", "text": "Refill."}]})
    repair_search_words()

    assert not Transcript.objects.exists()


def test_words_are_two_texts():
    assert comment_words(["Good.", "Fine."], hour=24) == Words("zqxjh24 zqxjd1 Good. zqxjzqxj Fine.", "zqxjh24 zqxjd1 Good. zqxjzqxj Fine.")
