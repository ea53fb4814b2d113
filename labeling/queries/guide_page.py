"""Everything the page of the guide shows of one version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.codes import Severity
from labeling.models import GuideVersion, User
from labeling.queries.guide import ANCHORS, TEXT_OF, VersionLine, channel_words, get_versions, severity_words, version_line
from labeling.queries.guide_differences import Differences, get_differences
from labeling.queries.guide_examples import ExampleLine, get_examples
from sessions_app.models import Session
from sessions_app.scope import Scope


@dataclass(frozen=True, slots=True)
class CodeShown:
    code: str
    anchor: str
    text: str
    examples: Sequence[ExampleLine]


@dataclass(frozen=True, slots=True)
class CategoryShown:
    pk: int
    name: str
    description: str
    example: str
    counter_example: str
    severity: str
    is_critical: bool
    channels: str
    examples: Sequence[ExampleLine]


@dataclass(frozen=True, slots=True)
class GroupShown:
    name: str
    categories: Sequence[CategoryShown]


@dataclass(frozen=True, slots=True)
class GuidePage:
    """`differences` to the version before are told where a version was asked for by its number."""

    version: VersionLine
    is_newest: bool
    codes: Sequence[CodeShown]
    groups: Sequence[GroupShown]
    before: int | None
    differences: Differences | None
    versions: Sequence[VersionLine]
    sessions_shown: Sequence[Session]


def get_guide_page(number: int | None, *, viewer: User, scope: Scope) -> GuidePage | None:
    """This will gather one version, or the newest. Examples belong to the newest: they are linked sessions, not a text that was published."""
    versions = get_versions(viewer)
    newest = versions[0].number if versions else None
    wanted = newest if number is None else number
    version = GuideVersion.objects.select_related("published_by").filter(number=wanted).first() if wanted else None
    if version is None:
        return None
    before = GuideVersion.objects.filter(number__lt=version.number).order_by("-number").first()
    is_newest = version.number == newest
    examples = get_examples(viewer, scope=scope) if is_newest else []
    codes = [
        CodeShown(code.value, ANCHORS[code], getattr(version, field), [line for line in examples if line.code == code.value]) for code, field in TEXT_OF.items()
    ]
    groups = _groups(version.categories, examples)
    # A category that is not in use any more takes its examples along.
    shown = [*(code.examples for code in codes), *(category.examples for group in groups for category in group.categories)]
    return GuidePage(
        version=version_line(version, viewer),
        is_newest=is_newest,
        codes=codes,
        groups=groups,
        before=before.number if before else None,
        differences=get_differences(before, version) if before and number is not None else None,
        versions=versions,
        sessions_shown=list({line.session.pk: line.session for lines in shown for line in lines}.values()),
    )


def _groups(categories: Sequence[Mapping[str, Any]], examples: Sequence[ExampleLine]) -> list[GroupShown]:
    """By group, in the order in which each first comes."""
    found: dict[str, list[CategoryShown]] = {}
    for category in categories:
        found.setdefault(str(category["group"]), []).append(_category(category, [line for line in examples if line.category_id == category["id"]]))
    return [GroupShown(name, shown) for name, shown in found.items()]


def _category(category: Mapping[str, Any], examples: Sequence[ExampleLine]) -> CategoryShown:
    return CategoryShown(
        pk=int(category["id"]),
        name=str(category["name"]),
        description=str(category["description"]),
        example=str(category["example"]),
        counter_example=str(category["counter_example"]),
        severity=severity_words(category["severity"]),
        is_critical=category["severity"] == Severity.CRITICAL,
        channels=channel_words(category.get("channels") or []),
        examples=examples,
    )
