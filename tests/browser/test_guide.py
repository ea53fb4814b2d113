"""The guide in a browser: its badge, its anchors, the word that it changed, and publishing a version."""

import pytest

from labeling.models import Label
from labeling.operations.guide import publish_categories, publish_guide
from labeling.queries.guide import Texts, get_newest
from tests.browser.driver import axe_complaints, expect
from tests.factories import GuideExampleFactory, GuideVersionFactory, IssueCategoryFactory, UserFactory

pytestmark = pytest.mark.browser
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def guide(transactional_db, talk):
    """Two versions, with categories, examples and differences."""
    first = GuideVersionFactory(bad="The need was not met.\n\n" + "And this is why it matters. " * 40)
    category = IssueCategoryFactory(name="Wrong answer", group="Answer", severity="critical", description="Not true.", example="4 PM.", counter_example="Late.")
    IssueCategoryFactory(name="Slow response", group="Conversation", channels=["voice", "chat"])
    GuideExampleFactory(session=talk(), note="Listen to the end.")
    GuideExampleFactory(session=talk(), code="", category=category, is_counter_example=True)
    publish_categories(by=None)
    texts = Texts(first.good, "The need was met with an avoidable flaw.", first.bad, first.not_applicable)
    return publish_guide(texts=texts, what_changed="OK says what a flaw is.", starting_from=first.number, by=UserFactory(name="Luis Ferrer"))


def test_the_badge_on_home_goes_when_the_guide_was_read_and_comes_with_the_next_version(visit, reviewer, guide):
    page = visit(reviewer)
    page.goto("/review/")
    card = page.get_by_role("region", name="Guide")
    expect(card.locator(".pill")).to_have_text("Not read yet")

    card.get_by_role("link", name="Read the guide").click()
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    page.go_back()
    page.reload()
    expect(card.locator(".pill")).to_have_count(0)

    GuideVersionFactory(good="Anew.", what_changed="A wrong confirmation is BAD.")
    page.reload()
    expect(card.locator(".pill")).to_contain_text("Changed")
    expect(card).to_contain_text("A wrong confirmation is BAD.")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_an_anchor_brings_its_part_into_view_below_the_bar(visit, reviewer, guide, viewport):
    page = visit(reviewer, viewport=viewport, reduced_motion="reduce")
    page.goto("/guide/")

    page.get_by_role("navigation", name="On this page").get_by_role("link", name="BAD").click()

    expect(page.locator("#bad")).to_be_in_viewport()
    assert page.locator("#bad").evaluate("one => one.getBoundingClientRect().top >= document.querySelector('.topbar').offsetHeight")


def test_the_guide_opens_beside_the_panel_at_the_code_that_is_chosen(visit, reviewer, guide, talk):
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/", wait_until="networkidle")
    page.keyboard.press("3")

    with page.expect_popup() as opened:
        page.locator(".rubric a:visible").click()

    expect(opened.value).to_have_url("/guide/#bad")
    expect(opened.value.locator("#bad")).to_be_in_viewport()
    expect(page.get_by_role("radio", name="BAD")).to_be_checked()


def test_who_types_while_a_version_is_published_is_told_and_labels_under_the_one_on_the_page(visit, reviewer, guide, talk):
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/", wait_until="networkidle")
    expect(page.locator("#guide-news")).to_be_hidden()
    newer = GuideVersionFactory(good="Anew.")

    page.locator("#comment").fill("The agent said 4 PM.")

    expect(page.locator("#guide-news")).to_have_text("The guide changed while you were here. Read what changed (opens another tab)")
    expect(page.locator("#comment")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    page.locator("#label-submit").click()
    expect(page.locator(".history").get_by_role("link", name=f"Guide {guide.number}")).to_be_visible()
    assert Label.objects.get().guide_version == guide.number < newer.number


def test_an_admin_publishes_a_version_by_way_of_its_differences(visit, admin, guide):
    page = visit(admin)
    page.goto("/admin/labeling/guideversion/", wait_until="networkidle")
    page.get_by_role("link", name="Publish a new version").click()

    page.get_by_label("GOOD").fill("The need was met at once.")
    page.get_by_label("What changed").fill("GOOD is at once.")
    page.get_by_role("button", name="Look at the differences").click()
    expect(page.locator("ins")).to_contain_text("at once")
    page.get_by_role("button", name="Publish").click()

    expect(page.locator(".success")).to_contain_text(f"Version {guide.number + 1} of the guide is published.")
    assert get_newest().good == "The need was met at once."


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("which", ["newest", "differences", "older", "examples"])
def test_axe_finds_nothing_and_no_width_needs_sideways_scrolling(visit, manager, guide, talk, which, viewport):
    addresses = {
        "newest": "/guide/",
        "differences": f"/guide/{guide.number}/",
        "older": f"/guide/{guide.number - 1}/",
        "examples": f"/sessions/{GuideExampleFactory(session=talk(), note='Why.').session_id}/examples/",
    }
    page = visit(manager, viewport=viewport, reduced_motion="reduce")
    page.goto(addresses[which])

    assert axe_complaints(page) == []
    for width in (320, 390, 640, 961, 1281):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate(TOO_WIDE) == 0, f"at {width} pixels"


def test_the_guide_prints_without_its_navigation(visit, reviewer, guide):
    page = visit(reviewer)
    page.goto("/guide/")

    page.emulate_media(media="print")

    expect(page.get_by_role("navigation", name="On this page")).to_be_hidden()
    expect(page.locator("#bad")).to_be_visible()
