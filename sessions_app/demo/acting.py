"""Tool calls with consequences: what the agent does, and what happens when the system does not answer."""

from typing import Any

from sessions_app.demo.ending import give_up, goodbye, hang_up
from sessions_app.demo.talk import Over, Talk

TIMEOUT = {"error": "upstream timeout", "status": 504}


def act(t: Talk, name: str, request: dict[str, Any], result: dict[str, Any], *, task: str = "", ms: float = 0.0) -> None:
    """Call a tool. With a `task` the call changes something, and its failure matters to the person."""
    if task:
        t.facts["task"] = task
    if t.strikes("tool_recovered"):
        _fail(t, name, request)
        t.agent(*t.say_phrase("retry"))
    elif t.strikes("silence_once"):
        t.user(*t.say_phrase("hello"), after=t.between(7.0, 12.0))
        t.mark("Silent treatment")
        t.agent(*t.say_phrase("here"))
    elif t.strikes("silence_drop"):
        _silence_drop(t)
    elif t.strikes("timeout_silence"):
        _timeout_silence(t, name, request)
    elif task and t.strikes("tool_workaround"):
        _workaround(t, name, request)
    elif task and t.strikes("tool_dead_end"):
        _dead_end(t, name, request)
    elif task and t.strikes("false_success"):
        _fail(t, name, request)
        t.mark("Tool error", on_call=True)
        t.facts["false"] = "1"
        return
    t.tool(name, request, result, ms=ms)


def _fail(t: Talk, name: str, request: dict[str, Any]) -> None:
    if t.maybe(0.7):
        t.tool(name, request, TIMEOUT, ms=t.between(5000, 5040), error="504 upstream timeout")
    else:
        t.tool(name, request, {"error": "service unavailable", "status": 503}, ms=t.between(240, 900), error="503 service unavailable")


def _silence_drop(t: Talk) -> None:
    t.user(*t.say_phrase("hello"), after=t.between(7.5, 12.0))
    t.mark("Silent treatment")
    if t.maybe(0.5):
        t.agent(*t.say_phrase("lost"))
        t.user("{again}")
    t.user(*t.say_phrase("hello_more"), after=t.between(6.5, 11.0))
    t.mark("Silent treatment")
    t.user(*t.say_phrase("hang_up"), after=t.between(4.5, 7.0))
    t.upset = True
    raise Over


def _timeout_silence(t: Talk, name: str, request: dict[str, Any]) -> None:
    t.tool(name, request, TIMEOUT, ms=t.between(5000, 5040), error="504 upstream timeout")
    t.mark("Tool error", on_call=True)
    t.user(*t.say_phrase("hello"), after=t.between(5.0, 9.0))
    t.mark("Silent treatment")
    t.agent(*t.say_phrase("lost"))
    t.user("{again}")
    t.tool(name, request, TIMEOUT, ms=t.between(5000, 5040), error="504 upstream timeout")
    t.mark("Tool error", on_call=True)
    t.now += t.between(5.0, 8.0)
    hang_up(t, t.say_phrase("hang_up"))


def _workaround(t: Talk, name: str, request: dict[str, Any]) -> None:
    _fail(t, name, request)
    t.mark("Tool error", on_call=True)
    t.agent(*t.say_phrase("retry"))
    _fail(t, name, request)
    t.mark("Tool error", on_call=True)
    t.tool(
        "create_message",
        {"to": "staff", "phone": t.caller.phone, "text": f"Please call back: {t.plan.scenario.name}"},
        {"message_id": f"m_{t.rng.randrange(10000, 99999)}"},
    )
    t.agent(*t.say_phrase("down"))
    t.user(*t.say_phrase("down_okay"))
    t.agent(*t.say_phrase("anything"))
    goodbye(t)


def _dead_end(t: Talk, name: str, request: dict[str, Any]) -> None:
    _fail(t, name, request)
    t.mark("Tool error", on_call=True)
    t.agent(*t.say_phrase("retry"))
    _fail(t, name, request)
    t.mark("Tool error", on_call=True)
    t.agent(*t.say_phrase("dead_end"))
    t.user(*t.say_phrase("dead_end_why"))
    t.agent(*t.say_phrase("dead_end_more"))
    give_up(t)
