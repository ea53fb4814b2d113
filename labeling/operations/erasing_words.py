"""What people wrote about sessions, taken out. Facts are altered here and nowhere else: their triggers are lifted for exactly these statements."""

from collections import Counter
from collections.abc import Callable, Sequence

import pgtrigger
from django.apps import apps
from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat, Now

from labeling.codes import ERASED_WORDS
from labeling.models import (
    Draft,
    GuideExample,
    Incident,
    Label,
    LabelIssue,
    LabelWithdrawal,
    LegalHold,
    SecondOpinion,
    SessionComments,
    ShareLink,
    Unmasking,
    User,
)
from sessions_app.models import Session

# Two reasons of one label are never the same, so each says which one it was.
ERASED_ISSUE = Concat(Value("(erased "), Cast(F("pk"), CharField()), Value(")"))


def erase_words(*, sessions: Sequence[int], names: Callable[[str], bool] = lambda text: False, by: User | None) -> Counter[str]:
    """This will take out what was written about sessions that the caller has locked, and return how many of each kind.

    The labels stay, and count as they did. `names` says whether a text names the person: the reasons of a label are words
    of a list, and stay unless they do.
    """
    counts: Counter[str] = Counter()
    counts["comments"] = erase_label_words(labels=Label.objects.filter(session__in=sessions))
    counts["issues"] = _erase_issues(sessions, names)
    counts["drafts"] = Draft.objects.filter(session__in=sessions).delete()[0]
    SessionComments.objects.filter(pk__in=sessions).delete()
    counts["incidents"] = _erased(Incident, sessions, "line", "note")
    counts["second_opinions"] = _erased(SecondOpinion, sessions, "note")
    with pgtrigger.ignore("labeling.Unmasking:unmasking_is_a_fact"):
        counts["unmaskings"] = _erased(Unmasking, sessions, "note")
    _erased(GuideExample, sessions, "note")
    with pgtrigger.ignore("labeling.GuideExampleHistory:append_only"):
        _erased(apps.get_model("labeling", "GuideExampleHistory"), sessions, "note")
    _erased(LegalHold, sessions, "reason")
    links = ShareLink.objects.filter(session__in=sessions)
    counts["share_links"] = links.filter(revoked_at=None).update(revoked_at=Now(), revoked_by=by)
    _erased(ShareLink, sessions, "purpose")
    return counts


def kept_words(*, session: Session, words: str) -> str:
    """This will be what may be kept of words about a session that the caller has locked: of one that was erased, none."""
    return ERASED_WORDS if session.erased_at and words else words


def erase_label_words(*, labels: QuerySet[Label]) -> int:
    """This will take the comments and reasons out of labels, and the reasons for withdrawing them; and return how many had any."""
    pks = list(labels.values_list("pk", flat=True))
    with pgtrigger.ignore("labeling.Label:label_is_a_fact"):
        changed = _replaced(Label.objects.filter(pk__in=pks), "comment", "reason")
    with pgtrigger.ignore("labeling.LabelWithdrawal:label_withdrawal_is_a_fact"):
        _replaced(LabelWithdrawal.objects.filter(label__in=pks), "reason")
    return changed


def _erase_issues(sessions: Sequence[int], names: Callable[[str], bool]) -> int:
    unknown = LabelIssue.objects.filter(session__in=sessions, category=None).values_list("pk", "raw")
    telling = [pk for pk, raw in unknown if names(raw)]
    if not telling:
        return 0
    with pgtrigger.ignore("labeling.LabelIssue:label_issue_is_a_fact"):
        return LabelIssue.objects.filter(pk__in=telling).update(raw=ERASED_ISSUE)


def _erased(model: type[Model], sessions: Sequence[int], *columns: str) -> int:
    return _replaced(model._default_manager.filter(session__in=sessions), *columns)


def _replaced(rows: QuerySet[Model], *columns: str) -> int:
    """This will replace whatever these columns say, and return how many rows said something."""
    says = Q()
    for column in columns:
        says |= ~Q((f"{column}__in", ("", ERASED_WORDS)))
    pks = list(rows.filter(says).values_list("pk", flat=True))
    for column in columns:
        rows.model._default_manager.filter(~Q((f"{column}__in", ("", ERASED_WORDS))), pk__in=pks).update(**{column: ERASED_WORDS})
    return len(pks)
