"""The sessions that somebody chose on the list, to do something with them together."""

from dataclasses import dataclass

from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from labeling.filters import ReviewFilter
from labeling.filters.matching import find_matching
from labeling.filters.words import query_of
from labeling.forms.labels import new_client_key
from labeling.models.bulk_action import MOST_IN_BULK
from labeling.queries.bulk_actions import in_reach
from labeling.requests import SignedInRequest
from labeling.views.saved_views import SeeOther
from sessions_app.models import Session
from sessions_app.queries.budget import OverBudget


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some rows of the list, or all that match its filter."""

    filtered: ReviewFilter
    is_all: bool
    sessions: list[int]
    is_cut: bool = False

    @property
    def picked(self) -> list[int]:
        return [] if self.is_all else self.sessions


class CannotChoose(Exception):
    """Its words are for the person, and the list is where they go on."""


def filter_of(request: SignedInRequest) -> ReviewFilter:
    """This will be the filter of the list that something was chosen on."""
    return ReviewFilter(QueryDict(request.POST.get("query", "")), queryset=Session.objects.visible_to(request.scope), request=request)


def read_chosen(request: SignedInRequest, filtered: ReviewFilter, *, none_picked: str, most: int = MOST_IN_BULK) -> Chosen:
    """This will find what was chosen, as far as the person may see it. Raises CannotChoose."""
    if "all" not in request.POST:
        picked = in_reach([int(one) for one in request.POST.getlist("session") if one.isascii() and one.isdecimal() and len(one) < 19], request.scope)
        if not picked:
            raise CannotChoose(none_picked)
        return Chosen(filtered, False, picked)
    if not filtered.form.is_valid():
        raise CannotChoose(_("These filters cannot be read, so nothing was done."))
    try:
        found = find_matching(filtered, most)
    except OverBudget:
        raise CannotChoose(_("Finding these sessions took too long. Narrow the filter, for example by period.")) from None
    if found.is_partial:
        raise CannotChoose(_("Looking through all these texts takes too long to know all that match. Narrow the filter, for example by period."))
    if not found.ids:
        raise CannotChoose(_("No sessions match, so nothing was done."))
    return Chosen(filtered, True, found.ids, is_cut=found.is_cut)


def ask_anew(request: SignedInRequest, form: Form, *, shown: str) -> None:
    """This will let a form that comes back speak of what is shown now."""
    if not form.is_bound:
        return
    data = request.POST.copy()
    data["shown"] = shown
    if "client_key" in form.errors:
        data["client_key"] = new_client_key()
    form.data = data


def back_to_list(filtered: ReviewFilter) -> HttpResponse:
    return SeeOther(f"{reverse('labeling:session_list')}?{query_of(filtered)}")
