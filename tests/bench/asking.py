"""What to ask a database for by the name of a page, and what must stand in the answer: looked up by plain queries, not by the filters of the pages."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from labeling.models.api_key import KeyScope
from labeling.operations.api_keys import create_api_key
from sessions_app.models import Session, Transcript
from tests.bench.pages import API, CLICKS, COMMON, DEEP, DETAIL, FEW, FIXED, LIST, PHRASE, RARE, ROWS, SUMMARY

# `rare20` stands in transcripts that tests/bench/searching.py multiplied; those of the demo have the other.
RARE_WORDS = ("rare20", "fertility")
COMMON_WORD, COMMON_PHRASE = "appointment", '"date of birth"'
CALLERS = """
    SELECT s.id FROM (SELECT DISTINCT ON (source) id, source FROM (
        SELECT id, source FROM sessions_app_session WHERE source LIKE '+%' ORDER BY timestamp DESC, id DESC LIMIT 1000) newest) s,
    LATERAL (SELECT count(*) AS n FROM (
        SELECT 1 FROM sessions_app_session other WHERE other.source = s.source AND other.is_test IS NOT TRUE LIMIT 50) first) known
    ORDER BY abs(known.n - 20), s.id LIMIT 1
"""


@dataclass
class Asked:
    """`ids` are those of the rows, in their order; `words` stand in the page; `counted` is something in it and how often."""

    path: str
    ids: list[int] = field(default_factory=list)
    words: str = ""
    counted: tuple[str, int] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def ours(inside):
    """What to ask this installation for, by the page's name; a page that this database has nothing for is left out."""
    live = Session.objects.live().newest_first()
    found = {FIXED: Asked("/healthz", words="ok")}
    found[LIST] = Asked("/sessions/", ids=_ids(live[:ROWS]))
    caller = _rows(CALLERS)[0][0]
    found[FEW] = Asked(f"/sessions/?caller={caller}", ids=_ids(live.filter(source=Session.objects.get(pk=caller).source)[:ROWS]))
    clicks = _clicks(live)
    found[DEEP] = Asked(inside.older(clicks), ids=_ids(live[clicks * ROWS : (clicks + 1) * ROWS]))
    if Transcript.objects.exists():
        found |= _spoken(inside)
    monday = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    # Where few are rated the chart has four weeks to a point; the sum of the twelve stands on every page.
    count = live.filter(timestamp__gte=monday - timedelta(weeks=11), timestamp__lt=monday + timedelta(weeks=1)).count()
    found[SUMMARY] = Asked("/summary/?basis=all", words=f"{count:,}")
    key = create_api_key(user=inside.user, name="bench", scopes=[KeyScope.SESSIONS_READ], expires_at=inside.soon(), by=None, rate_per_minute=60_000)[1]
    found[API] = Asked("/api/v1/sessions/?limit=25", ids=_ids(Session.objects.newest_first()[:25]), headers={"Syllable-API-Key": key})
    return found


def peers(known):
    """The same questions in the words of the admin."""
    source = Session.objects.get(pk=known[FEW]["path"].rpartition("=")[2]).source
    # A list of everything: the admin knows no test sessions to leave out.
    everything = Session.objects.newest_first()
    clicks = _clicks(everything)
    addresses = {LIST: "", FEW: f"?q={source.replace('+', '%2B')}&is_test__exact=0", DEEP: f"?p={clicks + 1}"}
    ids = {LIST: _ids(everything[:ROWS]), FEW: [], DEEP: _ids(everything[clicks * ROWS : (clicks + 1) * ROWS])}
    return {name: Asked(f"/peer/sessions_app/session/{query}", ids=ids[name], words="paginator") for name, query in addresses.items()}


def _spoken(inside):
    found = {}
    word = next((word for word in RARE_WORDS if _matching(word)), None)
    for name, words, count in ((RARE, word, _matching(word) if word else 0), (COMMON, COMMON_WORD, ROWS), (PHRASE, COMMON_PHRASE, ROWS)):
        if count:
            found[name] = Asked(f"/sessions/?q={inside.search(words)}", counted=('class="rowlink"', min(count, ROWS)))
    nearest = Session.objects.filter(turns__gte=55, turns__lte=65).newest_first().first() or Session.objects.filter(turns__gt=0).order_by("-turns")[0]
    found[DETAIL] = Asked(f"/sessions/{nearest.pk}/", counted=('data-kind="turn"|data-kind=turn', nearest.turns))
    return found


def _clicks(sessions):
    """As deep as there are whole pages: ten thousand sessions have hardly so many."""
    return min(CLICKS, sessions[: CLICKS * ROWS + ROWS].count() // ROWS - 1)


def _matching(word):
    return _rows("SELECT count(*) FROM sessions_app_transcript WHERE search @@ plainto_tsquery('english', %s)", [word])[0][0]


def _ids(sessions):
    return list(sessions.values_list("pk", flat=True))


def _rows(statement, values=()):
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values) or None)
        return cursor.fetchall()
