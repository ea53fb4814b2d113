"""What somebody who may not see callers' identities is shown instead."""

import time

import pytest

from labeling.masking import KeyMask, Unmasked, mask, mask_text
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
def test_the_right_to_unmask_lifts_no_mask_before_it_was_asked_for(viewer):
    assert mask("+12025550142", viewer) == "••• ••• 0142"
    assert mask_text("Call +12025550142", viewer) == "Call ••• 0142"
    assert mask("+12025550142", Unmasked(viewer)) == "+12025550142"
    assert mask_text("Call +12025550142", Unmasked(viewer)) == "Call +12025550142"


@pytest.mark.parametrize("viewer", [User(role=Role.REVIEWER), User(role=Role.ADMIN, is_active=False)])
def test_who_lost_the_right_sees_masks_again(viewer):
    assert mask("+12025550142", Unmasked(viewer)) == "••• ••• 0142"
    assert mask_text("born 03/04/1980", Unmasked(viewer)) == "born •••"


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
        ("Call:2025550142 tel:202-555-0142", "Call:••• 0142 tel:••• 0142"),
        ("2026-03-02 202-555-0142", "2026-03-02 ••• 0142"),
        ("202, 555, 0142 and 2, 0, 2, 5, 5, 5, 0, 1, 4, 2.", "••• 0142 and ••• 0142."),
        ("٢٠٢٥٥٥٠١٤٢ and ２０２-５５５-０１４２", "••• 0142 and ••• 0142"),
        ("maria＠example.com, mail?to=maria%40example.com", "•••@•••, •••@•••"),
        ("نعم ٤٢", "نعم ٤٢"),
        ("[101, 102, 103, 104], [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]", "[101, 102, 103, 104], [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]"),
        ("$1,234,567,890.00 at 12:41:30.123456-05:00", "$1,234,567,890.00 at 12:41:30.123456-05:00"),
    ],
)
def test_mask_text_hides_what_is_written_out(text, shown):
    assert mask_text(text, reviewer()) == shown


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "1" * 100_000,
        "a@" * 50_000,
        "1 " * 50_000,
        "1, " * 50_000,
        "202, 555, " * 20_000,
        "a%40" * 30_000,
        "a.b@c." * 20_000,
        "born 1/1/80 " * 9_000,
        "ssn " * 25_000 + "1",
    ],
)
def test_mask_text_takes_time_in_proportion_to_the_text(text):
    begun = time.perf_counter()

    mask_text(text, reviewer())

    assert time.perf_counter() - begun < 1.0


LISTED = ("phone", "dob", "mrn", "ssn", "member_id", "address", "email", "name")


@pytest.mark.parametrize(
    "key",
    [
        *("name", "Name", "NAME", "patient_name", "patientName", "patient-name", "contact.name", "names", "surname", "username", "first", "first_name_2"),
        *("phone", "callerPhone", "CALLER_PHONE", "phone_number", "phoneNumber", "phone1", "mobile", "telephone", "caller_id", "teléfono"),
        *(
            "dob",
            "patientDOB",
            "date_of_birth",
            "birthDate",
            "birthday",
            "ssn",
            "ssn_last_4",
            "MRN",
            "memberId",
            "member-id",
            "memberID_number",
            "subscriberId",
            "member",
            "Subscriber",
        ),
        *("address", "address_line_1", "homeAddress", "emailAddress", "email", "mailing_address_city", "ip_address", "display_name", "provider_name"),
    ],
)
def test_a_masked_key_is_found_however_it_is_written(key):
    assert KeyMask(LISTED)(key)


@pytest.mark.parametrize(
    "key",
    [
        *("tool_name", "toolName", "agent_name", "file_name", "filename", "functionName", "hostname", "department_name", "store_name", "named", "rename_all"),
        *("phone_type", "email_sent", "voicemail", "appointment_id", "id", "paid", "status", "start", "date", "city", "state", "number", "invoice", "rx"),
        *("last_visit", "month", "query", "", "_", "🙂"),
    ],
)
def test_what_is_no_caller_is_not_hidden_by_its_key(key):
    assert not KeyMask(LISTED)(key)


def test_only_what_is_listed_is_hidden():
    assert not any(KeyMask(["phone"])(key) for key in ("name", "first", "date_of_birth", "email"))
    assert not KeyMask([])("name")


def test_a_short_key_is_a_word_of_its_own():
    assert KeyMask(["id"])("patient_id")
    assert not KeyMask(["id"])("paid")


def test_hostile_keys_take_no_time():
    begun = time.perf_counter()

    for n in range(20_000):
        KeyMask(LISTED)(f"a{n}")
    KeyMask(LISTED)("name_" * 200_000)
    KeyMask(LISTED)("1" * 1_000_000)

    assert time.perf_counter() - begun < 5.0
