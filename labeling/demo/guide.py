"""The guide of the demo: a rule that was made clearer, the categories, and sessions that show what is meant."""

from dataclasses import asdict, replace

from labeling.codes import Code
from labeling.models import GuideExample, GuideVersion, IssueCategory, SessionIssue
from labeling.queries.guide import Texts, get_newest, get_snapshot, texts_of
from sessions_app.models import Session

WHAT_CHANGED = "A wrong confirmation is BAD, even if the caller notices."
NOTES = {
    Code.GOOD: "The need is met, and nothing goes wrong on the way.",
    Code.OK: "It gets there, with a detour that was not needed.",
    Code.BAD: "The need is not met. Look for the turn from which on it could not be.",
    Code.NOT_APPLICABLE: "Nobody says anything that could be acted on.",
}
# Where the installation brought no guide along.
PLAIN = Texts(
    good="The need was met and nothing went wrong that the caller noticed.",
    ok="The need was met with an avoidable flaw.",
    bad="The need was not met, or the information was wrong or unsafe.",
    not_applicable="Nothing to judge: silence, wrong number, test, voicemail.",
)


def publish_demo_guide() -> None:
    """This will publish the demo's version on top of what is there. Nobody published it, so no event tells of it."""
    newest = get_newest()
    texts = texts_of(newest) if newest else PLAIN
    texts = replace(texts, bad=f"{texts.bad}\n\n{WHAT_CHANGED} Who is told 4:00 PM and asks again was told something wrong.")
    GuideVersion.objects.create(number=newest.number + 1 if newest else 1, categories=get_snapshot(), what_changed=WHAT_CHANGED, **asdict(texts))


def link_demo_examples() -> None:
    """This will link one session to each code that sessions have, and one to each of a few categories."""
    labeled = Session.objects.exclude(turns=None).order_by("-labeled_at", "pk")
    found = [(session, code) for code in Code if (session := labeled.filter(label_code=code.value).first())]
    examples = [GuideExample(session=session, code=code.value, note=NOTES[code]) for session, code in found]
    for category in IssueCategory.objects.active().in_order()[:6]:
        named = SessionIssue.objects.filter(category=category, session__label_code=Code.BAD).order_by("-session").first()
        if named:
            examples.append(GuideExample(session_id=named.session_id, category=category))
    GuideExample.objects.bulk_create(examples)
