"""How a conversation ends: goodbye, hang-up, transfer, voicemail."""

from typing import NoReturn

from sessions_app.demo.talk import Over, Talk

_DESKS = {
    "northlake": "front_desk", "harbor": "pharmacist", "cedar": "billing_specialist", "concierge": "information_desk", "lakeside": "on_call_nurse",
}  # fmt: skip


def hang_up(t: Talk, ways: tuple[str, ...]) -> NoReturn:
    """The person says a last word and is gone."""
    t.user(*ways)
    t.upset = True
    raise Over


def give_up(t: Talk, first: tuple[str, ...] = ("",)) -> NoReturn:
    """The person has had enough, and leaves or asks for someone else, as planned."""
    t.upset = True
    if t.plan.ending != "transfer":
        hang_up(t, tuple(f"{say} {bye}".strip() for say in first for bye in t.say_phrase("leave")))
    t.user(*(f"{say} {person}".strip() for say in first for person in t.say_phrase("person")))
    transfer(t)


def transfer(t: Talk) -> NoReturn:
    """Hand over to a person; whether somebody answers is in the plan."""
    if t.channel == "sms":
        t.agent("Of course. Someone from {place} will call you within the hour.")
        raise Over
    t.agent(*t.say_phrase("connect"))
    desk = _DESKS[t.plan.agent.key]
    if t.plan.ending != "voicemail":
        t.tool("transfer_call" if t.channel == "voice" else "hand_over_chat", {"target": desk}, {"status": "connected", "target": desk})
        t.agent(*t.say_phrase("connected"))
        raise Over
    t.tool("transfer_call", {"target": desk}, {"status": "voicemail_detected", "target": desk}, ms=t.between(9000, 16000))
    t.mark("Transfer failed", on_call=True)
    if t.plan.flaw and t.plan.flaw.name == "transfer_message":
        _take_message(t, desk)
    else:
        t.agent(*t.say_phrase("voicemail"))
        t.mark("Transfer failed")
        t.user(*t.say_phrase("voicemail_no"), after=t.between(1.0, 2.5))
    raise Over


def goodbye(t: Talk) -> NoReturn:
    """The last words of a conversation that ran its course; the question for more is already asked."""
    t.user(*t.say_phrase("no_more_flat" if t.upset else "no_more"))
    t.agent(*t.say_phrase("bye"))
    if t.channel == "voice" and t.plan.ending == "caller" and t.maybe(0.55):
        t.user(*t.say_phrase("bye_user"))
    raise Over


def _take_message(t: Talk, desk: str) -> None:
    t.agent(*t.say_phrase("take_message"))
    t.user(*t.say_phrase("down_okay"))
    t.tool(
        "create_message",
        {"to": desk, "phone": t.caller.phone, "text": "Caller asked for a person, please call back."},
        {"message_id": f"m_{t.rng.randrange(10000, 99999)}"},
    )
    t.agent(*t.say_phrase("message_taken"))
    t.done = True
