"""Publishing a new version of the guide: written, looked at, published."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labeling.access import requires
from labeling.forms.guide import GuideForm
from labeling.models import GuideVersion
from labeling.operations.guide import GuideMovedOn, NothingChanged, publish_guide
from labeling.queries.guide import TEXT_OF, get_newest, texts_of
from labeling.queries.guide_differences import Words, compare_words
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def guide_version_create(request: SignedInRequest) -> HttpResponse:
    """A POST shows the differences first; only what was looked at is published."""
    newest = get_newest()
    if request.method != "POST":
        return _page(request, GuideForm(initial=_start(newest)))
    form = GuideForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    if "edit" in request.POST:
        return _page(request, form)
    if "publish" not in request.POST:
        return _preview(request, form, newest)
    try:
        version = publish_guide(texts=form.texts, what_changed=form.cleaned_data["what_changed"], starting_from=form.cleaned_data["version"], by=request.user)
    except NothingChanged:
        form.add_error(None, _("These are the texts of the newest version. Change at least one of them."))
        return _page(request, form, status=422)
    except GuideMovedOn as other:
        return _conflict(request, form, other.newest)
    messages.success(request, _("Version %(n)d of the guide is published.") % {"n": version.number})
    return SeeOther(reverse("admin:labeling_guideversion_changelist"))


def _preview(request: SignedInRequest, form: GuideForm, newest: GuideVersion | None) -> HttpResponse:
    begun = _begun(form)
    if newest and (begun is None or texts_of(begun) != texts_of(newest)) and texts_of(newest) != form.texts:
        return _conflict(request, form, newest)
    differences = _differences(newest, form)
    if not differences:
        form.add_error(None, _("These are the texts of the newest version. Change at least one of them."))
        return _page(request, form, status=422)
    return _page(request, form, differences=differences)


def _conflict(request: SignedInRequest, form: GuideForm, newest: GuideVersion) -> HttpResponse:
    """Both texts, and a form that starts from the newest one: sent again, it replaces that knowingly.

    What this writer had left as it was is taken over from the other.
    """
    begun = _begun(form)
    data = request.POST.copy()
    data["version"] = str(newest.number)
    for field in TEXT_OF.values():
        if begun and form.cleaned_data[field] == getattr(begun, field):
            data[field] = getattr(newest, field)
    again = GuideForm(data)
    again.is_valid()
    return _page(request, again, status=409, conflict=newest, differences_to_theirs=_differences(newest, again))


def _begun(form: GuideForm) -> GuideVersion | None:
    """The version its writer had before them."""
    number = form.cleaned_data["version"]
    return GuideVersion.objects.filter(number=number).first() if number else None


def _differences(newest: GuideVersion | None, form: GuideForm) -> list[tuple[str, tuple[Words, ...]]]:
    pairs = [(code.value, getattr(newest, field) if newest else "", form.cleaned_data[field]) for code, field in TEXT_OF.items()]
    return [(code, compare_words(old, new)) for code, old, new in pairs if old != new]


def _start(newest: GuideVersion | None) -> dict[str, Any]:
    if newest is None:
        return {}
    return {**{field: getattr(newest, field) for field in TEXT_OF.values()}, "version": newest.number}


def _page(request: HttpRequest, form: GuideForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("Publish a new version of the guide"), "form": form, "opts": GuideVersion._meta, **more}
    return render(request, "admin/guide_version_create.html", context, status=status)
