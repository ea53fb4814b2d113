"""The guide as it stands and as it stood: its versions, and which one was in force when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from labeling.clock import Shown, show
from labeling.codes import Code, Severity
from labeling.models import GuideVersion, IssueCategory, User
from sessions_app.codes import Channel
from sessions_app.compiled import compiled

# Which column of a version says what a code means.
TEXT_OF = {Code.GOOD: "good", Code.OK: "ok", Code.BAD: "bad", Code.NOT_APPLICABLE: "not_applicable"}
# How an address names a code: a slash would end the path.
ANCHORS = {Code.GOOD: "good", Code.OK: "ok", Code.BAD: "bad", Code.NOT_APPLICABLE: "na"}
LISTED = 50


@dataclass(frozen=True, slots=True)
class Texts:
    """What the four codes mean."""

    good: str
    ok: str
    bad: str
    not_applicable: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version as a page names it."""

    number: int
    what_changed: str
    at: Shown
    by: str


@dataclass(frozen=True, slots=True)
class GuideNews:
    """What a person is told of the guide where they work."""

    version: VersionLine
    was_read: bool
    is_read: bool


def get_newest() -> GuideVersion | None:
    return GuideVersion.objects.order_by("-number").first()


def get_newest_number() -> int | None:
    return _newest_number.first()


@compiled
def _newest_number() -> QuerySet[GuideVersion, Any]:
    return GuideVersion.objects.order_by("-number").values_list("number", flat=True)[:1]


def get_news(person: User) -> GuideNews | None:
    """This will tell what there is to read: nothing is read for who has never opened the guide, and `was_read` tells them apart."""
    newest = _newest.first()
    if newest is None:
        return None
    return GuideNews(version_line(newest, person), person.guide_read is not None, (person.guide_read or 0) >= newest.number)


@compiled
def _newest() -> QuerySet[GuideVersion]:
    return GuideVersion.objects.select_related("published_by").defer("categories").order_by("-number")[:1]


def known_version(number: int | None) -> int | None:
    """This will return the number a form sent, if there is such a version."""
    return _known.first(number) if number else None


@compiled
def _known(number: Any) -> QuerySet[GuideVersion, Any]:
    return GuideVersion.objects.filter(number=number).values_list("number", flat=True)


def get_versions(viewer: User) -> list[VersionLine]:
    """This will return the latest versions, newest first."""
    rows = GuideVersion.objects.select_related("published_by").defer("good", "ok", "bad", "not_applicable", "categories").order_by("-number")[:LISTED]
    return [version_line(row, viewer) for row in rows]


def version_line(version: GuideVersion, viewer: User) -> VersionLine:
    at = show(version.published_at, agent_zone=viewer.time_zone, viewer=viewer)
    return VersionLine(version.number, version.what_changed, at, str(version.published_by) if version.published_by else "")


def texts_of(version: GuideVersion) -> Texts:
    return Texts(version.good, version.ok, version.bad, version.not_applicable)


def get_snapshot() -> list[dict[str, Any]]:
    """This will be the active categories as a version keeps them, in the order of the guide."""
    rows = IssueCategory.objects.active().in_order()
    fields = ("name", "group", "severity", "description", "example", "counter_example", "channels")
    return [{"id": row.pk, **{field: getattr(row, field) for field in fields}} for row in rows]


def severity_words(value: str) -> str:
    return str(Severity(value).label) if value in Severity.values else value


def channel_words(values: Iterable[str]) -> str:
    return ", ".join(str(Channel(value).label) if value in Channel.values else value for value in values)


@compiled
def _published() -> QuerySet[GuideVersion, Any]:
    return GuideVersion.objects.order_by("number").values_list("number", "published_at")


class InForce:
    """Which version was in force at a moment. There are few versions, so they are read once for any number of labels."""

    def __init__(self) -> None:
        self.published: Mapping[int, datetime] = dict(_published.all())

    def at(self, moment: datetime | None) -> int | None:
        """None is now. Before the first version there was none."""
        return max((number for number, at in self.published.items() if moment is None or at <= moment), default=None)
