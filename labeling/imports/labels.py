"""Rows that are labels, of sessions that are here."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop

from labeling.codes import LONGEST_COMMENT, LONGEST_ISSUE, MOST_ISSUES, Code, LabelType, RaterKind, Via
from labeling.imports.taking import Outcome, cleaned, told
from labeling.models import Label, Rater
from labeling.operations.label_rows import IssueGiven, LabelGiven, Provenance
from labeling.operations.labels import record_labels
from labeling.operations.raters import rater_named
from sessions_app.codes import LAST_ID
from sessions_app.compiled import AnyText
from sessions_app.ingest.rows import Row
from sessions_app.models import Session, Source
from sessions_app.queries.identity import ERASED, record_digests
from sessions_app.reasons import with_values
from sessions_app.records import BadRecord, read_time

FIELDS = ("session_id", "source", "external_id", "code", "type", "user_email", "comments", "issue_categories", "made_at")
ALSO = {
    "session_id": ("session", "id", "desk_id"),
    "source": ("data_source", "platform"),
    "external_id": ("call_id", "interaction_id", "record_id", "contact_id"),
    "code": ("label", "rating", "score", "quality", "result"),
    "type": ("label_type",),
    "user_email": ("email", "author", "reviewer", "rater", "reviewer_email", "labeled_by"),
    "comments": ("comment", "note", "notes", "remark"),
    "issue_categories": ("issues", "issue", "categories", "category", "reasons"),
    "made_at": ("timestamp", "date", "time", "labeled_at", "label_date", "rated_at", "created_at"),
}
CODES = {"NA": Code.NOT_APPLICABLE, **{code.value: code for code in Code}}
TYPES = {"human": LabelType.HUMAN, "auto": LabelType.AUTO, **{kind.value: kind for kind in LabelType}}
AHEAD = timedelta(days=1)
NO_SESSION = gettext_noop("There is no such session.")
TOO_MANY_ISSUES = with_values(gettext_noop("There are more than %(most)s issues."))


@dataclass(frozen=True, slots=True)
class LabelSent:
    """`session_pk`, or the source and its id of it."""

    session_pk: int | None
    source: str
    external_id: str
    code: str
    type: str
    email: str
    comment: str
    issues: tuple[str, ...]
    made_at: datetime | None

    def key(self, session_pk: int) -> str:
        """The same row is the same label, in whatever file it comes."""
        parts = [session_pk, self.type, self.code, self.email, self.comment, self.issues, self.made_at.isoformat() if self.made_at else None]
        return "import:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class LabelRows:
    """`source` is meant where a row names none."""

    def __init__(self, *, source: Source | None, mapping: Mapping[str, str]) -> None:
        self._source = source
        self._columns = {field: column for column, field in mapping.items() if field}
        self._raters: dict[tuple[str, str], Rater] = {}
        self._sources = {row.name: row for row in Source.objects.all()}

    def look(self, rows: Sequence[Row]) -> Outcome:
        outcome, found = self._find(rows)
        known = self._known(found)
        outcome.created = sum(1 for pk, sent in found if (pk, sent.key(pk)) not in known)
        outcome.unchanged = len(found) - outcome.created
        return outcome

    def take(self, rows: Sequence[Row]) -> Outcome:
        outcome, found = self._find(rows)
        given = [
            LabelGiven(
                session_id=pk,
                rater=self._rater(sent),
                code=sent.code,
                client_key=sent.key(pk),
                type=sent.type,
                comment=sent.comment,
                issues=tuple(IssueGiven(raw=raw) for raw in sent.issues),
                provenance=Provenance(via=Via.IMPORT, claimed_email=sent.email, made_at=sent.made_at),
            )
            for pk, sent in found
        ]
        outcome.created = len(record_labels(labels=given)) if given else 0
        outcome.unchanged = len(given) - outcome.created
        return outcome

    def _find(self, rows: Sequence[Row]) -> tuple[Outcome, list[tuple[int, LabelSent]]]:
        outcome = Outcome()
        read: list[tuple[Row, LabelSent]] = []
        for row in rows:
            try:
                read.append((row, self._read(row.values)))
            except BadRecord as problem:
                outcome.refused.append((row, told(problem)))
        known = self._sessions([sent for _, sent in read])
        found = []
        for row, sent in read:
            pk = known.get(sent.session_pk if sent.session_pk is not None else (sent.source, sent.external_id))
            if pk is None:
                outcome.refused.append((row, NO_SESSION))
            else:
                found.append((pk, sent))
        return outcome, found

    def _sessions(self, sent: Sequence[LabelSent]) -> dict[int | tuple[str, str] | None, int]:
        pks = {one.session_pk for one in sent if one.session_pk is not None}
        found: dict[int | tuple[str, str] | None, int] = {pk: pk for pk in Session.objects.filter(pk__in=pks).values_list("pk", flat=True)} if pks else {}
        for name in {one.source for one in sent if one.session_pk is None}:
            source = self._sources[name]
            ids = {one.external_id for one in sent if one.session_pk is None and one.source == name}
            # Of a session that was erased a label counts like any other, and is found by what stands in the place of its id.
            named = {known: known for known in ids} | {f"{ERASED}{digest}": known for known in ids for digest in record_digests(name, known)}
            rows = Session.objects.filter(AnyText(F("external_id"), list(named)), data_source=source)
            found |= {(name, named[external_id]): pk for external_id, pk in rows.values_list("external_id", "pk")}
        return found

    def _known(self, found: Iterable[tuple[int, LabelSent]]) -> set[tuple[int, str]]:
        keys = {sent.key(pk) for pk, sent in found}
        rows = Label.objects.filter(session__in={pk for pk, _ in found}, client_key__in=keys)
        return set(rows.values_list("session", "client_key"))

    def _rater(self, sent: LabelSent) -> Rater:
        who = (RaterKind.PERSON.value if sent.type == LabelType.HUMAN else RaterKind.MACHINE.value, sent.email)
        if who not in self._raters:
            self._raters[who] = rater_named(kind=who[0], email=who[1])
        return self._raters[who]

    def _read(self, values: Mapping[str, Any]) -> LabelSent:
        """Raises BadRecord."""
        given = {field: values.get(column) for field, column in self._columns.items()}
        pk = _pk(given.get("session_id"))
        external_id = cleaned(given.get("external_id"), 500, "external_id")
        source = cleaned(given.get("source"), 200, "source") or (self._source.name if self._source else "")
        if pk is None and not external_id:
            raise BadRecord(gettext_noop("The row names no session: neither our id, nor the id at its source."))
        if pk is None and source not in self._sources:
            raise BadRecord(gettext_noop("The row names a session by its id at a source, and no source that is here."))
        return LabelSent(
            session_pk=pk,
            source="" if pk is not None else source,
            external_id=external_id,
            code=_choice(given.get("code"), CODES, str.upper, gettext_noop("code is none of GOOD, OK, BAD and N/A.")),
            type=_choice(given.get("type") or LabelType.HUMAN.value, TYPES, str.lower, gettext_noop("type is neither human-rating nor auto-rating.")),
            email=self._email(given.get("user_email")),
            comment=cleaned(given.get("comments"), LONGEST_COMMENT, "comments"),
            issues=_issues(given.get("issue_categories")),
            made_at=_made_at(given.get("made_at")),
        )

    def _email(self, value: Any) -> str:
        email = cleaned(value, 254, "user_email").lower()
        # Who was met before is not looked at again.
        if (RaterKind.PERSON.value, email) not in self._raters:
            try:
                validate_email(email)
            except ValidationError:
                raise BadRecord(gettext_noop("user_email is not an e-mail address.")) from None
        return email


def _pk(value: Any) -> int | None:
    if value is None or value == "":
        return None
    text = str(value).strip()
    if isinstance(value, (bool, float)) or not re.fullmatch(r"[0-9]{1,16}", text) or not 0 < int(text) <= LAST_ID:
        raise BadRecord(gettext_noop("session_id is none of our ids, which are numbers."))
    return int(text)


def _choice(value: Any, choices: Mapping[str, str], case: Any, sentence: str) -> str:
    word = case(str(value or "").strip())
    if word not in choices:
        raise BadRecord(sentence)
    return str(choices[word])


def _issues(value: Any) -> tuple[str, ...]:
    """A list, or a text with semicolons or lines between the issues."""
    items = re.split(r"[;\n]", value) if isinstance(value, str) else value or []
    if not isinstance(items, list):
        raise BadRecord(gettext_noop("issue_categories is neither a list nor text."))
    names = [cleaned(item, LONGEST_ISSUE, "An issue") for item in items]
    found = tuple(dict.fromkeys(name for name in names if name))
    if len(found) > MOST_ISSUES:
        raise BadRecord(TOO_MANY_ISSUES % {"most": MOST_ISSUES})
    return found


def _made_at(value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    moment = read_time(value.strip() if isinstance(value, str) else value, "made_at")
    if moment > timezone.now() + AHEAD:
        raise BadRecord(gettext_noop("made_at lies ahead of today."))
    return moment
