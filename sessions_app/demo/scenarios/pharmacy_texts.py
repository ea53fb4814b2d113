"""Harbor Pharmacy Refills, text messages: short, slow and to the point."""

from sessions_app.demo.acting import act
from sessions_app.demo.asking import ask, want
from sessions_app.demo.confirming import confirm, more
from sessions_app.demo.flaws import ACT, ASK, CHANGE, CONFIRM, SIDE
from sessions_app.demo.scenarios.greetings import SIDES
from sessions_app.demo.scenarios.pharmacy import set_prescription
from sessions_app.demo.scenarios.scenario import Scenario
from sessions_app.demo.talk import Talk


def text_refill(t: Talk) -> None:
    set_prescription(t)
    t.about("The person asked by text for a refill of {medicine}.", "The refill was ordered for pickup at {store}.")
    want(t, "I need to refill my {medicine}", "Refill please", "Can I get a refill by text?")
    _rx(t)
    act(t, "check_refill", {"rx": t.facts["rx"]}, {"rx": t.facts["rx"], "medicine": t.facts["medicine"], "refills_left": int(t.facts["left"])})
    ask(t, ("That’s {medicine} {strength}, {left} refills left. Pick up at {store}? Reply YES or NO.",), ("YES", "Yes", "Yes please"), again="YES")
    act(t, "order_refill", {"rx": t.facts["rx"], "store": t.facts["store"]}, {"status": "ordered", "ready": t.facts["ready_iso"]}, task="order the refill")
    _ordered(t)


def text_hours(t: Talk) -> None:
    set_prescription(t)
    t.about("The person asked by text until when {store} is open.", "The agent answered: until 9 PM on weekdays, 6 PM on weekends.")
    want(t, "How late are you open today?", "What are your hours?", "When do you close")
    ask(t, ("Which store do you use: Front Street, Mill Road, Harbor Point or Elm Avenue?",), ("{store}", "The {store} one"), again="{store}")
    act(t, "store_hours", {"store": t.facts["store"]}, {"store": t.facts["store"], "weekdays": "08:00-21:00", "weekend": "09:00-18:00"})
    confirm(
        t, ("{store} is open 8 AM to 9 PM on weekdays and 9 AM to 6 PM on weekends.",), ("{store} is open 24 hours.", "{store} closes at 5 PM every day."),
        ("That’s not what the sign on the door says", "Pretty sure that’s wrong, I was there at 8:30 last Tuesday night"),
    )  # fmt: skip


def text_due(t: Talk) -> None:
    set_prescription(t)
    t.about("The pharmacy texted that {medicine} is due for a refill.", "The person said yes and the refill was ordered at {store}.")
    ask(
        t, ("Harbor Pharmacy: {first}, your {medicine} {strength} is due for a refill. Reply YES to order it at {store}, NO to skip, STOP to opt out.",),
        ("YES", "Yes", "Yes please"), again="YES",
    )  # fmt: skip
    act(t, "order_refill", {"rx": t.facts["rx"], "store": t.facts["store"]}, {"status": "ordered", "ready": t.facts["ready_iso"]}, task="order the refill")
    _ordered(t)
    more(t, SIDES["harbor", "en"], last=True)


def text_ready(t: Talk) -> None:
    set_prescription(t)
    t.about("The pharmacy texted that {medicine} is ready.", "The person was told where to pick it up: {store}.")
    t.agent("Harbor Pharmacy: {first}, your {medicine} is ready. The copay is {copay}. Reply HELP for questions, STOP to opt out.")
    t.user("HELP", "Which store?", "Where do I pick it up")
    ask(t, ("Sure. Is this about the pickup place, the price, or something else?",), ("Pickup place", "Which store it’s at"), again="Pickup place")
    act(t, "check_refill", {"rx": t.facts["rx"]}, {"rx": t.facts["rx"], "status": "ready", "store": t.facts["store"], "copay": t.facts["copay"]})
    confirm(
        t, ("It’s at {store}, open until 9 PM on weekdays. We keep it for ten days.",), ("It’s at {other_store}, open until 9 PM on weekdays.",),
        ("I never use {other_store}. Last text said {store}", "No, it should be {store}"),
    )  # fmt: skip
    more(t, SIDES["harbor", "en"], last=True)


def _rx(t: Talk) -> None:
    ask(
        t,
        ("What is the prescription number? It’s on the label, six digits.", "Please send the six-digit prescription number."),
        ("{rx}", "It’s {rx}"),
        again="{rx}",
    )


def _ordered(t: Talk) -> None:
    confirm(
        t, ("Ordered. Your {medicine} is ready {ready_when} after 2 PM at {store}.",),
        ("Ordered. Your {other_medicine} is ready {ready_when} after 2 PM at {store}.", "Ordered. Your {medicine} is ready {ready_when} after 2 PM at {other_store}."),
        ("No, {medicine} at {store}", "Wrong. {medicine_cap}, {store}"),
    )  # fmt: skip


_MOMENTS = (ASK, ACT, CHANGE, CONFIRM, SIDE)
SCENARIOS = (
    Scenario("text_refill", "harbor", ("sms",), text_refill, _MOMENTS, 2.0),
    Scenario("text_hours", "harbor", ("sms",), text_hours, (ASK, ACT, CONFIRM, SIDE), 1.0),
    Scenario("text_due", "harbor", ("sms_out",), text_due, _MOMENTS, 2.0, can_return=False),
    Scenario("text_ready", "harbor", ("sms_out",), text_ready, (ASK, ACT, CONFIRM, SIDE), 1.0, can_return=False),
)
