"""Hearing a session: the tape, the keys, the turn that is being heard, and links that end."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Event
from labeling.views import recordings as views
from sessions_app.models import Recording
from sessions_app.recordings import folder, ranges
from sessions_app.recordings.fetching import fetch_recording
from tests.browser.driver import axe_complaints, expect
from tests.factories import NOON, RecordingFactory
from tests.sessions_app.sounds import wav

pytestmark = pytest.mark.browser
AGENT, CALLER = [(0, 2_000), (14_000, 16_000)], [(4_000, 6_000)]
LENGTH = 20_000
STATE = """() => {
    const audio = document.getElementById("audio");
    const shown = Number(document.getElementById("position").value);
    return { at: audio.currentTime, paused: audio.paused, rate: audio.playbackRate, src: audio.getAttribute("src"), shown };
}"""


@pytest.fixture(autouse=True)
def place(settings, tmp_path):
    settings.RECORDING_DIR = tmp_path / "recordings"
    return settings.RECORDING_DIR


@pytest.fixture
def call(talk):
    """Makes a call with a recording that is here."""

    def make(**fields):
        session = talk(duration=LENGTH / 1000, **fields)
        hold(RecordingFactory(session=session))
        return session

    return make


def hold(recording, content=None, spans=(AGENT, CALLER)):
    content = content or wav(LENGTH, *spans)
    with folder.drafting() as draft:
        draft.write(content)
        name = draft.keep()
    held = {"state": "held", "file": name, "size": len(content), "media_type": "audio/wav", "held_at": timezone.now(), "duration_ms": (len(content) - 44) // 32}
    Recording.objects.filter(pk=recording.pk).update(agent_spans=spans[0], caller_spans=spans[1], **held)
    recording.refresh_from_db()
    return recording


def hear(page, session, ready="held"):
    page.goto(f"/sessions/{session.pk}/")
    expect(page.locator("#player")).to_have_attribute("data-state", ready)


def until(page, condition):
    page.wait_for_function(f"() => {{ const audio = document.getElementById('audio'); return {condition}; }}")
    return page.evaluate(STATE)


def swap_in(page, session):
    """As the way from one session to the next does."""
    page.evaluate("address => htmx.ajax('GET', address, { target: '#session', swap: 'outerHTML', select: '#session' })", f"/sessions/{session.pk}/")


def test_space_plays_and_pauses_and_the_tape_moves(visit, reviewer, call):
    page = visit(reviewer)
    hear(page, call())

    page.keyboard.press("Space")
    state = until(page, "audio.currentTime > 1.2")

    assert not state["paused"]
    assert state["shown"] > 0.5
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator("#playhead")).to_have_attribute("transform", re.compile(r"translate\(\d"))
    expect(page.locator("#now")).to_have_text("0:01")
    expect(page.get_by_role("slider", name="Position")).to_have_attribute("aria-valuetext", "0 minutes 1 second of 0 minutes 20 seconds")
    page.keyboard.press("Space")
    until(page, "audio.paused")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_nothing_is_loaded_before_somebody_wants_to_hear_and_no_address_is_in_the_page(visit, reviewer, call, watch):
    page = visit(reviewer)
    hear(page, call())

    assert "/recordings/" not in page.content()
    assert not [address for address in watch.requests if "/recordings/" in address]
    assert not Event.objects.filter(kind="recording_heard").exists()
    page.keyboard.press("Space")
    until(page, "audio.currentTime > 0.3")
    assert Event.objects.filter(kind="recording_heard", user=reviewer.pk).count() == 1


def test_the_arrows_go_five_seconds(visit, reviewer, call):
    page = visit(reviewer)
    hear(page, call())

    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.evaluate(STATE)["shown"] == 5
    page.get_by_role("button", name="Forward 5 seconds").click()
    page.keyboard.press("ArrowRight")
    assert page.evaluate(STATE)["shown"] == 15
    page.locator("#turns").focus()
    page.keyboard.press("Space")
    assert until(page, "!audio.paused && audio.currentTime > 15")["at"] < 17
    page.keyboard.press("ArrowLeft")

    assert until(page, "audio.currentTime < 14")["at"] > 9


def test_a_click_on_a_time_plays_from_there_and_the_turn_that_is_heard_shows(visit, reviewer, call):
    page = visit(reviewer)
    hear(page, call())
    address = page.url

    page.locator("#turn-2 .at").click()

    assert 4 <= until(page, "!audio.paused && audio.currentTime > 4")["at"] < 7
    expect(page.locator("#turns > .is-now")).to_have_id("turn-2")
    assert page.url == address
    page.get_by_role("slider", name="Position").evaluate("slider => { slider.value = 14.5; slider.dispatchEvent(new Event('input', { bubbles: true })); }")
    expect(page.locator("#turns > .is-now")).to_have_id("turn-3")


def test_a_time_is_still_a_link(visit, reviewer, call, talk):
    page = visit(reviewer)
    hear(page, call())
    page.locator("#turn-2 .at").click(modifiers=["Alt"])
    assert page.evaluate(STATE)["paused"]

    page.goto(f"/sessions/{talk().pk}/")
    page.locator("#turn-2 .at").click()

    expect(page).to_have_url(re.compile("#turn-2$"))


def test_enter_plays_the_current_turn(visit, reviewer, call):
    page = visit(reviewer)
    hear(page, call())
    page.locator("#turn-3").evaluate("turn => { turn.setAttribute('aria-current', 'true'); turn.tabIndex = 0; turn.focus(); }")

    page.keyboard.press("Enter")

    assert until(page, "!audio.paused && audio.currentTime > 14")["at"] < 16


def test_the_speed_changes_by_key_and_is_remembered(visit, reviewer, call):
    page = visit(reviewer)
    session = call()
    hear(page, session)
    page.keyboard.press("Space")
    until(page, "audio.currentTime > 0.2")

    with page.expect_response("**/settings/"):
        for key in (">", ">", "<", ">"):
            page.keyboard.press(key)

    assert page.evaluate(STATE)["rate"] == 1.5
    reviewer.refresh_from_db()
    assert (reviewer.playback_speed, reviewer.follows_audio) == (150, True)
    hear(page, session)
    expect(page.get_by_label("Speed")).to_have_value("150")
    page.keyboard.press("Space")
    assert until(page, "audio.currentTime > 0.2")["rate"] == 1.5


def test_what_was_measured_silent_is_skipped_when_wanted(visit, reviewer, call):
    reviewer.choose(skips_silence=True)
    page = visit(reviewer)
    hear(page, call())
    expect(page.locator("#recording-tape .g:not(.is-about)")).to_have_count(1)

    page.locator("#turn-2 .at").click()

    # Eight seconds of silence from the sixth on: the tape is beyond them in much less.
    page.wait_for_function("() => document.getElementById('audio').currentTime > 13.5", timeout=5_000)
    expect(page.locator("#turns > .is-now")).to_have_id("turn-3")


def test_the_transcript_follows_until_the_reader_scrolls(visit, reviewer, talk):
    turns = [{"uid": f"t{n}", "timestamp": f"2026-03-02T12:00:{n:02}Z", "source": "agent", "text": "One more sentence. " * 12} for n in range(20)]
    session = talk(turns=turns, duration=20.0)
    hold(RecordingFactory(session=session))
    page = visit(reviewer)
    hear(page, session)

    page.locator("#position").evaluate("slider => { slider.value = 15; slider.dispatchEvent(new Event('input', { bubbles: true })); }")
    page.keyboard.press("Space")
    expect(page.locator("#turn-17")).to_be_in_viewport()
    page.locator("#talk").hover()
    page.mouse.wheel(0, -20_000)
    expect(page.locator("#turn-1")).to_be_in_viewport()
    until(page, "audio.currentTime > 17.6")

    expect(page.locator("#turn-1")).to_be_in_viewport()


def test_a_recording_that_is_still_to_come_is_waited_for_and_then_plays(visit, reviewer, talk):
    session = talk(duration=18.0, at=NOON)
    recording = RecordingFactory(session=session, reference="demo:-")
    page = visit(reviewer)
    page.goto(f"/sessions/{session.pk}/")
    expect(page.locator("#recording-tape .is-about").first).to_be_visible()

    page.keyboard.press("Space")
    expect(page.get_by_text("The recording is being prepared. The transcript is complete.")).to_be_visible()
    fetch_recording(recording_pk=recording.pk)

    assert not until(page, "audio.currentTime > 0.2")["paused"]
    expect(page.locator("#recording-tape .is-about")).to_have_count(0)


def test_a_recording_that_failed_is_asked_for_again(visit, reviewer, talk):
    session = talk(duration=18.0, at=NOON)
    recording = RecordingFactory(session=session, reference="demo:-", state="failed")
    page = visit(reviewer)
    page.goto(f"/sessions/{session.pk}/")
    expect(page.get_by_text("The recording did not load.")).to_be_visible()

    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("The recording is being prepared.")).to_be_visible()
    fetch_recording(recording_pk=recording.pk)

    expect(page.locator("#player")).to_have_attribute("data-state", "held")
    expect(page.get_by_text("The recording is being prepared.")).to_be_hidden()


def test_a_recording_that_is_gone_says_so_and_a_time_is_a_link_again(visit, reviewer, talk):
    session = talk()
    RecordingFactory(session=session, state="gone")
    page = visit(reviewer)
    page.goto(f"/sessions/{session.pk}/")

    expect(page.get_by_text("The recording is no longer kept where it came from.")).to_be_visible()
    page.locator("#turn-2 .at").click()
    expect(page).to_have_url(re.compile("#turn-2$"))


def test_a_link_that_does_not_hold_is_said_and_replaced(visit, reviewer, call, watch, monkeypatch):
    watch.expect("Failed to load resource: .*410")
    page = visit(reviewer)
    hear(page, call())
    monkeypatch.setattr(views, "LINK_SECONDS", -1)
    page.keyboard.press("Space")
    expect(page.locator("#player")).to_have_attribute("data-state", "expired")
    expect(page.get_by_text("The link to the recording has expired.")).to_be_visible()

    monkeypatch.setattr(views, "LINK_SECONDS", 300)
    page.get_by_role("button", name="Get a new link").click()

    assert not until(page, "audio.currentTime > 0.2")["paused"]


def test_a_link_that_ended_while_nobody_listened_is_renewed_without_a_word(visit, reviewer, call, watch):
    page = visit(reviewer)
    hear(page, call())

    page.evaluate("const now = Date.now; Date.now = () => now() + 400_000;")
    page.keyboard.press("Space")

    until(page, "audio.currentTime > 0.2")
    assert len([address for address in watch.requests if address.endswith("/recording/")]) == 2


def test_a_link_that_ends_while_somebody_listens_is_renewed_where_it_was(visit, reviewer, call, watch, monkeypatch):
    watch.expect("Failed to load resource: .*410")
    monkeypatch.setattr(ranges, "MOST_AT_ONCE", 100_000)
    page = visit(reviewer)
    hear(page, call())
    page.evaluate("const now = Date.now; Date.now = () => now() + 20_000;")
    links = []

    def first_link_ends(route):
        links.append(route.request.url)
        has_ended = links[0] == route.request.url and route.request.headers["range"] >= "bytes=200000-"
        route.fulfill(status=410) if has_ended else route.continue_()

    page.route("**/recordings/**", first_link_ends)
    page.locator("#turn-2 .at").click()

    assert until(page, "!audio.paused && audio.currentTime > 8")["src"] not in links[0]
    assert len(set(links)) == 2


def test_a_file_that_vanished_is_fetched_anew_while_somebody_listens(visit, reviewer, talk, place, watch):
    watch.expect("Failed to load resource: .*410")
    session = talk(duration=18.0, at=NOON)
    recording = RecordingFactory(session=session, reference="demo:-")
    fetch_recording(recording_pk=recording.pk)
    page = visit(reviewer)
    hear(page, session)
    for path in place.iterdir():
        path.unlink()

    page.keyboard.press("Space")
    page.get_by_role("button", name="Get a new link").click()
    expect(page.get_by_text("The recording is being prepared.")).to_be_visible()
    fetch_recording(recording_pk=recording.pk)

    assert not until(page, "audio.currentTime > 0.2")["paused"]


def test_parts_lie_on_one_tape_and_follow_each_other(visit, reviewer, talk):
    session = talk(duration=20.0)
    first, second = RecordingFactory(session=session), RecordingFactory(session=session, place=2, starts_ms=10_000)
    hold(first, wav(10_000, AGENT, CALLER), (AGENT, CALLER))
    hold(second, wav(10_000, [(4_000, 6_000)], []), ([[14_000, 16_000]], []))
    page = visit(reviewer)
    hear(page, session)

    page.get_by_label("Part").select_option("2 of 2")
    assert page.evaluate(STATE)["shown"] == 10
    page.locator("#turn-1 .at").click()
    before = until(page, "audio.currentTime > 0.2 && !audio.paused")
    page.locator("#position").evaluate("slider => { slider.value = 9; slider.dispatchEvent(new Event('input', { bubbles: true })); }")
    page.wait_for_function("() => Number(document.getElementById('position').value) > 10.3")

    after = page.evaluate(STATE)
    assert after["src"] != before["src"]
    expect(page.get_by_label("Part").locator("option:checked")).to_have_text("2 of 2")
    assert after["at"] < 5
    page.locator("#turn-3 .at").click()
    assert 4 <= until(page, "audio.currentTime > 4")["at"] < 7


def test_keys_stay_with_fields_dialogs_and_controls(visit, reviewer, call):
    page = visit(reviewer)
    hear(page, call())

    page.get_by_label("Comment").focus()
    page.keyboard.type("a b > c")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    page.get_by_label("Search this transcript").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="All", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("?")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    state = page.evaluate(STATE)

    assert (state["paused"], state["shown"], state["src"]) == (True, 0, None)
    expect(page.get_by_label("Speed")).to_have_value("100")


def test_keys_that_were_switched_off_do_nothing(visit, reviewer, call):
    reviewer.choose(shortcuts=False)
    page = visit(reviewer)
    hear(page, call())

    for key in ("Space", "ArrowRight", ">"):
        page.keyboard.press(key)

    assert page.evaluate(STATE)["shown"] == 0
    assert page.evaluate(STATE)["src"] is None


def test_leaving_the_session_stops_the_sound(visit, reviewer, call, talk):
    page = visit(reviewer)
    session, following = call(), talk()
    hear(page, session)
    page.keyboard.press("Space")
    until(page, "audio.currentTime > 0.2")

    page.evaluate("window.heard = document.getElementById('audio')")
    swap_in(page, following)
    expect(page.locator(f'#session[data-session="{following.pk}"]')).to_be_visible()

    assert page.evaluate("[window.heard.paused, window.heard.hasAttribute('src')]") == [True, False]
    swap_in(page, session)
    expect(page.locator("#player")).to_have_attribute("data-state", "held")
    page.keyboard.press("Space")
    until(page, "audio.currentTime > 0.2")


def test_signing_out_in_another_tab_ends_the_sound(visit, reviewer, call):
    page = visit(reviewer)
    hear(page, call())
    page.keyboard.press("Space")
    until(page, "audio.currentTime > 0.2")
    page.evaluate("window.heard = document.getElementById('audio')")

    page.evaluate("document.dispatchEvent(new Event('signed-out'))")

    assert page.evaluate("[window.heard.paused, window.heard.hasAttribute('src')]") == [True, False]


def test_a_chat_has_no_tape_and_a_call_without_a_recording_says_so(visit, reviewer, talk):
    page = visit(reviewer)

    page.goto(f"/sessions/{talk(channel='chat').pk}/")
    expect(page.locator(".player")).to_have_count(0)
    page.keyboard.press("Space")
    page.goto(f"/sessions/{talk().pk}/")
    expect(page.get_by_text("This session has no recording.")).to_be_visible()


def test_asking_does_not_count_as_somebody_being_there(visit, reviewer, talk, watch):
    session = talk()
    RecordingFactory(session=session, asked_at=timezone.now() + timedelta(hours=1))
    page = visit(reviewer)

    with page.expect_request(re.compile("/recording/$")) as asked:
        page.goto(f"/sessions/{session.pk}/")

    assert asked.value.headers["x-background"] == "1"


@pytest.mark.parametrize("states", [["held"], ["held", "held"], ["pending"], ["failed"], ["gone"], []])
def test_the_player_passes_axe_in_every_state(visit, reviewer, talk, states):
    session = talk(duration=20.0)
    for place, state in enumerate(states, 1):
        recording = RecordingFactory(session=session, place=place, starts_ms=10_000 * (place - 1), state="pending" if state == "held" else state)
        if state == "held":
            hold(recording)
    page = visit(reviewer)

    page.goto(f"/sessions/{session.pk}/")
    if states and states[0] in ("held", "pending"):
        expect(page.locator("#player")).to_have_attribute("data-state", states[0])

    assert axe_complaints(page, ".player") == []
