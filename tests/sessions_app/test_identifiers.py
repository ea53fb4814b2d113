"""Dates of birth and social security numbers in a text, and the dates and numbers that are neither."""

import time

import pytest

from sessions_app.identifiers import hide_identifiers, hide_turns


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It’s 11/08/1982.", "It’s •••."),
        ("sure, 12-17-1960", "sure, •••"),
        ("04.03.1975", "•••"),
        ("12 31 1980", "•••"),
        ("DOB: 02-Jan-1980, 2/mar/1980, Jan-02-1980", "DOB: •••, •••, •••"),
        ("DOB 2-jan-80", "DOB •••"),
        ("Date of birth:\n01/02/2020", "Date of birth:\n•••"),
        ("1980-03-04", "•••"),
        ("March 4th, 1980", "•••"),
        ("4 de agosto de 1975", "•••"),
        ("My DOB is 3/4/80", "My DOB is •••"),
        ("D.O.B. 3-4-80", "D.O.B. •••"),
        ("born on March 4, 2019", "born on •••"),
        ("I was born the 4th of March 1980", "I was born the •••"),
        ("born March fourth, 1980", "born •••"),
        ("born in March 2015", "born in •••"),
        ("nació en 2015", "nació en •••"),
        ("January twenty-seventh, nineteen eighty-four.", "•••."),
        ("October first nineteen fifty-one is it", "••• is it"),
        ("May the 3rd, nineteen oh nine", "•••"),
        ("veintisiete de enero de mil novecientos ochenta y cuatro, gracias", "•••, gracias"),
        ("el 4 de marzo de mil novecientos noventa", "el •••"),
        ("Nací el 4 de marzo de 1980", "Nací el •••"),
        ("mi fecha de nacimiento es 4 de marzo del 80", "mi fecha de nacimiento es •••"),
        ("fecha de nacimiento: 04/03/2021", "fecha de nacimiento: •••"),
        ("birth date 20190304", "birth date •••"),
        ("her birthday is 5/6/2021", "her birthday is •••"),
        ("3/4/2020 is my date of birth", "••• is my date of birth"),
        ("date of birth? 3/4/80", "date of birth? •••"),
        ("Born 03/04/1980 10:30", "Born ••• 10:30"),
        ("my ssn is 123456789", "my ssn is •••"),
        ("SSN: 123 45 6789", "SSN: •••"),
        ("social security number, one moment: 123-45-6789", "social security number, one moment: •••"),
        ("last four of my social are 6789", "last four of my social are •••"),
        ("número de seguro social 123456789", "número de seguro social •••"),
    ],
)
def test_what_tells_who_somebody_is_goes(text, shown):
    assert hide_identifiers(text, "•••") == shown


@pytest.mark.parametrize(
    "text",
    [
        "Your appointment is on 2026-03-02 at 10:30",
        "appointment on March 4, 2026",
        "su cita es el 4 de marzo de 2026",
        "10/12/2026, or 3/2/26",
        "I was born here, and my appointment is on 03/02/2026",
        "Thanks, date of birth confirmed. Your appointment is 03/02/2026",
        '"dob": null, "start": "2026-11-11T09:45"',
        "My last visit was March 3, 2022",
        "since 2012, room 1980, in March 1980",
        "on 02-Mar-2026, 2-mar-26",
        "order 123456789, invoice 19800304, 10.12.19.80",
        "In nineteen eighty-four I moved; my visit is March third, twenty twenty-six, at nineteen hundred hours",
        "five five five, oh one four two",
        "",
    ],
)
def test_appointments_and_other_numbers_stay(text):
    assert hide_identifiers(text, "•••") == text


def test_a_date_that_answers_a_question_for_a_birth_goes_however_young_somebody_is():
    said = [
        "What is her date of birth?",
        "June 5, 2023.",
        "And when was the visit?",
        "June 5, 2023.",
        "Her date of birth is noted.",
        "And it is on 03/02/2026?",
    ]

    assert hide_turns(said, lambda text: hide_identifiers(text, "•••"))[1::2] == ["•••.", "June 5, 2023.", "And it is on 03/02/2026?"]


@pytest.mark.parametrize(
    "piece",
    [
        "1/1/80 ",
        "born ",
        "ssn ",
        "birth 1/",
        "1 ",
        "a",
        "1980-",
        "march ",
        "mar mar mar 1",
        "dob 3/4/80 ",
        "social ,",
        "4 de marzo ",
        "1/",
        "may aaaa aaaa ",
        "12",
    ],
)
def test_a_megabyte_of_hostile_text_costs_one_pass(piece):
    text = (piece * (1_000_000 // len(piece) + 1))[:1_000_000] + "1"
    begun = time.perf_counter()

    hide_identifiers(text, "•••")

    assert time.perf_counter() - begun < 6.0
