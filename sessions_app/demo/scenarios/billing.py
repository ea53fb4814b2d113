"""Cedar Billing Help, calls and chats: explaining invoices, taking payments, fixing charges."""

from datetime import timedelta

from sessions_app.demo.acting import act
from sessions_app.demo.asking import ask, hold, want
from sessions_app.demo.confirming import confirm
from sessions_app.demo.dates import plain, spelled, words
from sessions_app.demo.facts import put_day, story_day
from sessions_app.demo.flaws import ACT, ASK, CHANGE, CONFIRM, HEAR, IDENTIFY, SIDE
from sessions_app.demo.identity import identify
from sessions_app.demo.scenarios.scenario import Scenario
from sessions_app.demo.talk import Talk

_SERVICES = ("lab tests", "an X-ray", "an office visit", "physical therapy", "an ultrasound", "urgent care")


def explain(t: Talk) -> None:
    _invoice(t)
    t.about("The caller did not understand an invoice of {amount}.", "The agent explained that {share} is left after insurance paid its part.")
    want(
        t,
        "I got a bill for {amount} and I don’t know what it’s for.",
        "Can you explain a charge on my invoice?",
        "Why am I being billed {amount}? I thought insurance covered that.",
    )
    _find(t)
    confirm(
        t, ("It’s for {service} on {service_day}. The charge was {amount}, insurance paid {paid}, and {share} is left for you.",),
        ("It’s for {service} on {service_day}. The full {amount} is yours to pay, insurance paid nothing.", "It’s for {other_service} on {service_day}. You owe {amount}."),
        ("No, my insurance letter says they paid {paid}.", "That’s not right. I have the letter here. Insurance paid {paid}."), thanks=("Okay, that makes sense. Thank you.", "I see. Thanks for explaining.", "All right, thank you."),
    )  # fmt: skip


def pay(t: Talk) -> None:
    _invoice(t)
    t.about("The caller wanted to pay an invoice of {share}.", "A payment link for {share} was sent to {email}.")
    want(t, "I’d like to pay my bill.", "I want to pay an invoice, can I do that with you?", "I have a bill for {share} and want to get it out of the way.")
    _find(t)
    ask(
        t, ("The open amount is {share}. I can send a secure payment link. Which e-mail address should I use?", "You owe {share}. Where should I send the payment link?"),
        ("{email_said}.", "Use {email_said}."), again="{email_said}.", misheard="{email_heard}",
    )  # fmt: skip
    act(
        t,
        "send_payment_link",
        {"invoice": t.facts["invoice"], "email": t.facts["email"], "amount": t.facts["share"]},
        {"status": "sent", "expires_hours": 48},
        task="send the payment link",
    )
    confirm(
        t, ("I sent the link for {share} to {email}. It’s valid for 48 hours.",), ("I sent the link for {amount} to {email}. It’s valid for 48 hours.",),
        ("No, the open amount is {share}, not {amount}.", "Wait, {amount}? You just said {share}."),
    )  # fmt: skip


def payment_plan(t: Talk) -> None:
    _invoice(t)
    t.about("The caller could not pay {share} at once.", "A plan of {months} monthly payments of {rate} was set up.")
    want(t, "I can’t pay this bill all at once. Can I split it?", "Is there a payment plan? {share} is a lot for me right now.")
    _find(t)
    ask(
        t, ("The open amount is {share}. I can split it over three, six or twelve months. Which one suits you?",),
        ("{months_cap} months, please.", "I’d say {months} months."), again="{months_cap} months.", misheard="Sixteen months",
    )  # fmt: skip
    request = {"invoice": t.facts["invoice"], "months": int(t.facts["months_number"])}
    act(t, "create_payment_plan", request, {"status": "active", "monthly": t.facts["rate"], "first_payment": t.facts["due_date"]}, task="set up the plan")
    confirm(
        t, ("Your plan is set up: {months} payments of {rate}, the first on {due_day}. There is no interest.",),
        ("Your plan is set up: {wrong_months} payments of {wrong_rate}, the first on {due_day}.",), ("I said {months} months, not {wrong_months}.", "No. {months_cap} months."),
    )  # fmt: skip


def insurance_missing(t: Talk) -> None:
    _invoice(t)
    t.about("The caller was billed although insured.", "The claim for invoice {invoice} was sent to {insurer} again and the bill is on hold.")
    want(t, "You billed me, but I have insurance. It looks like you never sent it to them.", "This bill should go to my insurance, not to me.")
    _find(t)
    ask(
        t,
        ("I see no insurance on this invoice. Who are you insured with?", "There is no insurer on file. Which one is it?"),
        ("{insurer}.", "It’s {insurer}."),
        again="{insurer}.",
    )
    ask(t, ("And the member number on your card?",), ("{member_said}.", "It’s {member_said}."), again="{member_said_cap}.", misheard="{member_heard_cap}")
    request = {"invoice": t.facts["invoice"], "insurer": t.facts["insurer"], "member": t.facts["member"]}
    act(t, "resubmit_claim", request, {"status": "submitted", "hold_days": 30}, task="send the claim again")
    confirm(
        t, ("I sent the claim to {insurer} again. Your bill is on hold for 30 days, you don’t need to pay now.",), ("I sent the claim again. Please pay the {amount} within ten days in the meantime.",),
        ("Why would I pay while the claim is open? Your letter says it’s on hold.", "No, the letter says the bill is put on hold."),
    )  # fmt: skip


def charged_twice(t: Talk) -> None:
    _invoice(t)
    t.about("The caller was charged {share} twice.", "A refund of {share} was requested and takes five to seven business days.")
    want(t, "You charged my card twice.", "There are two payments of {share} on my statement, and I only owe one.")
    _find(t)
    result = {"payments": [{"amount": t.facts["share"], "date": t.facts["pay_date"]}, {"amount": t.facts["share"], "date": t.facts["pay_date"]}]}
    act(t, "list_payments", {"invoice": t.facts["invoice"]}, result)
    ask(
        t,
        ("I see two payments of {share} on {pay_day}. Should the second one go back to your card?",),
        ("Yes, please.", "Of course, to the same card."),
        again="Yes, to the same card.",
    )
    act(t, "request_refund", {"invoice": t.facts["invoice"], "amount": t.facts["share"]}, {"status": "requested", "days": "5-7"}, task="request the refund")
    confirm(
        t, ("The refund of {share} is requested. It takes five to seven business days.",), ("I see only one payment, so there is nothing to refund.", "The refund of {wrong_rate} is requested. It takes five to seven business days."),
        ("No, it has to be {share}.", "You just said there were two, {share} each."),
    )  # fmt: skip


def late_fee(t: Talk) -> None:
    _invoice(t)
    t.about("The caller asked about a late fee of $25.", "The late fee of $25 was removed.")
    want(t, "There’s a late fee on my bill, and I paid on time.", "Why is there a $25 late fee? My payment was early.")
    _find(t)
    ask(
        t,
        ("I see the fee. On which day did you pay?", "When did you make the payment?"),
        ("On {pay_day_said}.", "{pay_day_said}, online."),
        again="On {pay_day_said}.",
    )
    act(
        t,
        "list_payments",
        {"invoice": t.facts["invoice"]},
        {"payments": [{"amount": t.facts["share"], "date": t.facts["pay_date"]}], "due": t.facts["limit_date"]},
    )
    act(t, "waive_fee", {"invoice": t.facts["invoice"], "fee": "$25.00"}, {"status": "waived", "balance": "$0.00"}, task="remove the fee")
    confirm(
        t, ("You paid before the due date, so I removed the $25 fee. Your balance is zero.",), ("You paid before the due date, so I removed the $25 fee. Your balance is {share}.",),
        ("No, {share} is what I already paid. It should be zero.", "How can it be {share}? I paid that."),
    )  # fmt: skip


def _find(t: Talk) -> None:
    identify(t, tool="find_account", label="account_id")
    ask(
        t,
        ("What is the invoice number? It’s at the top right.", "Do you have the invoice number?"),
        ("{invoice_said}.", "Yes, {invoice_said}."),
        again="{invoice_said_cap}.",
        misheard="{invoice_heard_cap}",
    )
    hold(t)
    result: dict[str, object] = {
        "invoice": t.facts["invoice"],
        "charge": t.facts["amount"],
        "insurance_paid": t.facts["paid"],
        "balance": t.facts["share"],
        "service": t.facts["service"],
    }
    if t.maybe(0.08):
        result["lines"] = [
            {"code": f"9{9200 + number}", "service_date": t.facts["service_date"], "description": "Line item, see the statement of benefits", "units": 1 + number % 3, "allowed": f"${12 + number}.10"}
            for number in range(18)
        ]  # fmt: skip
    act(t, "lookup_invoice", {"invoice": t.facts["invoice"]}, result)


def _invoice(t: Talk) -> None:
    luck = t.story
    share, paid = luck.randrange(4500, 42000) // 20 * 20, luck.randrange(9000, 90000) // 20 * 20
    months, other = luck.sample((3, 6, 12), 2)
    invoice = str(luck.randrange(60000, 89999))
    t.facts |= _numbers(t, "invoice", invoice, f"{(int(invoice[0]) + 3) % 10}{invoice[1:]}")
    member = str(luck.randrange(7000000, 7999999))
    t.facts |= _numbers(
        t, "member", member, f"{member[:-2]}{member[-1]}{member[-2]}" if member[-1] != member[-2] else f"{member[:-1]}{(int(member[-1]) + 1) % 10}"
    )
    service, other_service = luck.sample(_SERVICES, 2)
    box = f"{plain(t.caller.first)}.{plain(t.caller.last)}"
    spoken = t.channel == "voice"
    t.facts |= {
        "share": _money(share), "paid": _money(paid), "amount": _money(share + paid), "months": words(months), "months_number": str(months), "months_cap": words(months).capitalize(),
        "wrong_months": words(other), "rate": _money(share / months), "wrong_rate": _money(share / other), "service": service, "other_service": other_service,
        "insurer": luck.choice(("Blue Harbor", "Unity Care", "Great Plains Health", "Meridian Choice")), "email": f"{box}@example.com",
        "email_said": f"{box.replace('.', ' dot ')} at example dot com" if spoken else f"{box}@example.com", "email_heard": f"{t.caller.first.lower()} dog {t.caller.misheard_last.lower()} at example",
    }  # fmt: skip
    today = story_day(t)
    put_day(t, "service_", today - timedelta(days=30 + luck.randrange(25)))
    paid_on = today - timedelta(days=8 + luck.randrange(6))
    put_day(t, "pay_", paid_on)
    put_day(t, "limit_", paid_on + timedelta(days=3))
    put_day(t, "due_", today + timedelta(days=10 + luck.randrange(15)))


def _numbers(t: Talk, name: str, number: str, heard: str) -> dict[str, str]:
    said = spelled(number) if t.channel == "voice" else number
    heard = spelled(heard) if t.channel == "voice" else heard
    return {name: number, f"{name}_said": said, f"{name}_said_cap": said.capitalize(), f"{name}_heard_cap": heard.capitalize()}


def _money(cents: float) -> str:
    return f"${round(cents) / 100:,.2f}"


_FULL = (ASK, HEAR, IDENTIFY, ACT, CHANGE, CONFIRM, SIDE)
_BOTH = ("in", "chat")
SCENARIOS = (
    Scenario("explain", "cedar", _BOTH, explain, (ASK, HEAR, IDENTIFY, ACT, CONFIRM, SIDE), 2.0),
    Scenario("pay", "cedar", _BOTH, pay, _FULL, 2.0),
    Scenario("payment_plan", "cedar", _BOTH, payment_plan, _FULL, 1.2),
    Scenario("insurance_missing", "cedar", _BOTH, insurance_missing, _FULL, 1.0),
    Scenario("charged_twice", "cedar", _BOTH, charged_twice, _FULL, 0.8),
    Scenario("late_fee", "cedar", _BOTH, late_fee, _FULL, 0.7),
)
