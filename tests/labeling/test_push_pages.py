"""The pages of labels and the vendor: the outbox, one label of it, the settings, and the comparison."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.models import Event, Exposure, Label, Push, VendorLabels
from labeling.operations.erasing_words import erase_label_words
from labeling.operations.labels import withdraw_label
from labeling.operations.raters import rater_of
from labeling.queries.pushes import get_push_page, labels_in_scope
from labeling.queries.pushing import get_chosen
from sessions_app.models import Connection
from sessions_app.scope import Scope
from tests.factories import NOON, PushFactory, RaterFactory, SessionFactory, SourceFactory, VendorLabelsFactory
from tests.labeling.pushed import make_desk
from tests.sessions_app.upstream.fake_vendor import FakeVendor

pytestmark = pytest.mark.django_db

DAYS = {"since": "2026-03-01", "until": "2026-03-03"}


@pytest.fixture
def desk(settings):
    with FakeVendor() as vendor:
        yield make_desk(vendor, settings)


@pytest.fixture
def staff(as_person, admin):
    return as_person(admin)


def pushes(n, vendor, **fields):
    return [PushFactory(data_source=vendor.data_source, **fields) for _ in range(n)]


# The outbox.


def test_push_list_without_a_vendor_says_what_to_do_first(staff):
    assert "Add vendor labels" in staff.get("/admin/pushes/").content.decode()


def test_push_list_shows_what_became_of_each_label_and_of_nobody_what_they_think(staff, desk):
    label = desk.label(desk.session(7), RaterFactory(email="ana@example.com"), "BAD", comment="Zebulon called.")
    desk.send()

    page = staff.get("/admin/pushes/").content.decode()

    assert f"/admin/pushes/{Push.objects.get().pk}/" in page
    assert "Sent: 1" in page
    assert "is sent at once" in page
    assert "BAD" not in page
    assert "Zebulon" not in page
    assert "ana@example.com" not in page
    assert str(label.pk) in page


def test_push_list_says_that_a_dry_run_sends_nothing_and_that_nothing_is_switched_on(staff):
    vendor = VendorLabelsFactory(pushes=True, pushes_since=NOON, is_dry_run=True)
    assert "This is a dry run" in staff.get("/admin/pushes/").content.decode()

    VendorLabels.objects.filter(pk=vendor.pk).update(pushes=False)
    assert "pushing is switched off" in staff.get("/admin/pushes/").content.decode()


def test_push_list_is_read_in_pages_by_key_and_costs_the_same_for_each(staff):
    vendor = VendorLabelsFactory(pushes=True, pushes_since=NOON)
    pushes(3, vendor)
    staff.get("/admin/pushes/")
    with CaptureQueriesContext(connection) as few:
        staff.get("/admin/pushes/")
    pushes(70, vendor)
    with CaptureQueriesContext(connection) as many:
        first = staff.get("/admin/pushes/").content.decode()

    assert len(many) == len(few)
    oldest = Push.objects.order_by("-pk").values_list("pk", flat=True)[49]
    assert f"before={oldest}" in first
    assert first.count('<td class="said">') == 50
    assert staff.get(f"/admin/pushes/?before={oldest}").content.decode().count('<td class="said">') == 23


@pytest.mark.parametrize("query", ["state=odd", "before=x", "before=-1", "before=" + "9" * 5000, "source=%00", "before=%00", "state=waiting%00"])
def test_push_list_leads_back_from_an_address_that_nobody_gave_it(staff, query):
    VendorLabelsFactory()

    answer = staff.get(f"/admin/pushes/?{query}")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/pushes/")


def test_the_outbox_is_read_within_a_scope(desk):
    desk.label(desk.session(7), RaterFactory())
    desk.label(desk.session(8), RaterFactory())
    narrow = Scope(agents=frozenset([Push.objects.earliest("pk").session.seen_agent_id]))

    assert [push.session_id for push in get_push_page(desk.settings, narrow).rows] == [7]
    assert labels_in_scope([push.label_id for push in Push.objects.all()], narrow) == [Push.objects.earliest("pk").label_id]


def test_push_list_says_that_everything_is_stopped_and_a_button_goes_on(staff, desk):
    desk.label(desk.session(7), RaterFactory())
    desk.vendor.refuses_with = 401
    desk.send()
    page = staff.get("/admin/pushes/").content.decode()
    assert "Nothing is sent." in page
    assert "401" in page
    assert "401" in staff.get("/admin/").content.decode()

    desk.vendor.refuses_with = 0
    answer = staff.post("/admin/pushes/resumptions/", {"source": desk.source.pk})

    assert answer.status_code == 303
    assert desk.send() == 1
    assert Event.objects.filter(kind="connection_changed", after="tried again").count() == 1


def test_push_list_asks_for_the_worker_when_nothing_is_looked_at(staff, desk):
    desk.label(desk.session(7), RaterFactory())
    assert "Is a worker running?" not in staff.get("/admin/pushes/").content.decode()

    Push.objects.update(due_at=timezone.now() - timedelta(minutes=20))

    assert "Is a worker running?" in staff.get("/admin/pushes/").content.decode()


def test_a_failure_is_tried_again_by_itself_or_with_all(staff, admin):
    vendor = VendorLabelsFactory(pushes=True, pushes_since=NOON)
    one = pushes(3, vendor, state="failed", attempts=5, problem="No answer.")[0]
    sent = pushes(1, vendor, state="sent")[0]

    assert staff.post(f"/admin/pushes/{one.pk}/retries/").status_code == 303
    assert Push.objects.filter(state="waiting", attempts=0, problem="").count() == 1
    assert staff.post("/admin/pushes/retries/", {"source": vendor.data_source_id, "state": "failed"}).status_code == 303

    assert Push.objects.filter(state="waiting").count() == 3
    assert staff.post(f"/admin/pushes/{sent.pk}/retries/").status_code == 303
    sent.refresh_from_db()
    assert sent.state == "sent"
    assert list(Event.objects.filter(kind="job_retried").order_by("pk").values_list("after", flat=True)) == ["1 again", "2 again"]


@pytest.mark.parametrize("sent", [{}, {"state": "failed", "source": "9" * 30}, {"state": "sent"}, {"state": "waiting"}, {"state": "\0"}], ids=str)
def test_a_retry_of_nothing_in_particular_changes_nothing(staff, sent):
    vendor = VendorLabelsFactory(pushes=True, pushes_since=NOON)
    pushes(1, vendor, state="failed")

    assert staff.post("/admin/pushes/retries/", sent).status_code == 303
    assert Push.objects.get().state == "failed"


def test_push_detail_shows_what_is_sent_and_notes_that_it_was_shown(staff, desk, admin):
    label = desk.label(desk.session(7), RaterFactory(email="ana@example.com"), "BAD", comment="Call +1 202 555 0177.", issues=["Wrong day"])
    desk.send()

    page = staff.get(f"/admin/pushes/{Push.objects.get().pk}/").content.decode()

    assert "ana@example.com" in page
    assert "Wrong day" in page
    assert "0177" in page
    assert "555 0177" not in page
    assert Exposure.objects.filter(session=label.session_id, user=admin).exists()


def test_push_detail_shows_nothing_of_what_was_erased(staff, desk):
    label = desk.label(desk.session(7), RaterFactory(), comment="Zebulon called.")
    erase_label_words(labels=Label.objects.filter(pk=label.pk))

    page = staff.get(f"/admin/pushes/{Push.objects.get().pk}/").content.decode()

    assert "were erased" in page
    assert "human-rating" not in page


# The settings.


def form(**changes):
    return {"pushes": "on", "push_after_minutes": "15", "takes_summary_ratings": "on", "codes": "good = GOOD\nok = OK\nbad = BAD"} | changes


def test_vendor_labels_are_switched_on_in_the_admin_from_now_on(staff):
    vendor = VendorLabelsFactory()
    before = timezone.now() - timedelta(seconds=5)

    answer = staff.post(f"/admin/labeling/vendorlabels/{vendor.pk}/change/", form())

    vendor.refresh_from_db()
    assert (answer.status_code, vendor.pushes, vendor.pushes_since > before) == (302, True, True)
    assert Event.objects.get(kind="connection_changed").after == "pushes: True"


def test_vendor_labels_are_made_in_the_admin(staff):
    source = SourceFactory(kind="vendor")

    answer = staff.post("/admin/labeling/vendorlabels/add/", form(data_source=source.pk, codes="Great = good"))

    assert answer.status_code == 302
    assert VendorLabels.objects.get().summary_codes == {"great": "GOOD"}
    assert VendorLabels.objects.get().pushes_since is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"codes": "good"},
        {"codes": "= GOOD"},
        {"codes": "good = GREAT"},
        {"codes": "good = GOOD\nGOOD = BAD"},
        {"codes": "x" * 60 + " = GOOD"},
        {"codes": "\n".join(f"w{n} = OK" for n in range(101))},
        {"push_after_minutes": "-1"},
        {"push_after_minutes": "10081"},
        {"push_after_minutes": "9" * 400},
        {"push_after_minutes": ""},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_settings_that_make_no_sense_come_back_with_a_sentence(staff, changes):
    vendor = VendorLabelsFactory()

    answer = staff.post(f"/admin/labeling/vendorlabels/{vendor.pk}/change/", form(**changes))

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    vendor.refresh_from_db()
    assert (vendor.pushes, vendor.summary_codes) == (False, {"good": "GOOD", "ok": "OK", "bad": "BAD"})


def test_a_save_does_not_undo_what_sending_noted_meanwhile(staff):
    vendor = VendorLabelsFactory(pushes=True, pushes_since=NOON, problem="401", problem_at=NOON)

    staff.post(f"/admin/labeling/vendorlabels/{vendor.pk}/change/", form(push_after_minutes="30"))

    vendor.refresh_from_db()
    assert (vendor.push_after_minutes, vendor.problem, vendor.pushes_since) == (30, "401", NOON)


# The comparison.


def groups(answer):
    return {kind: [(one.session, one.ours, one.theirs, one.why_not) for one in listed] for kind, _, _, listed in answer.context["groups"]}


def counts(answer):
    return {kind: n for kind, _, n, _ in answer.context["groups"]}


def test_reconciliation_asks_nobody_before_days_are_chosen(staff, desk):
    assert staff.get("/admin/reconciliation/").status_code == 200
    assert desk.vendor.requests == []


def test_reconciliation_tells_what_is_the_same_missing_stale_and_only_there(staff, desk, reviewer):
    ana, rater = RaterFactory(email="ana@example.com"), rater_of(user=reviewer)
    for number in (7, 8, 9, 10, 11):
        desk.session(number)
    at = {number: Push(session_id=number).session for number in (7, 8, 9, 10, 11)}
    desk.label(at[7], ana, "GOOD")
    changed, withdrawn = desk.label(at[8], rater, "GOOD"), desk.label(at[9], rater, "BAD")
    desk.send()
    desk.change(pushes=False)
    desk.label(at[8], rater, "BAD")
    withdraw_label(label=withdrawn, by=reviewer)
    desk.label(at[10], ana, "OK")
    desk.vendor.put_label(11, code="OK", user_email="zoe@vendor.example", at=NOON)
    desk.vendor.put_label(11, code="BAD", type="auto-rating", at=NOON)

    answer = staff.get("/admin/reconciliation/", DAYS)

    assert counts(answer) == {"same": 1, "missing": 1, "stale": 2, "only_there": 1}
    told = groups(answer)
    assert told["missing"] == [(10, "OK", "", "")]
    assert sorted(told["stale"])[0] == (8, "BAD", "GOOD", "")
    assert sorted(told["stale"])[1][:3] == (9, "", "BAD")
    assert told["only_there"] == [(11, "", "OK", "")]
    assert changed.session_id == 8


def test_reconciliation_leaves_out_other_days_and_other_sources(staff, desk):
    desk.label(desk.session(7), RaterFactory())
    desk.label(SessionFactory(timestamp=NOON), RaterFactory())

    assert sum(counts(staff.get("/admin/reconciliation/", {"since": "2026-03-05", "until": "2026-03-06"})).values()) == 0
    assert counts(staff.get("/admin/reconciliation/", DAYS))["missing"] == 1


def test_what_waits_is_not_hurried_along(staff, desk):
    desk.change(push_after_minutes=60)
    label = desk.label(desk.session(7), RaterFactory())

    answer = staff.get("/admin/reconciliation/", DAYS)
    staff.post("/admin/reconciliation/", {"source": desk.source.pk, "label": [label.pk]})

    assert groups(answer)["missing"][0][3] == "It waits in the outbox."
    assert (desk.send(), desk.there) == (0, [])


def test_missing_and_stale_labels_are_pushed_and_then_everything_is_the_same(staff, desk, reviewer):
    ana, rater = RaterFactory(email="ana@example.com"), rater_of(user=reviewer)
    first, second = desk.session(7), desk.session(8)
    kept = desk.label(first, rater, "GOOD")
    desk.send()
    mistaken = desk.label(first, rater, "BAD")
    desk.send()
    desk.change(pushes=False)
    withdraw_label(label=mistaken, by=reviewer)
    missing = desk.label(second, ana, "OK", via="import")
    desk.change(pushes=True)
    assert counts(staff.get("/admin/reconciliation/", DAYS)) == {"same": 0, "missing": 1, "stale": 1, "only_there": 0}

    answer = staff.post("/admin/reconciliation/", {"source": desk.source.pk, "label": [kept.pk, missing.pk, 999, "x", "\0"]})

    assert answer.status_code == 303
    assert desk.send() == 2
    assert counts(staff.get("/admin/reconciliation/", DAYS)) == {"same": 2, "missing": 0, "stale": 0, "only_there": 0}
    assert [code for _, code, _ in desk.there] == ["GOOD", "BAD", "GOOD", "OK"]


def test_a_label_that_is_gone_there_is_missing_and_can_be_pushed_again(staff, desk):
    label = desk.label(desk.session(7), RaterFactory())
    desk.send()
    desk.vendor.labels.clear()

    assert counts(staff.get("/admin/reconciliation/", DAYS))["missing"] == 1
    staff.post("/admin/reconciliation/", {"source": desk.source.pk, "label": [label.pk]})

    assert desk.send() == 1
    assert len(desk.there) == 1


def test_each_persons_label_is_compared_where_each_is_sent(staff, desk):
    desk.change(pushes_every_label=True)
    session = desk.session(7)
    desk.label(session, RaterFactory(email="ana@example.com"), "GOOD")
    desk.label(session, RaterFactory(email="ben@example.com"), "BAD")
    desk.send()

    assert counts(staff.get("/admin/reconciliation/", DAYS))["same"] == 2
    desk.change(pushes_every_label=False)
    assert counts(staff.get("/admin/reconciliation/", DAYS))["stale"] == 1


def test_nothing_is_pushed_from_the_comparison_where_pushing_is_switched_off(staff, desk):
    label = desk.label(desk.session(7), RaterFactory())
    desk.change(pushes=False)
    Push.objects.all().delete()

    staff.post("/admin/reconciliation/", {"source": desk.source.pk, "label": [label.pk]})

    assert not Push.objects.exists()


@pytest.mark.parametrize(
    "days",
    [{"since": "x", "until": "2026-03-03"}, {"since": "2026-03-03", "until": "2026-03-01"}, {"since": "2026-01-01", "until": "2026-12-31"},
     {"since": "0001-01-01", "until": "0001-01-02"}, {"since": "9999-12-31", "until": "9999-12-31"}, {"since": "\0", "until": "\0"}, {"since": ""}],
    ids=str,
)  # fmt: skip
def test_reconciliation_refuses_days_that_make_no_sense(staff, desk, days):
    assert staff.get("/admin/reconciliation/", days).status_code == 422
    assert desk.vendor.requests == []


def test_reconciliation_says_why_the_vendor_could_not_be_asked(staff, desk):
    for change, words in (
        (lambda: setattr(desk.vendor, "refuses_with", 401), "401"),
        (lambda: Connection.objects.update(sealed_key=""), "No key"),
        (lambda: Connection.objects.update(is_active=False), "no active connection"),
    ):
        change()
        answer = staff.get("/admin/reconciliation/", DAYS)
        assert answer.status_code == 200
        assert words in answer.content.decode()
        assert "Nothing could be compared." in answer.content.decode()


def test_reconciliation_costs_no_statement_for_each_session(staff, desk, admin):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            staff.get("/admin/reconciliation/", DAYS)
        return len(captured)

    for number in range(7, 9):
        desk.label(desk.session(number), RaterFactory(), issues=["Rude"])
    statements()
    few = statements()
    for number in range(9, 30):
        desk.label(desk.session(number), RaterFactory(), issues=["Rude"])
    assert statements() == few
    assert len(get_chosen(range(7, 30), desk.settings)) == 23
