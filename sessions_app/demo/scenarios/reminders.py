"""Northlake Scheduling, outgoing calls: reminding people of a visit."""

from sessions_app.demo.acting import act
from sessions_app.demo.asking import ask
from sessions_app.demo.confirming import confirm, more
from sessions_app.demo.facts import set_visit
from sessions_app.demo.flaws import ACT, ASK, CHANGE, CONFIRM, HEAR, IDENTIFY, SIDE
from sessions_app.demo.identity import identify
from sessions_app.demo.scenarios.greetings import SIDES
from sessions_app.demo.scenarios.scenario import Scenario
from sessions_app.demo.talk import Talk


def reminder(t: Talk) -> None:
    _reach(t, "The caller confirmed.")
    ask(
        t, ("You have a visit with {doctor} on {day} at {time}. Will you be able to come?", "This is about your visit with {doctor} on {day} at {time}. Can you make it?"),
        ("Yes, I’ll be there.", "Yes, that works.", "Oh right, yes. I’ll come."), again="Yes, I’ll be there.",
    )  # fmt: skip
    act(t, "confirm_appointment", {"appointment_id": t.facts["visit_id"]}, {"status": "confirmed", "start": t.facts["iso"]}, task="confirm the visit")
    confirm(
        t, ("Thank you. You are confirmed for {day} at {time}. Please come ten minutes early.",), ("Thank you. You are confirmed for {day} at {alt_time}.",),
        ("You just said {time}.", "Wait, a second ago it was {said}."), thanks=("Okay, thanks.", "Will do.", "Great, thank you."),
    )  # fmt: skip
    more(t, SIDES["northlake", "en"], last=True)


def reminder_moved(t: Talk) -> None:
    _reach(t, "The visit was moved to {new_day} at {new_time}.")
    ask(
        t, ("You have a visit with {doctor} on {day} at {time}. Will you be able to come?",),
        ("No, I can’t that day. Could we do {new_day_said}?", "Oh, that’s not good anymore. Is {new_day_said} possible, in the {part}?"), again="No. Could we do {new_day_said}?",
    )  # fmt: skip
    act(
        t,
        "search_slots",
        {"appointment_id": t.facts["visit_id"], "from": t.facts["new_date"]},
        {"date": t.facts["new_date"], "slots": [t.facts["new_iso"][-5:]]},
    )
    ask(t, ("On {new_day} I have {new_time}. Should I move you there?",), ("Yes, please.", "{new_Said} works.", "That’s fine, yes."), again="Yes, {new_said}.")
    request = {"appointment_id": t.facts["visit_id"], "start": t.facts["new_iso"]}
    act(t, "reschedule_appointment", request, {"status": "confirmed", "start": t.facts["new_iso"]}, task="move the visit")
    confirm(
        t, ("Your visit is now on {new_day} at {new_time} with {doctor}.",), ("Thank you. You are confirmed for {day} at {time}.", "Your visit is now on {new_day} at {alt_time}."),
        ("No, you were moving me to {new_said}.", "That’s not what we said. {new_weekday} at {new_said}."),
    )  # fmt: skip
    more(t, SIDES["northlake", "en"], last=True)


def _reach(t: Talk, goal: str) -> None:
    set_visit(t)
    t.about(
        "The clinic called to remind the person of a visit with {doctor} on {day}.", goal.replace("The caller confirmed.", "The person confirmed the visit.")
    )
    t.user("Hello?", "Hello.", "{first} speaking.", "Yes?")
    t.agent("Hello, this is the assistant of Northlake Clinic, calling for {first} {last}. This call is recorded. Is this a good moment?")
    t.user("Yes, that’s me.", "Speaking. Go ahead.", "Sure, what is it?", "Yes, I have a minute.")
    identify(t)


_MOMENTS = (ASK, HEAR, IDENTIFY, ACT, CHANGE, CONFIRM, SIDE)
SCENARIOS = (
    Scenario("reminder", "northlake", ("out",), reminder, _MOMENTS, 2.2, can_return=False),
    Scenario("reminder_moved", "northlake", ("out",), reminder_moved, _MOMENTS, 1.0, can_return=False),
)
