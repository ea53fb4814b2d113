"""Northlake Scheduling, incoming calls: booking, moving and canceling visits at a clinic."""

from sessions_app.demo.acting import act
from sessions_app.demo.asking import ask, hold, want
from sessions_app.demo.confirming import confirm
from sessions_app.demo.dates import clock
from sessions_app.demo.facts import set_visit
from sessions_app.demo.flaws import ACT, ASK, CHANGE, CONFIRM, HEAR, IDENTIFY, SIDE
from sessions_app.demo.identity import identify
from sessions_app.demo.scenarios.scenario import Scenario
from sessions_app.demo.talk import Talk


def reschedule(t: Talk) -> None:
    set_visit(t)
    t.about("The caller wanted to move a visit with {doctor} from {day}.", "The visit was moved to {new_day} at {new_time}.")
    want(
        t, "I need to move my appointment. It’s on {weekday}, I think, with {doctor}.", "I have to reschedule. I’m supposed to see {doctor} on {weekday}.",
        "I can’t make my appointment on {weekday}. Can we find another day?", "Something came up at work and I need to move my visit with {doctor}.",
    )  # fmt: skip
    identify(t)
    ask(
        t, ("You have a visit with {doctor} on {day} at {time}. What day works better?",
            "I see your visit with {doctor} on {day} at {time}. Which day would you like instead?"),
        ("Could you do {new_day_said}? In the {part}.", "How about {new_day_said}, in the {part}?", "Let me see. {new_day_said}, {part} if you can."),
        again="{new_day_said}, in the {part}.",
    )  # fmt: skip
    _search(t)
    _choose(t)
    request = {"appointment_id": t.facts["visit_id"], "start": t.facts["new_iso"]}
    act(t, "reschedule_appointment", request, {"status": "confirmed", "start": t.facts["new_iso"]}, task="move the visit")
    _confirm_new(t, worse=("Of course. To confirm, you would like to keep {day} at {time}?",))


def cancel(t: Talk) -> None:
    set_visit(t)
    t.about("The caller wanted to cancel a visit with {doctor} on {day}.", "The visit was canceled.")
    want(
        t,
        "I’d like to cancel my appointment with {doctor}.",
        "I need to cancel a visit. It’s on {weekday}.",
        "Can you cancel my appointment for me? The one on {weekday}.",
    )
    identify(t)
    ask(
        t, ("I see your visit with {doctor} on {day} at {time}. Would you like to cancel it, or move it to another day?",),
        ("Just cancel it, please.", "Cancel. I’m feeling better.", "No, cancel it. I’ll be out of town."), again="Cancel it.",
    )  # fmt: skip
    act(t, "cancel_appointment", {"appointment_id": t.facts["visit_id"]}, {"status": "canceled", "fee": 0}, task="cancel the visit")
    confirm(
        t, ("Your visit with {doctor} on {day} at {time} is canceled. There is no fee.", "All done. The visit on {day} is canceled, at no cost."),
        ("Your visit with {doctor} on {new_day} at {time} is canceled. There is no fee.", "All done. The visit on {new_day} is canceled, at no cost."),
        ("No, not that one. The one on {day}.", "Hold on. It’s {day} that I can’t make."),
    )  # fmt: skip


def book(t: Talk) -> None:
    set_visit(t)
    t.about("The caller wanted to book a visit with {doctor} for {a_reason}.", "The visit was booked for {new_day} at {new_time}.")
    want(t, "I’d like to make an appointment with {doctor}.", "I need to see {doctor}, it’s for {a_reason}.", "Could I book {a_reason} with {doctor}?")
    identify(t)
    ask(
        t, ("Which day would you prefer?", "Sure. When would you like to come?"),
        ("{new_day_said} would be good, in the {part}.", "Maybe {new_day_said}, in the {part}.", "Let me see. {new_day_said}? In the {part}."),
        again="{new_day_said}, in the {part}.",
    )  # fmt: skip
    _search(t)
    _choose(t)
    result = {"status": "booked", "appointment_id": t.facts["visit_id"], "start": t.facts["new_iso"]}
    act(t, "book_appointment", {"provider": _provider(t), "start": t.facts["new_iso"], "reason": t.facts["reason"]}, result, task="book the visit")
    _confirm_new(t)


def book_new_patient(t: Talk) -> None:
    set_visit(t)
    t.about("A new patient wanted a first visit.", "The first visit was booked for {new_day} at {new_time} with {doctor}.")
    want(t, "I just moved here and I’m looking for a doctor. Are you taking new patients?", "I’m a new patient. How do I get a first appointment?")
    t.agent("Yes, we are taking new patients. I need a few details to register you.", "Welcome. We do take new patients. Let me set you up.")
    t.user("Okay, go ahead.", "Sure.", "Great.")
    identify(t, tool="create_patient")
    ask(
        t, ("Which insurance do you have?", "Who is your insurance with?"), ("{insurance}.", "It’s {insurance}.", "I have {insurance}, through work."),
        again="{insurance}.",
    )  # fmt: skip
    act(t, "check_insurance", {"plan": t.facts["insurance"]}, {"accepted": True, "plan": t.facts["insurance"], "copay": 30})
    t.agent("We accept {insurance}. The copay is $30.", "Good news, {insurance} is accepted here, with a $30 copay.")
    t.user("Good.", "Okay, that’s fine.")
    ask(
        t,
        ("When would you like to come in?",),
        ("{new_day_said}, if possible, in the {part}.", "Any time on {new_day_said}. Well, the {part}."),
        again="{new_day_said}, in the {part}.",
    )
    _search(t)
    _choose(t)
    result = {"status": "booked", "appointment_id": t.facts["visit_id"], "start": t.facts["new_iso"]}
    act(t, "book_appointment", {"provider": _provider(t), "start": t.facts["new_iso"], "new_patient": True}, result, task="book the visit")
    _confirm_new(t)


def when_is_it(t: Talk) -> None:
    set_visit(t)
    t.about("The caller asked when the next visit is.", "The agent confirmed {day} at {time} with {doctor}.")
    want(
        t,
        "I lost my card. When is my next appointment?",
        "Can you tell me what time my appointment with {doctor} is?",
        "I just want to check the date of my next visit.",
    )
    identify(t)
    act(t, "list_appointments", {"from": "today"}, {"appointments": [{"id": t.facts["visit_id"], "provider": _provider(t), "start": t.facts["iso"]}]})
    confirm(
        t, ("Your next visit is with {doctor} on {day} at {time}.", "You see {doctor} on {day} at {time}."), ("Your next visit is with {doctor} on {new_day} at {new_time}.",),
        ("Are you sure? My reminder says {weekday}, {said}.", "That can’t be. The text I got says {weekday} at {said}."),
    )  # fmt: skip


def insurance(t: Talk) -> None:
    set_visit(t)
    t.about("The caller asked whether {insurance} is accepted.", "The agent said {insurance} is accepted, with a $25 copay.")
    want(t, "I’m changing jobs. Do you take {insurance}?", "Before I come in, is {insurance} accepted at your clinic?")
    ask(
        t, ("Which plan is it exactly? It says so on the front of the card.", "Do you know the type of plan, HMO or PPO?"),
        ("It says PPO.", "PPO, I believe.", "Let me look. PPO."), again="PPO.", misheard="It says people",
    )  # fmt: skip
    hold(t)
    act(t, "check_insurance", {"plan": f"{t.facts['insurance']} PPO"}, {"accepted": True, "plan": f"{t.facts['insurance']} PPO", "copay": 25})
    confirm(
        t, ("Yes, {insurance} PPO is accepted here. The copay for an office visit is $25.",), ("Yes, {insurance} PPO is accepted here. The copay for an office visit is $10.",),
        ("My card says $25 for an office visit.", "Ten? It’s printed on the card, twenty-five dollars."),
    )  # fmt: skip


def running_late(t: Talk) -> None:
    set_visit(t)
    late = t.story.choice(("ten", "fifteen", "twenty"))
    t.facts |= {"late": late, "late_cap": late.capitalize(), "late_wrong": "thirty"}
    t.about("The caller is running {late} minutes late for a visit today.", "The clinic was told that the caller will be {late} minutes late.")
    want(t, "I have an appointment in half an hour, and I’m stuck in traffic.", "I’m on my way but I’ll be late for {doctor}.")
    identify(t)
    ask(
        t,
        ("How late do you think you will be?", "About how many minutes late will you be?"),
        ("Maybe {late} minutes.", "{late_cap} minutes, I’d say."),
        again="{late_cap} minutes.",
    )
    minutes = {"ten": 10, "fifteen": 15, "twenty": 20}[late]
    act(t, "notify_front_desk", {"provider": _provider(t), "minutes_late": minutes}, {"status": "sent", "can_still_be_seen": True}, task="reach the front desk")
    confirm(
        t, ("I told the front desk you will be {late} minutes late. {doctor} can still see you.",),
        ("I told the front desk you will be {late_wrong} minutes late. {doctor} can still see you.",),
        ("No, I said {late}, not {late_wrong}.", "Not {late_wrong}. {late_cap} minutes."),
    )  # fmt: skip


def _search(t: Talk) -> None:
    hold(t)
    slots = sorted((t.facts["new_iso"][-5:], t.facts["alt_iso"][-5:]))
    result: dict[str, object] = {"date": t.facts["new_date"], "slots": slots}
    if t.maybe(0.07):
        result["elsewhere"] = [
            {"location": place, "provider": _provider(t), "room": f"{floor}{room:02d}", "start": f"{t.facts['new_date']}T{clock(540 + 15 * room)}", "visit_type": "office", "open": True}
            for floor, place in enumerate(("Northlake East", "Northlake Harbor Street"), start=1) for room in range(1, 13)
        ]  # fmt: skip
    act(t, "search_slots", {"provider": _provider(t), "from": f"{t.facts['new_date']}T{'13:00' if t.facts['part'] == 'afternoon' else '08:00'}"}, result)


def _choose(t: Talk) -> None:
    first, second = sorted(("new", "alt"), key=lambda prefix: t.facts[f"{prefix}_iso"])
    t.facts |= {"slot_a": t.facts[f"{first}_time"], "slot_b": t.facts[f"{second}_time"]}
    ask(
        t, ("I have {new_day} at {slot_a} or {slot_b}. Which one would you like?", "On {new_day} there is {slot_a} and {slot_b}. Which is better for you?"),
        ("{new_Said} is great.", "{new_Said}, please.", "I’ll take {new_said}.", "Let’s do {new_said}."), again="{new_Said}.",
    )  # fmt: skip


def _confirm_new(t: Talk, worse: tuple[str, ...] = ()) -> None:
    confirm(
        t, ("You are all set for {new_day} at {new_time} with {doctor}.", "Done. {doctor} will see you on {new_day} at {new_time}."),
        ("You are all set for {new_day} at {alt_time} with {doctor}.", "Done. {doctor} will see you on {new_day} at {alt_time}."),
        ("No, I said {new_said}.", "Wait, {alt_said}? I asked for {new_said}.", "Not {alt_said}. {new_Said}."), worse=worse,
    )  # fmt: skip


def _provider(t: Talk) -> str:
    return t.facts["doctor"].removeprefix("Dr. ").lower()


_FULL = (ASK, HEAR, IDENTIFY, ACT, CHANGE, CONFIRM, SIDE)
_READ = (ASK, HEAR, IDENTIFY, ACT, CONFIRM, SIDE)
SCENARIOS = (
    Scenario("reschedule", "northlake", ("in",), reschedule, _FULL, 2.6),
    Scenario("cancel", "northlake", ("in",), cancel, _FULL, 1.2),
    Scenario("book", "northlake", ("in",), book, _FULL, 2.2),
    Scenario("book_new_patient", "northlake", ("in",), book_new_patient, _FULL, 1.0, kind="alone"),
    Scenario("when_is_it", "northlake", ("in",), when_is_it, _READ, 1.0, kind="alone"),
    Scenario("insurance", "northlake", ("in",), insurance, (ASK, HEAR, ACT, CONFIRM, SIDE), 0.5),
    Scenario("running_late", "northlake", ("in",), running_late, _FULL, 0.5, kind="alone", can_return=False),
)
