"""Lakeside After Hours in English: a family practice's line for nights and weekends."""

from sessions_app.demo.acting import act
from sessions_app.demo.asking import ask, hold, want
from sessions_app.demo.confirming import confirm
from sessions_app.demo.ending import transfer
from sessions_app.demo.facts import set_visit
from sessions_app.demo.flaws import ACT, ASK, CHANGE, CONFIRM, HEAR, IDENTIFY, SIDE
from sessions_app.demo.identity import identify
from sessions_app.demo.scenarios.scenario import Scenario
from sessions_app.demo.talk import Talk

# What it is, since when, how soon the nurse calls, and what the recognizer makes of the when.
_SYMPTOMS = (
    ("a fever", "yesterday evening", "thirty minutes", "yesterday at seven"), ("a bad cough", "three days ago", "two hours", "free days ago"),
    ("an earache", "this afternoon", "one hour", "this after noon bell"), ("a rash", "this morning", "two hours", "this warning"),
    ("a sore throat", "two days ago", "two hours", "to days a go"), ("back pain", "last night", "one hour", "last flight"),
)  # fmt: skip


def nurse(t: Talk) -> None:
    _symptom(t)
    t.about("The caller has {symptom} and wanted to talk to a nurse.", "A message was left for the nurse, who calls back within {within}.")
    want(
        t,
        "I’d like to talk to a nurse. I’ve got {symptom}.",
        "I have {symptom} and I’m not sure if I should come in.",
        "Can a nurse call me? It’s about {symptom}.",
    )
    identify(t)
    ask(
        t, ("Since when have you had {symptom}?", "When did it start?"), ("It started {since}.", "That was {since}.", "{since_cap}."),
        again="It started {since}.", misheard="It started {since_heard}",
    )  # fmt: skip
    ask(t, ("Do you have trouble breathing, chest pain, or a very high fever?",), ("No, nothing like that.", "No, none of those."), again="No, none of those.")
    ask(
        t,
        ("Can the nurse reach you at the number you are calling from, ending in {phone_end_said}?",),
        ("Yes, that’s the one.", "Yes.", "Yes, on this phone."),
        again="Yes, on this number.",
    )
    request = {"to": "on_call_nurse", "phone": t.facts["phone"], "symptom": t.facts["symptom"], "since": t.facts["since"]}
    act(t, "create_message", request, {"message_id": t.facts["message"], "callback_within": t.facts["within"]}, task="leave the message")
    confirm(
        t, ("The nurse has your message and will call you within {within}. If it gets worse, please dial 911.",),
        ("Your message is saved. The nurse will call you on {new_weekday}.", "The nurse has your message about {other_symptom} and will call you within {within}."),
        ("No, wait. It’s about {symptom}, and I need the call today.", "That’s not right. I have {symptom} and I need to talk to her today."),
    )  # fmt: skip


def cancel_visit(t: Talk) -> None:
    _symptom(t)
    t.about("The caller wanted to cancel a visit on {day}.", "The visit on {day} at {time} was canceled.")
    want(t, "I can’t come on {weekday}, I need to cancel.", "I want to cancel my appointment before you open.", "Can I cancel a visit with you at this hour?")
    identify(t)
    ask(t, ("I see {doctor} on {day} at {time}. Do you want to cancel that one?",), ("Yes, that one.", "Yes, please."), again="Yes, the one on {weekday}.")
    act(t, "cancel_appointment", {"appointment_id": t.facts["visit_id"]}, {"status": "canceled"}, task="cancel the visit")
    confirm(
        t, ("Your visit on {day} at {time} is canceled.",), ("Your visit on {new_day} at {time} is canceled.",),
        ("No, not that one. It’s the one on {day}.", "Hold on. I can’t come on {day}. That’s the one to cancel."),
    )  # fmt: skip


def opening(t: Talk) -> None:
    _symptom(t)
    t.about("The caller asked where to go while the office is closed.", "The agent named the urgent care on {street}, open until {until}.")
    want(
        t,
        "Is there anywhere open right now that I can go to?",
        "Where is the nearest urgent care?",
        "I need someone to look at {symptom} tonight. Who is open?",
    )
    ask(
        t,
        ("Which part of town are you in?", "Where are you now, north or south of the river?"),
        ("I’m on the {side} side.", "{side_cap} side."),
        again="The {side} side.",
        misheard="The mouth side",
    )
    hold(t)
    act(t, "find_urgent_care", {"area": t.facts["side"]}, {"name": "Lakeside Urgent Care", "street": t.facts["street"], "open_until": t.facts["until"]})
    confirm(
        t, ("Lakeside Urgent Care on {street} is open until {until}. You don’t need an appointment.",), ("Nothing is open right now. Please go in the morning.", "Lakeside Urgent Care on {street} is open until {wrong_until}. You don’t need an appointment."),
        ("The sign says {until}. I drove past an hour ago.", "But there’s one on {street}, open until {until}. I just need to be sure."),
    )  # fmt: skip


def on_call(t: Talk) -> None:
    _symptom(t)
    t.about("The caller was worried about {symptom} and needed someone right away.", "The caller was connected to the on-call nurse.")
    want(t, "I need to talk to someone now. I have {symptom} and it’s getting worse.", "It’s urgent. It’s about {symptom}, it started {since}.")
    identify(t)
    ask(t, ("Are you having trouble breathing or chest pain right now?",), ("No, but I’m worried.", "No, not that."), again="No, not that.")
    hold(t)
    act(t, "on_call_schedule", {"role": "nurse"}, {"on_call": True, "line": "nurse"})
    t.done = True
    transfer(t)


def pharmacy(t: Talk) -> None:
    _symptom(t)
    t.about("The caller ran out of {medicine} while the office is closed.", "A message was left for the doctor on call, who answers by {by}.")
    want(t, "I ran out of my {medicine} and the office is closed.", "My {medicine} is finished. Can anybody renew it tonight?")
    identify(t)
    ask(t, ("When did you take the last one?",), ("{last_taken_cap}.", "I took it {last_taken}."), again="{last_taken_cap}.")
    ask(
        t, ("Which pharmacy should it go to?",), ("Harbor Pharmacy on {street}.", "The one on {street}, Harbor Pharmacy."), again="Harbor Pharmacy on {street}."
    )
    request = {"to": "on_call_doctor", "phone": t.facts["phone"], "medicine": t.facts["medicine"]}
    act(t, "create_message", request, {"message_id": t.facts["message"], "answer_by": t.facts["by"]}, task="leave the message")
    confirm(
        t, ("The doctor on call has your request for {medicine} and will answer by {by}.",), ("Your {medicine} is at the pharmacy now. You can pick it up.", "The doctor on call has your request for {other_medicine} and will answer by {by}."),
        ("No, {medicine}. And nobody has approved it yet, right?", "I asked for {medicine}, and a doctor has to look at it first."),
    )  # fmt: skip


def _symptom(t: Talk) -> None:
    set_visit(t)
    luck = t.story
    (symptom, since, within, heard), (other, _, _, _) = luck.sample(_SYMPTOMS, 2)
    medicine, other_medicine = luck.sample(("lisinopril", "metformin", "losartan", "omeprazole"), 2)
    side, (until, wrong_until) = luck.choice(("north", "south")), luck.choice((("11 PM", "6 AM"), ("midnight", "9 PM"), ("2 AM", "10 PM")))
    t.facts |= {
        "symptom": symptom, "since_heard": heard, "since_cap": since.capitalize(), "other_symptom": other, "since": since, "within": within,
        "message": f"m_{luck.randrange(10000, 99999)}", "side": side, "side_cap": side.capitalize(), "street": luck.choice(("Mill Road", "Elm Avenue", "Harbor Street")),
        "until": until, "wrong_until": wrong_until, "medicine": medicine,
        "other_medicine": other_medicine, "last_taken": (taken := luck.choice(("this morning", "yesterday"))), "last_taken_cap": taken.capitalize(), "by": luck.choice(("10 AM tomorrow", "noon tomorrow")),
    }  # fmt: skip


_FULL = (ASK, HEAR, IDENTIFY, ACT, CHANGE, CONFIRM, SIDE)
SCENARIOS = (
    Scenario("nurse", "lakeside", ("night",), nurse, _FULL, 2.2),
    Scenario("cancel_visit", "lakeside", ("night",), cancel_visit, _FULL, 1.0),
    Scenario("opening", "lakeside", ("night",), opening, (ASK, HEAR, ACT, CONFIRM, SIDE), 1.0),
    Scenario("on_call", "lakeside", ("night",), on_call, (ASK, HEAR, IDENTIFY, ACT), 0.6, ends="transfer"),
    Scenario("pharmacy", "lakeside", ("night",), pharmacy, _FULL, 0.9),
)
