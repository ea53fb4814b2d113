"""A label as it stands on the wire, built of its row; and what of one a client sent."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from pydantic import BaseModel, ConfigDict, Field

from labeling.codes import LONGEST_COMMENT, LONGEST_ISSUE, MOST_ISSUES, Code, LabelType
from labeling.models import IssueCategory, Label, LabelIssue
from labeling.queries.issues import canonical_categories
from sessions_app.api.grammar import read_id
from sessions_app.api.problems import Unprocessable, problem
from sessions_app.api.rendering import wire_time
from sessions_app.compiled import AnyOf, compiled

LONGEST_ADDRESS = 254
Hide = Callable[[str], str]


class SessionLabel(BaseModel):
    """A label: one judgment of one session."""

    session_id: int
    type: str
    code: str
    user_email: str
    id: int
    timestamp: str
    comments: str | None = None
    issue_categories: list[str] | None = None


class SessionLabelList(BaseModel):
    items: list[SessionLabel]
    page: int
    page_size: int
    total_pages: int | None = None
    total_count: int | None = None


class SessionLabelCreate(BaseModel):
    """A label to make. A string of `issue_categories` that is no category is kept as it was written."""

    model_config = ConfigDict(extra="forbid")

    session_id: int = Field(ge=1, lt=2**53)
    type: LabelType
    code: Code
    user_email: str = Field(max_length=LONGEST_ADDRESS, json_schema_extra={"format": "email"})
    comments: str | None = Field(default=None, max_length=LONGEST_COMMENT)
    issue_categories: list[str] | None = Field(default=None, max_length=MOST_ISSUES)


@dataclass(frozen=True, slots=True)
class LabelSent:
    """A label to make, checked."""

    session_id: int
    type: str
    code: str
    user_email: str
    comment: str
    issues: tuple[str, ...]


def wire_labels(labels: Collection[Label], *, hide: Hide, fields: Collection[str] | None = None, always: Collection[str] = ()) -> list[dict[str, Any]]:
    """This will write labels, given with their raters, in their order: categories by the names they have now."""
    is_whole = fields is None
    issues = _issues(labels) if is_whole or "issue_categories" in (fields or ()) else {}
    told = []
    for label in labels:
        whole = {
            "session_id": label.session_id,
            "type": label.type,
            "code": label.code,
            "user_email": label.claimed_email or label.rater.email,
            "id": label.pk,
            "timestamp": wire_time(label.made_at),
            "comments": hide(label.comment) or None,
            "issue_categories": [hide(words) for words in issues.get(label.pk, ())],
        }
        told.append(whole if fields is None else {name: value for name, value in whole.items() if name in fields or name in always})
    return told


def read_label(body: Any) -> LabelSent:
    """This will check a label that a client sent. Raises Unprocessable."""
    if not isinstance(body, Mapping):
        raise Unprocessable([problem(["body"], "The body is an object.", "model_attributes_type")])
    checks: dict[str, tuple[Callable[[Any], str], str]] = {
        "session_id": (_why_not_id, "int_type"),
        "type": (lambda value: _why_not_one_of(value, LabelType.values), "enum"),
        "code": (lambda value: _why_not_one_of(value, Code.values), "enum"),
        "user_email": (_why_not_address, "value_error"),
        "comments": (_why_not_comment, "string_type"),
        "issue_categories": (_why_not_issues, "list_type"),
    }
    optional = {"comments", "issue_categories"}
    errors = []
    for name, (why_not, kind) in checks.items():
        value = body.get(name)
        if value is None:
            if name not in optional:
                errors.append(problem(["body", name], "This field is required.", "missing"))
        elif sentence := why_not(value):
            errors.append(problem(["body", name], sentence, kind))
    if set(body) - set(checks):
        errors.append(problem(["body"], f"Beside {', '.join(checks)} there are no fields.", "extra_forbidden"))
    if errors:
        raise Unprocessable(errors)
    return LabelSent(
        session_id=int(body["session_id"]),
        type=body["type"],
        code=body["code"],
        user_email=body["user_email"].strip(),
        comment=body.get("comments") or "",
        issues=tuple(dict.fromkeys(raw.strip() for raw in body.get("issue_categories") or () if raw.strip())),
    )


def _issues(labels: Collection[Label]) -> dict[int, list[str]]:
    """A category that was merged into another says the other's name; what means no category is as it was written."""
    issues: dict[int, list[str]] = defaultdict(list)
    rows = _named.all([label.pk for label in labels])
    # What came before anybody knew what it meant means it now.
    meant = canonical_categories({raw for _, name, raw in rows if name is None})
    names = dict(IssueCategory.objects.filter(pk__in=set(meant.values())).values_list("pk", "name")) if meant else {}
    for label, name, raw in rows:
        words = name or names.get(meant.get(raw, 0), raw)
        if words not in issues[label]:
            issues[label].append(words)
    return issues


@compiled
def _named(labels: Any) -> QuerySet[LabelIssue, Any]:
    rows = LabelIssue.objects.filter(AnyOf(F("label"), labels)).order_by("pk")
    return rows.values_list("label", Coalesce("category__merged_into__name", "category__name"), "raw")


def _why_not_id(value: Any) -> str:
    # JSON tells 7 and 7.0 not apart.
    written = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return "" if not isinstance(value, bool) and (pk := read_id(written)) is not None and pk < 2**53 else "The id of a session, as a number."


def _why_not_one_of(value: Any, allowed: Collection[str]) -> str:
    return "" if isinstance(value, str) and value in allowed else f"One of: {', '.join(allowed)}."


def _why_not_address(value: Any) -> str:
    sentence = f"An e-mail address of at most {LONGEST_ADDRESS} characters."
    if not isinstance(value, str) or len(value) > LONGEST_ADDRESS:
        return sentence
    try:
        validate_email(value.strip())
    except ValidationError:
        return sentence
    return ""


def _why_not_comment(value: Any) -> str:
    return "" if isinstance(value, str) and len(value) <= LONGEST_COMMENT else f"A text of at most {LONGEST_COMMENT} characters."


def _why_not_issues(value: Any) -> str:
    is_one = isinstance(value, list) and len(value) <= MOST_ISSUES and all(isinstance(raw, str) and len(raw) <= LONGEST_ISSUE for raw in value)
    return "" if is_one else f"A list of at most {MOST_ISSUES} texts of at most {LONGEST_ISSUE} characters each."
