"""What the current auto-rating of a session names. Unlike people's issues it is kept nowhere else, so it is read from the label."""

from collections.abc import Collection

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Upper

from labeling.codes import LabelType
from labeling.models import CurrentLabel, IssueAlias, IssueCategory, LabelIssue
from labeling.queries.issues import SPACES, fold, with_merged


def current_auto_rating(session: str) -> QuerySet[CurrentLabel]:
    """This will be the auto-rating that counts: the newest current one of any machine. `session` is the outer query's reference to it."""
    return CurrentLabel.objects.filter(session=OuterRef(session), type=LabelType.AUTO).order_by("-label__made_at", "-label")[:1]


def auto_names(categories: Collection[int]) -> Q:
    """This will be the sessions, as a condition on them, whose auto-rating names one of the categories, as strings mean now and after merges."""
    named = naming(categories)
    return Q(Exists(named.filter(session=OuterRef("pk"), label=Subquery(current_auto_rating("session").values("label")))))


def naming(categories: Collection[int]) -> QuerySet[LabelIssue]:
    """This will be the issues of labels that mean one of the categories, as strings mean now and after merges.

    As `canonical_categories` has it: the string as it is goes before the string with one space between its words.
    """
    categories = [one for group in with_merged(categories) for one in group]
    meant = {word: category in categories for word, category in _words()}
    wanted = [word for word, is_meant in meant.items() if is_meant]
    folded = fold([word for word, is_meant in meant.items() if not is_meant])
    others = [word for word, (_, spaced) in folded.items() if spaced in wanted]
    upper = Upper(F("raw"))
    spaced = Func(Func(upper, Value(SPACES), Value(" "), Value("g"), function="regexp_replace"), function="btrim", output_field=TextField())
    return LabelIssue.objects.alias(upper=upper, spaced=spaced).filter(Q(upper__in=wanted) | Q(spaced__in=wanted) & ~Q(upper__in=others))


def _words() -> list[tuple[str, int]]:
    """Names go before former names."""
    aliases = IssueAlias.objects.annotate(word=Upper("text")).values_list("word", "category")
    return [*aliases, *IssueCategory.objects.annotate(word=Upper("name")).values_list("word", "pk")]
