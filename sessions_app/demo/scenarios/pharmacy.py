"""Harbor Pharmacy Refills, calls: refills, pickups, transfers between stores and deliveries."""

from datetime import timedelta

from sessions_app.demo.acting import act
from sessions_app.demo.asking import ask, hold, want
from sessions_app.demo.confirming import confirm
from sessions_app.demo.dates import spelled
from sessions_app.demo.facts import put_day, story_day
from sessions_app.demo.flaws import ACT, ASK, CHANGE, CONFIRM, HEAR, IDENTIFY, SIDE
from sessions_app.demo.identity import identify
from sessions_app.demo.scenarios.scenario import Scenario
from sessions_app.demo.talk import Talk

# A medicine, its strength, and what the recognizer makes of the name.
MEDICINES = (
    ("lisinopril", "10 mg", "listen a pill"), ("metformin", "500 mg", "met for men"), ("atorvastatin", "20 mg", "a tour of a statin"),
    ("levothyroxine", "50 mcg", "leave oh thyroxine"), ("amlodipine", "5 mg", "am low dip in"), ("omeprazole", "20 mg", "oh me prazole"),
    ("albuterol", "90 mcg", "all beautiful"), ("sertraline", "50 mg", "certain line"), ("losartan", "50 mg", "low sardine"),
)  # fmt: skip
_STORES = ("Front Street", "Mill Road", "Harbor Point", "Elm Avenue")


def refill(t: Talk) -> None:
    set_prescription(t)
    t.about("The caller wanted to refill {medicine}.", "The refill was ordered and will be ready {ready_when} at {store}.")
    want(t, "I need a refill of my {medicine}.", "I’m almost out of {medicine}. Can you refill it?", "I’d like to refill a prescription.")
    identify(t)
    _which(t)
    act(
        t,
        "check_refill",
        {"rx": t.facts["rx"]},
        {"rx": t.facts["rx"], "medicine": t.facts["medicine"], "strength": t.facts["strength"], "refills_left": int(t.facts["left"])},
    )
    ask(
        t, ("I found {medicine} {strength}, with {left} refills left. Should I send it to the {store} store?", "You have {left} refills left for {medicine} {strength}. Do you want to pick it up at {store}?"),
        ("Yes, please.", "{store} is good.", "Yes, that one.", "Yep, {store}."), again="Yes, {store}.",
    )  # fmt: skip
    act(
        t,
        "order_refill",
        {"rx": t.facts["rx"], "store": t.facts["store"]},
        {"status": "ordered", "ready": t.facts["ready_iso"], "store": t.facts["store"]},
        task="order the refill",
    )
    confirm(
        t, ("Your {medicine} {strength} will be ready {ready_when} after 2 PM at {store}.", "It’s ordered. You can pick up the {medicine} at {store}, {ready_when} after 2 PM."),
        ("Your {medicine} {strength} will be ready {ready_when} after 2 PM at {other_store}.", "Your {other_medicine} will be ready {ready_when} after 2 PM at {store}."),
        ("No, {medicine}, at {store}.", "That’s not right. I need {medicine}, from {store}."),
    )  # fmt: skip


def is_it_ready(t: Talk) -> None:
    set_prescription(t)
    t.about("The caller asked whether {medicine} is ready.", "The agent said it is ready at {store}, with a copay of {copay}.")
    want(t, "Is my prescription ready?", "I got a text about my {medicine}, can I come and get it?", "I’m checking if my {medicine} is ready to pick up.")
    identify(t)
    _which(t)
    result = {"rx": t.facts["rx"], "status": "ready", "store": t.facts["store"], "copay": t.facts["copay"]}
    act(t, "check_refill", {"rx": t.facts["rx"]}, result)
    confirm(
        t, ("Yes, your {medicine} is ready at {store}. The copay is {copay}.",), ("Your {medicine} is not ready yet. Please check again {ready_when}.", "Yes, it’s ready at {other_store}. The copay is {copay}."),
        ("But the text says it’s ready at {store}.", "No, I have the message here. Ready at {store}."),
    )  # fmt: skip


def needs_doctor(t: Talk) -> None:
    set_prescription(t)
    t.about("The caller wanted {medicine}, which has no refills left.", "A renewal request was sent to {doctor}; the answer takes one to two business days.")
    want(t, "I’d like to refill my {medicine}.", "My {medicine} ran out this morning and I need more.")
    identify(t)
    _which(t)
    act(t, "check_refill", {"rx": t.facts["rx"]}, {"rx": t.facts["rx"], "medicine": t.facts["medicine"], "refills_left": 0, "prescriber": t.facts["doctor"]})
    ask(
        t, ("There are no refills left for {medicine}. Should I ask {doctor} for a renewal?", "That one needs a new prescription. Would you like me to send a request to {doctor}?"),
        ("Yes, please do.", "Sure. How long does that take?", "Yes, ask {doctor}."), again="Yes, ask {doctor}.",
    )  # fmt: skip
    act(
        t,
        "request_renewal",
        {"rx": t.facts["rx"], "prescriber": t.facts["doctor"]},
        {"status": "sent", "expected_days": "1-2"},
        task="send the renewal request",
    )
    confirm(
        t, ("I sent the request to {doctor}. It usually takes one to two business days, and you will get a text.",), ("It’s ordered. Your {medicine} will be ready today after 2 PM.",),
        ("You just told me there are no refills left.", "How? You said {doctor} has to approve it."),
    )  # fmt: skip


def move_store(t: Talk) -> None:
    set_prescription(t)
    t.about("The caller wanted to move a prescription from {store} to {other_store}.", "{medicine_cap} was moved to the {other_store} store.")
    want(t, "Can you move my prescription to another store? I’m closer to {other_store} now.", "I want to pick up at {other_store} instead of {store}.")
    identify(t)
    _which(t)
    act(t, "check_refill", {"rx": t.facts["rx"]}, {"rx": t.facts["rx"], "medicine": t.facts["medicine"], "store": t.facts["store"]})
    ask(
        t,
        ("I can move {medicine} {strength} from {store} to {other_store}. Shall I go ahead?",),
        ("Yes, go ahead.", "Please do.", "Yes, {other_store}."),
        again="Yes, to {other_store}.",
    )
    act(
        t,
        "transfer_prescription",
        {"rx": t.facts["rx"], "to": t.facts["other_store"]},
        {"status": "moved", "store": t.facts["other_store"]},
        task="move the prescription",
    )
    confirm(
        t, ("Done. Your {medicine} will be at {other_store} from {ready_weekday} on.",), ("Done. Your {medicine} will be at {third_store} from {ready_weekday} on.",),
        ("No, I want it at {other_store}.", "I said {other_store}, not {third_store}."),
    )  # fmt: skip


def delivery(t: Talk) -> None:
    set_prescription(t)
    t.about("The caller asked where a delivery is.", "The agent said the delivery arrives {ready_when} between 10 AM and 2 PM.")
    want(t, "My delivery hasn’t come. It was supposed to be here yesterday.", "Where is my order? I’m waiting for my {medicine}.")
    identify(t)
    ask(
        t,
        ("Do you have the order number?", "What is the order number, please?"),
        ("It’s {order_said}.", "Yes, {order_said}."),
        again="{order_said_cap}.",
        misheard="{order_heard_cap}",
    )
    hold(t)
    result: dict[str, object] = {"order": t.facts["order"], "status": "in transit", "window": f"{t.facts['ready_date']} 10:00-14:00"}
    if t.maybe(0.1):
        result["events"] = [
            {"at": f"{t.facts['today_date']}T{hour:02d}:{minute:02d}", "stop": f"Depot {hour}", "status": "scanned", "note": "Package sorted and loaded for the next leg"}
            for hour in range(4, 12) for minute in (5, 25, 45)
        ]  # fmt: skip
    act(t, "track_delivery", {"order": t.facts["order"]}, result)
    confirm(
        t, ("It was delayed. It’s on its way now and arrives {ready_when} between 10 AM and 2 PM.",), ("Your order was delivered yesterday at 3 PM.", "It arrives today between 4 and 6 PM."),
        ("No. The tracking page says {ready_when}, between ten and two.", "That doesn’t match the tracking page. It says {ready_when}, ten to two."),
    )  # fmt: skip


def set_prescription(t: Talk) -> None:
    """A medicine, a store and a pickup day."""
    luck = t.story
    (medicine, strength, heard), (other, _, _) = luck.sample(MEDICINES, 2)
    store, other_store, third_store = luck.sample(_STORES, 3)
    rx, order = str(luck.randrange(412000, 498999)), str(luck.randrange(31000, 39999))
    heard_order = f"{order[:-1]}{(int(order[-1]) + 4) % 10}"
    day = story_day(t)
    put_day(t, "today_", day)
    put_day(t, "ready_", day + timedelta(days=2 + luck.randrange(2)))
    t.facts |= {
        "medicine": medicine, "medicine_cap": medicine.capitalize(), "strength": strength, "misheard_medicine": heard.capitalize(), "other_medicine": other,
        "store": store, "other_store": other_store, "third_store": third_store, "rx": rx, "rx_said": spelled(rx), "left": str(luck.randrange(2, 6)), "copay": f"${luck.randrange(4, 38)}.00",
        "order": order, "order_said": spelled(order), "order_said_cap": spelled(order).capitalize(), "order_heard_cap": spelled(heard_order).capitalize(),
        "doctor": luck.choice(("Dr. Okafor", "Dr. Kaur", "Dr. Moreau", "Dr. Petrov")),
    }  # fmt: skip
    t.facts["ready_when"] = f"on {t.facts['ready_weekday']}"


def _which(t: Talk) -> None:
    if t.has_said(t.facts["medicine"]):
        return
    ask(
        t, ("Which medicine is it for?", "What is the name of the medicine?", "Which prescription is this about?"),
        ("The {medicine}.", "{medicine_cap}, {strength}.", "It’s {medicine}."), again="{medicine_cap}.", misheard="{misheard_medicine}",
    )  # fmt: skip


_FULL = (ASK, HEAR, IDENTIFY, ACT, CHANGE, CONFIRM, SIDE)
SCENARIOS = (
    Scenario("refill", "harbor", ("in",), refill, _FULL, 2.4),
    Scenario("is_it_ready", "harbor", ("in",), is_it_ready, (ASK, HEAR, IDENTIFY, ACT, CONFIRM, SIDE), 1.6),
    Scenario("needs_doctor", "harbor", ("in",), needs_doctor, _FULL, 1.1),
    Scenario("move_store", "harbor", ("in",), move_store, _FULL, 0.9),
    Scenario("delivery", "harbor", ("in",), delivery, (ASK, HEAR, IDENTIFY, ACT, CONFIRM, SIDE), 1.0),
)
