"""The form of a label, and what it makes of what a browser sends."""

import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from labeling.codes import LONGEST_COMMENT, LONGEST_ISSUE, MOST_ISSUES, Code, TargetKind
from labeling.models import Draft, Label
from labeling.models.issue_category import Signal
from labeling.operations.drafts import Typed
from labeling.operations.judging import typed_of

MOST_EVIDENCE = 100
LONGEST_EVIDENCE = 1_000
LONGEST_ACTIVE_MS = 600_000
_MS = range(-(2**31), 2**31)


def new_client_key() -> str:
    """This will make the key of one submit. It is made when the form is shown, so that a double click is one label."""
    return secrets.token_urlsafe(16)


class Names(forms.MultipleChoiceField):
    """A draft keeps whatever name it is given; whether it is offered is asked when it is submitted."""

    def valid_value(self, value: str) -> bool:
        return 0 < len(value) <= LONGEST_ISSUE and "\0" not in value


class LabelForm(forms.Form):
    """What a draft keeps is what a label says, so one form reads both; only a submit asks for more than that it can be read."""

    code = forms.ChoiceField(choices=[("", ""), *Code.choices], required=False)
    issues = Names(required=False)
    evidence = forms.CharField(required=False)
    accepted = forms.CharField(required=False)
    comments = forms.CharField(
        required=False,
        max_length=LONGEST_COMMENT,
        error_messages={"max_length": _("A comment has at most 10,000 characters.")},
        strip=True,
    )
    reason = forms.CharField(required=False, max_length=500)
    client_key = forms.CharField(max_length=100, min_length=8)
    version = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    draft_revision = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    sequence = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    active_ms = forms.IntegerField(required=False, min_value=0)
    guide_version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    leaving = forms.BooleanField(required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        offered: Callable[[], Sequence[str]] | None = None,
        own: Label | None = None,
        draft: Draft | None = None,
        guide: int | None = None,
    ) -> None:
        self.start = _start(own, draft)
        revision = draft.revision if draft else 0
        initial = {
            "client_key": new_client_key(),
            "version": self.start.version,
            "draft_revision": revision,
            "guide_version": guide,
            "code": self.start.code,
            "issues": [issue["raw"] for issue in self.start.issues],
            "comments": self.start.comment,
            "reason": self.start.reason,
        }
        super().__init__(data, initial=initial)
        self.offered = offered
        self.asks_why = False

    @cached_property
    def names(self) -> list[str]:
        """What may be chosen. What the label or draft already names stays so, also when it was retired since."""
        offered = self.offered() if self.offered else ()
        return [*offered, *dict.fromkeys(issue["raw"] for issue in self.start.issues if issue["raw"] not in offered)]

    def clean_issues(self) -> list[str]:
        issues = list(dict.fromkeys(self.cleaned_data["issues"]))
        if len(issues) > MOST_ISSUES:
            raise forms.ValidationError(_("A label names at most 50 issues."))
        return issues

    def clean_evidence(self) -> dict[str, list[dict[str, Any]]]:
        """Each value is one citation, written by the page's script: the issue it belongs to and what it points at."""
        values = cast(QueryDict, self.data).getlist("evidence")
        if len(values) > MOST_EVIDENCE:
            raise forms.ValidationError(_("A label cites at most 100 places."))
        found: dict[str, list[dict[str, Any]]] = {}
        for value in values:
            name, cited = _read_evidence(value)
            if cited not in found.setdefault(name, []):
                found[name].append(cited)
        return found

    def clean_accepted(self) -> dict[str, str]:
        """Which issues were a suggestion that the reviewer accepted, and what suggested them."""
        pairs = [value.rpartition("|") for value in cast(QueryDict, self.data).getlist("accepted")[:MOST_ISSUES]]
        return {name: f"signal:{signal}" for name, _bar, signal in pairs if signal in Signal.values}

    def clean_active_ms(self) -> int | None:
        active: int | None = self.cleaned_data["active_ms"]
        return None if active is None else min(active, LONGEST_ACTIVE_MS)

    def require(self) -> None:
        """This will ask what a submit needs. That BAD needs an issue or a comment is asked on this page only, never of the API."""
        cleaned = self.cleaned_data
        if "code" in cleaned and not cleaned["code"]:
            self.add_error("code", _("Choose GOOD, OK, BAD or N/A before you submit. Keys 1 to 4."))
        if unknown := [name for name in cleaned.get("issues", []) if name not in self.names]:
            self.add_error("issues", _("“%s” is not offered here any more.") % unknown[0])
        if cleaned.get("code") == Code.BAD and not cleaned.get("issues") and not cleaned.get("comments") and "comments" not in self.errors:
            self.add_error("issues", _("BAD needs an issue or a comment, so that others can learn from it."))
            self.asks_why = True

    def require_reason(self) -> None:
        """This will ask why a label is changed."""
        if not self.cleaned_data.get("reason"):
            self.add_error("reason", _("Say in a few words why you change your label."))

    @property
    def typed(self) -> Typed:
        """What stands in a form that could be read."""
        cleaned = self.cleaned_data
        issues = [
            {
                "raw": name,
                "suggested_by": cleaned["accepted"].get(name, ""),
                "evidence": cleaned["evidence"].get(name, []),
            }
            for name in cleaned["issues"]
        ]
        return Typed(code=cleaned["code"], issues=issues, comment=cleaned["comments"], reason=cleaned["reason"], version=cleaned["version"])

    @property
    def shown_evidence(self) -> list[tuple[str, str]]:
        """Each citation as the hidden field of its issue holds it."""
        if self.is_bound:
            return [(_issue_of(value), value) for value in cast(QueryDict, self.data).getlist("evidence")[:MOST_EVIDENCE]]
        return [(issue["raw"], write_evidence(issue["raw"], cited)) for issue in self.start.issues for cited in issue["evidence"]]

    @property
    def shown_accepted(self) -> list[str]:
        if self.is_bound:
            return cast(QueryDict, self.data).getlist("accepted")[:MOST_ISSUES]
        return [f"{issue['raw']}|{issue['suggested_by'].removeprefix('signal:')}" for issue in self.start.issues if issue["suggested_by"]]

    @property
    def chosen(self) -> set[str]:
        return set(self["issues"].value() or [])


class DiscardForm(forms.Form):
    """The form whose text is thrown away; without script there is none to say."""

    client_key = forms.CharField(required=False, max_length=100)


class TextChoiceForm(forms.Form):
    """Which text of two stands: the one that was left behind in a tab is taken, or thrown away."""

    tab = forms.CharField(max_length=100)
    take = forms.BooleanField(required=False)


def write_evidence(name: str, cited: dict[str, Any]) -> str:
    return json.dumps({"issue": name, **cited}, ensure_ascii=False)


def _start(own: Label | None, draft: Draft | None) -> Typed:
    if draft and draft.is_open:
        return Typed(code=draft.code, issues=draft.issues, comment=draft.comment, reason=draft.reason, version=draft.version)
    if own:
        typed = typed_of(own, version=own.pk)
        return Typed(code=typed.code, issues=typed.issues, comment=typed.comment, version=own.pk)
    return Typed()


def _issue_of(value: str) -> str:
    try:
        return _read_evidence(value)[0]
    except forms.ValidationError:
        return ""


def _read_evidence(value: str) -> tuple[str, dict[str, Any]]:
    problem = forms.ValidationError(_("A citation could not be read. Remove it and cite the turn again."))
    if len(value) > LONGEST_EVIDENCE:
        raise problem
    try:
        read = json.loads(value)
        # A lone surrogate, written as an escape, is text that no database takes.
        json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise problem from None
    if not isinstance(read, dict):
        raise problem
    name, kind, uid, revision = (read.get(key) for key in ("issue", "target_kind", "target_uid", "transcript_revision"))
    bounds = [read.get(key) for key in ("from_ms", "until_ms")]
    is_named = isinstance(name, str) and 0 < len(name) <= LONGEST_ISSUE and "\0" not in name
    is_target = kind in TargetKind.values and isinstance(uid, str) and len(uid) <= 200 and "\0" not in uid and bool(uid or kind == TargetKind.MOMENT)
    is_timed = all(bound is None or (type(bound) is int and bound in _MS) for bound in bounds)
    is_revised = type(revision) is int and 0 <= revision < 2**31
    if not (is_named and is_target and is_timed and is_revised):
        raise problem
    start, end = bounds
    if end is not None and (start is None or end < start):
        raise problem
    return cast(str, name), {"target_kind": kind, "target_uid": uid, "transcript_revision": revision, "from_ms": start, "until_ms": end}
