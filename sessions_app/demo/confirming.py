"""What the agent states as a fact, the second question, and the end of a request."""

from sessions_app.demo.ending import give_up, goodbye, transfer
from sessions_app.demo.talk import Talk

Ways = tuple[str, ...]


def confirm(t: Talk, right: Ways, wrong: Ways, correction: Ways, *, worse: Ways = (), thanks: Ways = ()) -> None:
    """State the outcome: right, or as the plan wants it wrong. The last wrong one can pass unnoticed."""
    thanks = thanks or t.say_phrase("thanks")
    if t.strikes("wrong_fixed"):
        t.agent(*wrong)
        t.mark("Wrong answer")
        t.user(*correction)
        said = t.fill(*right).replace("{", "{{").replace("}", "}}")
        t.agent(*(sorry + said for sorry in t.say_phrase("sorry_wrong")))
    elif t.strikes("wrong_kept"):
        t.agent(*wrong)
        t.mark("Wrong answer")
        t.user(*correction)
        t.agent(*(worse or [start + way for start in t.say_phrase("insist") for way in wrong]))
        t.mark("Wrong answer")
        give_up(t, t.say_phrase("fed_up"))
    elif t.strikes("wrong_unnoticed"):
        t.agent(wrong[-1])
        t.mark("Wrong answer")
    else:
        t.agent(*right)
        if t.facts.pop("false", ""):
            t.mark("Wrong answer")
    t.done = True
    t.user(*thanks)


def more(t: Talk, sides: tuple[tuple[str, str], ...], *, last: bool) -> None:
    """Ask whether there is more; sometimes there is a small question, sometimes it is missed."""
    t.agent(*t.say_phrase("anything"))
    missed, missed_once = t.strikes("missed"), t.strikes("missed_once")
    if missed or missed_once or t.maybe(0.3):
        question, answer = sides[int(t.rng.random() * len(sides))]
        t.facts["side_question"] = t.fill(question)
        t.user(*t.say_phrase("aside"))
        if missed or missed_once:
            t.agent(*t.say_phrase("ignored"))
            t.mark("Missed request")
            t.user(*t.say_phrase("aside_again"))
        if missed:
            t.agent(*t.say_phrase("ignored"))
            t.mark("Missed request")
            give_up(t)
        t.agent(answer)
        t.user(*t.say_phrase("thanks"))
        t.agent(*t.say_phrase("anything"))
    if not last:
        return
    if t.plan.ending == "transfer" and not t.plan.scenario.ends:
        t.user(*t.say_phrase("to_person"))
        transfer(t)
    goodbye(t)
