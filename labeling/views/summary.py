"""The summary: what sessions and labels add up to, each number a door to its sessions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from labeling.exports import summary_lines as lines
from labeling.exports.summary import Line, write_summary
from labeling.forms.summary import SummaryForm
from labeling.forms.targets import TargetForm
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.targets import set_target
from labeling.policies import why_not_set_target
from labeling.queries.summary.agents import get_agents
from labeling.queries.summary.agreement import get_agreement
from labeling.queries.summary.auto import get_auto
from labeling.queries.summary.auto_issues import get_auto_issues
from labeling.queries.summary.auto_rows import get_auto_rows
from labeling.queries.summary.channels import get_channels
from labeling.queries.summary.coverage import get_coverage
from labeling.queries.summary.definitions import get_applied, get_definitions
from labeling.queries.summary.first import get_first
from labeling.queries.summary.headline import get_headline
from labeling.queries.summary.issues import get_issues
from labeling.queries.summary.outcomes import get_outcomes
from labeling.queries.summary.reviewers import get_reviewers
from labeling.queries.summary.samples import get_samples
from labeling.queries.summary.tallies import count_ahead, get_tally
from labeling.queries.summary.target import get_target_agent
from labeling.queries.summary.trend import get_trend
from labeling.queries.summary.versions import count_versions_by_day, get_first_day
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from labeling.views.ways_on import WaysOn


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of the page.

    `get` is given the frame, and by keyword whatever of the form `asks` names. Its template is given `panel`, which is
    what `get` returned, `frame`, `form`, and `list_url`, the address of the list; it writes links with the tag `door`.
    A lazy one is asked for when the page is there. `is_beside` puts it into the narrow column. `lines` are its figures
    for the flat file.
    """

    title: Any
    get: Callable[..., object]
    template: str
    is_lazy: bool = False
    is_beside: bool = False
    asks: tuple[str, ...] = ()
    lines: Callable[[Any], Iterable[Line]] | None = None


# In the order of the page; what stands above the columns is placed by name.
PANELS: dict[str, Panel] = {
    "samples": Panel(_("Random samples"), get_samples, "labeling/_summary_samples.html", is_lazy=True, lines=lines.sample_lines),
    "first": Panel(_("In short"), get_first, "labeling/_summary_first.html"),
    "headline": Panel(_("Headline figures"), get_headline, "labeling/_summary_headline.html", lines=lines.headline_lines),
    "trend": Panel(_("Over time"), get_trend, "labeling/_summary_trend.html", asks=("measure", "points"), lines=lines.trend_lines),
    "agents": Panel(_("By agent and prompt version"), get_agents, "labeling/_summary_agents.html", lines=lines.agent_lines),
    "channels": Panel(_("Channels, languages, direction"), get_channels, "labeling/_summary_channels.html", is_lazy=True, lines=lines.channel_lines),
    "coverage": Panel(_("Coverage and blind spots"), get_coverage, "labeling/_summary_coverage.html", is_lazy=True, lines=lines.coverage_lines),
    "auto-rows": Panel(
        _("Auto agrees over time, by agent and version"), get_auto_rows, "labeling/_summary_auto_rows.html", is_lazy=True, lines=lines.auto_row_lines
    ),
    "auto-issues": Panel(_("Issues the auto-rating finds"), get_auto_issues, "labeling/_summary_auto_issues.html", is_lazy=True, lines=lines.auto_issue_lines),
    "issues": Panel(_("Issues"), get_issues, "labeling/_summary_issues.html", is_lazy=True, is_beside=True, lines=lines.issue_lines),
    "reviewers": Panel(_("Reviewers"), get_reviewers, "labeling/_summary_reviewers.html", is_lazy=True, lines=lines.reviewer_lines),
    "outcomes": Panel(_("Outcomes that check the labels"), get_outcomes, "labeling/_summary_outcomes.html", is_lazy=True, lines=lines.outcome_lines),
    "agreement": Panel(_("Reviewers agree"), get_agreement, "labeling/_summary_agreement.html", is_lazy=True, is_beside=True, lines=lines.agreement_lines),
    "auto": Panel(_("Auto-rating against people"), get_auto, "labeling/_summary_auto.html", is_beside=True, lines=lines.auto_lines),
}
ABOVE = ("first", "headline")
# Within the note on what the rates stand on.
NOTED = "samples"


@require_safe
def summary(request: SignedInRequest) -> HttpResponse:
    form = SummaryForm(request.GET, viewer=request.user, scope=request.scope)
    count_versions_by_day(form.frame)
    count_ahead(form.frame)
    shown = [_shown(name, form) for name in PANELS]
    context = {
        "section": "summary",
        "form": form,
        "frame": form.frame,
        "ways": WaysOn(request, form),
        "list_url": reverse("labeling:session_list"),
        "may_set_target": not why_not_set_target(request.user, request.scope, get_target_agent(form.frame)),
        "may_see_samples": request.user.may(Permission.MANAGE_QUEUES),
        "samples_url": reverse("labeling:summary_panel", args=[NOTED]) + (f"?{form.controls}" if form.controls else ""),
        "rated": get_tally(form.frame).rated if form.frame.basis else 0,
        "begins": get_first_day(form.frame),
        "above": [one for one in shown if one["name"] in ABOVE],
        "wide": [one for one in shown if one["name"] not in (*ABOVE, NOTED) and not one["is_beside"]],
        "beside": [one for one in shown if one["name"] not in ABOVE and one["is_beside"]],
    }
    answer = render(request, "labeling/_summary.html" if request.htmx else "labeling/summary.html", context)
    # The address of what was chosen, without the fields that say nothing.
    answer["HX-Push-Url"] = _address(form)
    return answer


@require_safe
def summary_definitions(request: SignedInRequest) -> HttpResponse:
    return render(request, "labeling/summary_definitions.html", {"section": "summary", "definitions": get_definitions(), "applied": get_applied()})


@require_safe
def summary_export(request: SignedInRequest) -> HttpResponse:
    """The figures of the page as a file. That it was made is an event."""
    form = SummaryForm(request.GET, viewer=request.user, scope=request.scope)
    found = [line for name in PANELS for line in figures_of(name, form)]
    record_event(kind=EventKind.EXPORTED, by=request.user, subject_kind="summary", after="csv")
    answer = HttpResponse(write_summary(form.frame, found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="summary-{form.period.first}-{form.period.last}.csv"'
    return answer


def figures_of(name: str, form: SummaryForm) -> list[Line]:
    """This will be the figures of one panel, for the flat file and the API."""
    panel = PANELS[name]
    return list(panel.lines(_content(panel, form))) if panel.lines else []


@require_http_methods(["GET", "HEAD", "POST"])
def target_update(request: SignedInRequest) -> HttpResponse:
    """The target of the agent that was chosen, if it is one, or of the workspace. A GET asks for it, for who has no script."""
    controls = SummaryForm(request.GET, viewer=request.user, scope=request.scope)
    if "agent" in controls.errors:
        raise Http404
    agent = get_target_agent(controls.frame)
    if why_not_set_target(request.user, request.scope, agent):
        raise PermissionDenied
    form = TargetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        set_target(agent=agent, bad_percent=form.cleaned_data["bad_percent"], by=request.user)
        messages.info(request, _("Target saved"))
        return SeeOther(_address(controls))
    context = {"section": "summary", "form": controls, "target_form": form, "agent": agent}
    return render(request, "labeling/target_update.html", context, status=422 if form.errors else 200)


@require_safe
def summary_panel(request: SignedInRequest, slug: str) -> HttpResponse:
    """One panel by itself: a fragment that the page asks for, or a page for who has no script."""
    if slug not in PANELS:
        raise Http404
    form = SummaryForm(request.GET, viewer=request.user, scope=request.scope)
    panel = PANELS[slug]
    context = {
        "section": "summary",
        "form": form,
        "frame": form.frame,
        "ways": WaysOn(request, form),
        "list_url": reverse("labeling:session_list"),
        "may_set_target": not why_not_set_target(request.user, request.scope, get_target_agent(form.frame)),
        "one": {"title": panel.title, "template": panel.template},
        "panel": _content(panel, form),
    }
    return render(request, panel.template if request.htmx else "labeling/summary_panel.html", context)


def _address(form: SummaryForm) -> str:
    return reverse("labeling:summary") + (f"?{form.controls}" if form.controls else "")


def _shown(name: str, form: SummaryForm) -> dict[str, Any]:
    panel = PANELS[name]
    return {
        "name": name,
        "title": panel.title,
        "template": panel.template,
        "is_lazy": panel.is_lazy,
        "is_beside": panel.is_beside,
        "content": None if panel.is_lazy else _content(panel, form),
    }


def _content(panel: Panel, form: SummaryForm) -> object:
    return panel.get(form.frame, **{name: form.chosen(name) for name in panel.asks})
