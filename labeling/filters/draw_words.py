"""The draws of a queue as its managers read them: what was drawn of what, by group."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.clock import Shown, show
from labeling.filters.words import names_of
from labeling.models import Draw, Queue, User
from labeling.models.queue import DrawState, Stratum
from sessions_app.scope import Scope

MOST_DRAWS = 20
MOST_GROUPS = 200
UNDER_WAY = (DrawState.WAITING, DrawState.RUNNING)


@dataclass(frozen=True, slots=True)
class GroupLine:
    name: str
    frame: int
    drawn: int


@dataclass(frozen=True, slots=True)
class DrawLine:
    draw: Draw
    asked: Shown
    # What it was drawn from may lie beyond what a manager of few agents sees; then it says only that it was.
    is_whole: bool
    groups: list[GroupLine]

    @property
    def is_moving(self) -> bool:
        return self.draw.state in UNDER_WAY


def get_draw_lines(queue: Queue, *, viewer: User, scope: Scope) -> list[DrawLine]:
    """This will return the latest draws, the newest first, with the groups of samples by name."""
    draws = list(queue.draws.select_related("asked_by").order_by("-number")[:MOST_DRAWS])
    is_whole = scope.all_agents or queue.created_by_id == viewer.pk
    names = _names(draws, viewer, scope) if is_whole else {}
    return [
        DrawLine(
            draw=draw,
            asked=show(draw.asked_at, agent_zone=viewer.time_zone, viewer=viewer),
            is_whole=is_whole,
            groups=[_line(group, draw, names) for group in draw.groups[:MOST_GROUPS]] if is_whole and len(draw.groups) > 1 else [],
        )
        for draw in draws
    ]


def name_groups(groups: Sequence[dict[str, Any]], *, strata: Sequence[str], viewer: User, scope: Scope) -> list[GroupLine]:
    """This will name groups that no draw holds yet."""
    draw = Draw(groups=list(groups), strata=list(strata))
    names = _names([draw], viewer, scope)
    return [_line(group, draw, names) for group in draw.groups]


def _names(draws: Sequence[Draw], viewer: User, scope: Scope) -> dict[tuple[str, str], str]:
    """What the ids in groups stand for, with one query for each kind."""
    said: dict[str, set[str]] = defaultdict(set)
    for draw in draws:
        for group in draw.groups:
            for stratum, one in zip(draw.strata, group.get("group", []), strict=False):
                said[stratum].add(one)
    found: dict[tuple[str, str], str] = {}
    for stratum in said.keys() & {Stratum.AGENT, Stratum.PROMPT}:
        ids = [int(one) for one in said[stratum] if one.isdecimal()]
        named = names_of(stratum, ids, viewer=viewer, scope=scope)
        found |= {(stratum, str(one)): named.get(one, _("one you may not see")) for one in ids}
    channels = said[Stratum.CHANNEL] - {""}
    named = names_of(Stratum.CHANNEL, channels, viewer=viewer, scope=scope) if channels else {}
    return found | {(Stratum.CHANNEL, one): named.get(one, one) for one in channels}


def _line(group: dict[str, Any], draw: Draw, names: dict[tuple[str, str], str]) -> GroupLine:
    key = group.get("group", [])
    if merged := group.get("merged"):
        name = ngettext("%(n)d small group together", "%(n)d small groups together", merged) % {"n": merged}
    else:
        name = ", ".join(names.get((stratum, one), one) or _("None") for stratum, one in zip(draw.strata, key, strict=False)) or _("All")
    return GroupLine(name, group.get("frame", 0), group.get("drawn", 0))
