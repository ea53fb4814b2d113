"""What stands before the first demo session comes: sources, issue categories, raters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from labeling.codes import RaterKind
from labeling.demo.guide import publish_demo_guide
from labeling.demo.judging import DemoRater, Judges
from labeling.models import FixedIssue, IssueCategory, Rater, User
from labeling.operations.raters import rater_named, rater_of
from sessions_app.codes import SourceKind
from sessions_app.demo import people
from sessions_app.demo.categories import FIXED_ISSUES
from sessions_app.models import Source


@dataclass(frozen=True, slots=True)
class Ground:
    """Sources by platform, and who judges."""

    sources: Mapping[str, Source]
    judges: Judges


def lay_ground(*, seed: int, until: datetime, shares: tuple[float, float] = (1.0, 1.0)) -> Ground:
    """This will make sources, categories and raters; `shares` scale the labels of people and of the auto-rating."""
    _make_categories()
    publish_demo_guide()
    sources = {
        "vendor": Source.objects.create(name="Demo voice platform", kind=SourceKind.VENDOR, is_primary=True),
        "chat": Source.objects.create(name="Demo web chat", kind=SourceKind.INGEST),
    }
    raters = tuple(DemoRater(_rater(person), person) for person in people.REVIEWERS)
    machine = rater_named(kind=RaterKind.MACHINE, email="auto-rating@demo", name="Auto-rating")
    human, auto = shares
    return Ground(sources, Judges(raters, machine, seed, until, human, auto))


def _make_categories() -> None:
    IssueCategory.objects.bulk_create(
        IssueCategory(
            name=category.name,
            origin=category.origin,
            group=category.group,
            severity=category.severity,
            description=category.description,
            example=category.example,
            counter_example=category.counter_example,
            channels=list(category.channels),
            order=category.order,
            suggested_by_signal=category.signal,
            comment_templates="\n".join(category.templates),
        )
        for category in people.ISSUE_CATEGORIES
    )
    named = {category.name: category for category in IssueCategory.objects.all()}
    FixedIssue.objects.bulk_create(
        FixedIssue(place=place, category=named[name], channel=channel) for channel, names in FIXED_ISSUES.items() for place, name in enumerate(names, 1)
    )


def _rater(person: people.Reviewer) -> Rater:
    user = User.objects.filter(email=person.email).first()
    return rater_of(user=user) if user else rater_named(kind=RaterKind.PERSON, email=person.email, name=person.name)
