"""How somebody is called where there is little room."""

import pytest

from labeling.models.names import initials_of


@pytest.mark.parametrize(
    ("name", "email", "initials"),
    [
        ("Dana Ruiz", "d@example.com", "DR"),
        ("Ana María de la Cruz", "a@example.com", "AC"),
        ("dana", "d@example.com", "D"),
        ("", "dana.ruiz@example.com", "DR"),
        ("", "auto-rater", "A"),
    ],
)
def test_initials_are_those_of_the_first_and_last_word(name, email, initials):
    assert initials_of(name, email) == initials
