"""The figures of the summary, panel by panel, as its page shows them to the owner of the key."""

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel

from labeling.api.access import SyllableApiKey, asked_by
from labeling.codes import Basis
from labeling.forms.summary import ALL_LABELED, SummaryForm
from labeling.models.api_key import KeyScope
from labeling.views.summary import PANELS, figures_of
from sessions_app.api.parameters import refuse_unknown
from sessions_app.api.problems import Refused, Unprocessable, problem, unprocessable
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import OF_A_LIST
from sessions_app.codes import Channel
from sessions_app.queries.budget import OverBudget, within

router = Router(tags=["desk"])
reading = SyllableApiKey(KeyScope.LABELS_READ)
FIGURES = tuple(name for name, panel in PANELS.items() if panel.lines)
ONCE = ("panel", "since", "first", "last", "basis", "measure", "points")
OFTEN = ("agent", "channel")
MOST_MS = 4_000
TOO_MUCH = "This takes too long. Ask for fewer days or agents."


class FigureLine(BaseModel):
    """One figure. `of` is what it is a share of, without which there is no rate; under ten of them there is none either."""

    panel: str
    row: str
    figure: str
    n: int
    of: int | None = None
    rate: float | None = None
    likely_from: float | None = None
    likely_to: float | None = None
    words: str


class Figures(BaseModel):
    """`basis` is random where the labels of random draws count, and all where every label does."""

    first: str
    last: str
    time_zone: str
    basis: str
    figures: list[FigureLine]


def _parameter(name: str, schema: dict[str, object], description: str) -> dict[str, object]:
    return {"in": "query", "name": name, "required": False, "schema": schema, "description": description}


PARAMETERS = {
    "parameters": [
        _parameter("panel", {"type": "string", "enum": list(FIGURES), "default": "headline"}, "Which part of the summary."),
        _parameter("since", {"type": "string", "enum": [value for value, _ in (*SummaryForm.WEEKS, ("days", ""))]}, "So many weeks up to today, or days."),
        _parameter("first", {"type": "string", "format": "date"}, "With since=days: from this day on."),
        _parameter("last", {"type": "string", "format": "date"}, "With since=days: through this day."),
        _parameter("agent", {"type": "array", "items": {"type": "string"}}, "Only these agents, by the numbers that the page's address has."),
        _parameter("channel", {"type": "array", "items": {"type": "string", "enum": list(Channel.values)}}, "Only these channels."),
        _parameter("basis", {"type": "string", "enum": [Basis.RANDOM.value, ALL_LABELED]}, "Which labels count. Without it random ones, where there are any."),
        _parameter("measure", {"type": "string", "enum": ["bad", "good", "volume"]}, "Of the panel trend."),
        _parameter("points", {"type": "string", "enum": ["week", "four"]}, "Of the panel trend."),
    ]
}


@router.get("summary", auth=reading, response={200: Figures, **OF_A_LIST}, openapi_extra=PARAMETERS, url_name="summary", summary="Figures of the summary")
def summary(request: HttpRequest) -> HttpResponse:
    """What sessions and labels add up to, as the summary's page shows it to the owner of the key."""
    who = asked_by(request)
    refuse_unknown(request.GET, once=ONCE, often=OFTEN)
    panel = request.GET.get("panel", "headline")
    if panel not in FIGURES:
        raise unprocessable(["query", "panel"], f"One of: {', '.join(FIGURES)}.", "enum")
    form = SummaryForm(request.GET, viewer=who.user, scope=who.scope)
    if form.errors:
        raise Unprocessable([problem(["query", name], "This is no value of it.") for name in form.errors])
    try:
        with within(MOST_MS):
            figures = figures_of(panel, form)
    except OverBudget:
        raise Refused(400, TOO_MUCH) from None
    period = form.period
    return answer(
        {
            "first": period.first,
            "last": period.last,
            "time_zone": str(period.zone),
            "basis": form.basis_chosen,
            "figures": [{**line._asdict(), "words": str(line.words)} for line in figures],
        }
    )
