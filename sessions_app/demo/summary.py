"""The AI summary of a dialogue, as true as the automatic rating that goes with it."""

from sessions_app.demo.plan import Plan
from sessions_app.demo.quality import rating_of
from sessions_app.demo.records import BAD, GOOD, OK
from sessions_app.demo.talk import Talk


def summarize(plan: Plan, talk: Talk, auto: str | None) -> dict[str, str | None] | None:
    """One to three sentences; where the rating overlooked a problem, so does the summary."""
    if plan.is_legacy or not talk.topics:
        return None
    (topic, goal), *rest = talk.topics
    sentences = [topic]
    seen = not (auto == GOOD or (plan.code == BAD and auto == OK))
    if plan.flaw and seen:
        sentences.append(plan.flaw.trouble)
        if talk.done and plan.code != BAD:
            sentences.append(goal)
    elif plan.flaw is None and auto == BAD and plan.code == GOOD:
        sentences += [goal, "The caller had to repeat some details."]
    else:
        sentences.append(goal)
    if rest and len(sentences) < 3:
        sentences.append(rest[0][1])
    if plan.ending == "transfer" and not plan.scenario.ends and len(sentences) < 3:
        sentences.append("The visitor was handed over to a person." if plan.line.channel == "chat" else "The call was transferred to a person.")
    return {"summary": " ".join(sentences), "rating": rating_of(auto)}
