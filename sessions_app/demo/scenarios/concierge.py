"""Web Concierge, chats on a hospital's site: hours, ways, departments, records, volunteering."""

from sessions_app.demo.acting import act
from sessions_app.demo.asking import ask, want
from sessions_app.demo.confirming import confirm
from sessions_app.demo.dates import plain
from sessions_app.demo.facts import set_visit
from sessions_app.demo.flaws import ACT, ASK, CHANGE, CONFIRM, SIDE
from sessions_app.demo.scenarios.scenario import Scenario
from sessions_app.demo.talk import Talk

# Department, floor, telephone extension, visiting hours, another department nearby.
_DEPARTMENTS = (
    ("Cardiology", "3 East", "10 AM to 8 PM", "Neurology"), ("Maternity", "5 West", "9 AM to 9 PM", "Pediatrics"), ("Orthopedics", "2 North", "11 AM to 7 PM", "Radiology"),
    ("Pediatrics", "4 West", "9 AM to 8 PM", "Maternity"), ("Intensive Care", "6 East", "noon to 6 PM", "Surgery"), ("Oncology", "3 North", "10 AM to 7 PM", "Cardiology"),
    ("Neurology", "4 East", "11 AM to 8 PM", "Orthopedics"),
)  # fmt: skip
_HOURS = ("8 AM to 4 PM", "10 AM to 2 PM", "1 PM to 3 PM")
_LOTS = (
    ("Garage A", "Elm Street", "$4 for the first two hours"),
    ("Garage B", "Fifth Avenue", "$6 for the day"),
    ("Lot C", "River Road", "free for the first hour"),
)
_RELATIVES = ("my mother", "my dad", "my sister", "my wife", "my grandfather", "a friend", "my son")


def visiting(t: Talk) -> None:
    _department(t)
    t.about("The visitor asked for the visiting hours of {department}.", "The agent gave the hours: {hours}.")
    want(
        t, "When can I visit {relative}?", "What are visiting hours?", "Visiting hours please, I want to see {relative}.", "Can I come see {relative} tonight?"
    )
    ask(
        t,
        ("Which department is it?", "Sure. Do you know the department or floor?"),
        ("{department}.", "I think {department}.", "{department}, {floor}."),
        again="{department}.",
    )
    _look_up(t)
    confirm(
        t, ("Visiting hours in {department} are {hours}, every day. It’s on {floor}.",), ("Visiting hours in {department} are {wrong_hours}, every day. It’s on {floor}.",),
        ("That’s not what the sign on {floor} says. It says {hours}.", "Hmm, no. Your page for {department} says {hours}."),
    )  # fmt: skip


def directions(t: Talk) -> None:
    _department(t)
    t.about("The visitor asked where to park for {department}.", "The agent named {lot} on {street}, {price}.")
    want(t, "Where do I park?", "What’s the best place to park?", "I’m driving in on {weekday}, where should I leave the car?")
    ask(
        t,
        ("Which department are you going to? The entrances are on different streets.",),
        ("{department}.", "{department}, for {relative}."),
        again="{department}.",
    )
    act(
        t,
        "find_parking",
        {"department": t.facts["department"]},
        {"lot": t.facts["lot"], "street": t.facts["street"], "price": t.facts["price"], "entrance": t.facts["floor"]},
    )
    confirm(
        t, ("{lot} on {street} is closest to {department}. It is {price}.",), ("{wrong_lot} is closest to {department}. It is free all day.",),
        ("The map on your site shows {lot} next to {department}.", "Are you sure? Your own map says {lot}."),
    )  # fmt: skip


def find_doctor(t: Talk) -> None:
    _department(t)
    t.about("The visitor was looking for {doctor}.", "The agent said {doctor} works in {department} on {floor} and sent the link for a visit.")
    want(t, "I’m looking for {doctor}.", "Does {doctor} work at your hospital?", "How do I get an appointment with {doctor}?")
    ask(
        t,
        ("Are you a new patient of {doctor}, or have you been here before?",),
        ("New patient.", "I’ve been there before.", "First time."),
        again="New patient, like I wrote.",
    )
    _search_doctor(t)
    confirm(
        t, ("{doctor} works in {department} on {floor}. I put the link for booking below.",), ("{doctor} works in {wrong_department}. I put the link for booking below.",),
        ("That link goes to {wrong_department}. {doctor} is in {department}, it’s in my letter.", "No, my referral says {department}."),
    )  # fmt: skip


def records(t: Talk) -> None:
    _department(t)
    t.about("The visitor asked for medical records from {department}.", "A records request was opened; the answer comes by e-mail within ten days.")
    want(t, "How do I get a copy of my records?", "I need my medical records for a new doctor.", "Can you send me my test results?")
    ask(t, ("Which department treated you?",), ("{department}.", "It was {department}."), again="{department}.")
    ask(t, ("Which e-mail address should the secure form go to?",), ("{email}", "{email} please"), again="{email}")
    act(
        t,
        "open_records_request",
        {"department": t.facts["department"], "email": t.facts["email"]},
        {"request": t.facts["request"], "days": 10},
        task="open the request",
    )
    confirm(
        t, ("I opened request {request}. The form goes to {email}, and the copy follows within ten days.",),
        ("I opened request {request}. The form goes to {wrong_email}, and the copy follows within ten days.", "Your records were sent to {email} just now."),
        ("That’s wrong. I gave you {email}, for the form.", "No, look again at what I typed. {email}, and you said a form first."),
    )  # fmt: skip


def prepare(t: Talk) -> None:
    _department(t)
    t.about("The visitor asked how to prepare for {test}.", "The agent said: {rule}.")
    want(t, "Do I have to fast before {test}?", "I have {test} on {weekday}. Can I eat before?", "What do I need to do before {test}?")
    ask(
        t,
        ("Is it in the morning or in the afternoon?", "At what time is it?"),
        ("In the morning.", "morning", "It’s at 8 in the morning."),
        again="In the morning.",
    )
    act(t, "preparation_sheet", {"test": t.facts["test"], "time": "morning"}, {"test": t.facts["test"], "rule": t.facts["rule"], "source": "patient leaflet"})
    confirm(
        t, ("For {test} in the morning: {rule}.",), ("For {test} in the morning: {wrong_rule}.",),
        ("My letter says something else: {rule}.", "That can’t be right. The leaflet says: {rule}."),
    )  # fmt: skip


def volunteer(t: Talk) -> None:
    _department(t)
    t.about("The visitor asked about volunteering in {department}.", "The application link was sent to {email}.")
    want(t, "How can I volunteer?", "My daughter is 17, can she volunteer at the hospital?", "Are you looking for volunteers?")
    ask(t, ("Volunteers start at 16. Which department are you interested in?",), ("{department}.", "Maybe {department}?"), again="{department}.")
    ask(t, ("Which e-mail address may I send the application link to?",), ("{email}",), again="{email}")
    act(t, "send_application_link", {"department": t.facts["department"], "email": t.facts["email"]}, {"status": "sent"}, task="send the link")
    confirm(
        t, ("I sent the link to {email}. The next information evening is on {new_day} at 6 PM.",), ("I sent the link to {wrong_email}. The next information evening is on {new_day} at 6 PM.",),
        ("That address is wrong. It’s {email}.", "No, {email}. You left something out."),
    )  # fmt: skip


def _department(t: Talk) -> None:
    set_visit(t)
    luck = t.story
    name, floor, hours, wrong = luck.choice(_DEPARTMENTS)
    (lot, street, price), (wrong_lot, _, _) = luck.sample(_LOTS, 2)
    test, rule, wrong_rule = luck.choice((
        ("a fasting blood test", "nothing to eat for ten hours, water is fine", "eat normally before you come"),
        ("an abdominal ultrasound", "nothing to eat for six hours, water is fine", "drink a glass of milk before you come"),
        ("a glucose test", "nothing to eat or drink but water for eight hours", "a light breakfast is fine"),
    ))  # fmt: skip
    box = f"{plain(t.caller.first)}.{plain(t.caller.last)}"
    t.facts |= {
        "department": name, "floor": floor, "hours": hours, "wrong_hours": luck.choice(_HOURS), "wrong_department": wrong, "relative": luck.choice(_RELATIVES),
        "lot": lot, "street": street, "price": price, "wrong_lot": wrong_lot, "test": test, "rule": rule, "wrong_rule": wrong_rule,
        "email": f"{box}@example.com", "wrong_email": f"{box[:-1]}@example.com", "request": f"R-{luck.randrange(10000, 99999)}",
    }  # fmt: skip


def _look_up(t: Talk) -> None:
    result: dict[str, object] = {"department": t.facts["department"], "floor": t.facts["floor"], "visiting": t.facts["hours"]}
    if t.maybe(0.1):
        result["notices"] = [
            {"ward": f"{t.facts['floor']} {letter}", "masks": "requested", "children": "welcome with an adult", "visitors_at_once": 2, "quiet_time": "13:00-14:00"}
            for letter in "ABCDEFGHIJKLMNOPQR"
        ]  # fmt: skip
    act(t, "find_department", {"query": t.facts["department"].lower()}, result)


def _search_doctor(t: Talk) -> None:
    name = t.facts["doctor"].removeprefix("Dr. ")
    act(t, "find_provider", {"name": name}, {"provider": name, "department": t.facts["department"], "floor": t.facts["floor"], "accepting": True})


_READ = (ASK, ACT, CONFIRM, SIDE)
_FULL = (ASK, ACT, CHANGE, CONFIRM, SIDE)
SCENARIOS = (
    Scenario("visiting", "concierge", ("chat",), visiting, _READ, 2.0),
    Scenario("directions", "concierge", ("chat",), directions, _READ, 1.5),
    Scenario("find_doctor", "concierge", ("chat",), find_doctor, _READ, 1.4),
    Scenario("records", "concierge", ("chat",), records, _FULL, 1.0),
    Scenario("prepare", "concierge", ("chat",), prepare, _READ, 0.8),
    Scenario("volunteer", "concierge", ("chat",), volunteer, _FULL, 0.6),
)
