"""What somebody who may not see callers' identities is shown instead."""

import time

import pytest

from labeling.masking import mask, mask_text
from labeling.models import User
from labeling.roles import Role


def reviewer():
    return User(role=Role.REVIEWER)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+12025550142", "••• ••• 0142"),
        ("(202) 555-0142", "••• ••• 0142"),
        ("maria@example.com", "m•••@•••"),
        ("web-8814", "web-8814"),
        ("mariagomez", "m•••"),
        ("tel-2025550142", "••• ••• 0142"),
        ("anna-bea", "a•••"),
        ("", ""),
        (None, ""),
    ],
)
def test_mask_hides_who_called(value, shown):
    assert mask(value, reviewer()) == shown


@pytest.mark.parametrize("viewer", [User(role=Role.ADMIN), User(role=Role.REVIEWER, may_unmask=True)])
def test_mask_shows_all_to_who_may_unmask(viewer):
    assert mask("+12025550142", viewer) == "+12025550142"
    assert mask_text("Call +12025550142", viewer) == "Call +12025550142"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("My number is 202-555-0142, thanks", "My number is ••• 0142, thanks"),
        ("Write to maria.g@example.com", "Write to •••@•••"),
        ("It is 123-45-6789", "It is •••-•••"),
        ("It is 123 45 6789", "It is •••-•••"),
        ("202–555–0142 or 202\u2011555\u20110142", "••• 0142 or ••• 0142"),
        ("202/555/0142 202_555_0142 [202] 555 0142", "••• 0142 ••• 0142 [••• 0142"),
        ("2\u200b025550142", "••• 0142"),
        ("from 2026-03-02 12:00 to 2026-03-02T12:30:00", "from 2026-03-02 12:00 to 2026-03-02T12:30:00"),
        ("On 2026-03-02 at 10:30, room 4151", "On 2026-03-02 at 10:30, room 4151"),
        ('{ "phone": "+12025550142" }', '{ "phone": "••• 0142" }'),
    ],
)
def test_mask_text_hides_what_is_written_out(text, shown):
    assert mask_text(text, reviewer()) == shown


def test_a_deactivated_admin_sees_masks():
    assert mask("+12025550142", User(role=Role.ADMIN, is_active=False)) == "••• ••• 0142"


@pytest.mark.parametrize("text", ["a" * 100_000, "1" * 100_000, "a@" * 50_000, "1 " * 50_000, "a.b@c." * 20_000])
def test_mask_text_takes_time_in_proportion_to_the_text(text):
    begun = time.perf_counter()

    mask_text(text, reviewer())

    assert time.perf_counter() - begun < 1.0
