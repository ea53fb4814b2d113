"""The agents somebody may see."""

from typing import Any

from django.db.models import F, Q, QuerySet

from sessions_app.compiled import AnyOf, compiled
from sessions_app.models import Agent
from sessions_app.reading_order import ByName
from sessions_app.scope import Scope


def agents_in(scope: Scope) -> QuerySet[Agent]:
    """This will return the agents in scope, by name."""
    agents = Agent.objects.order_by(ByName("name"), "key", "pk")
    return agents if scope.all_agents else agents.filter(pk__in=scope.agents)


def get_first_agents(scope: Scope, *, most: int) -> list[Agent]:
    """This will be the first agents in scope, by name: of these a list offers its filter at once."""
    return _first_agents.all(list(scope.agents), all_agents=scope.all_agents, most=most)


@compiled
def _first_agents(agents: Any, *, all_agents: bool, most: int) -> QuerySet[Agent]:
    reached = Q() if all_agents else AnyOf(F("pk"), agents)
    return Agent.objects.filter(reached).order_by(ByName("name"), "key", "pk").only("key", "name")[:most]


def zones_in(scope: Scope) -> list[str]:
    """This will name the time zones of the agents in scope."""
    return sorted(set(agents_in(scope).order_by().exclude(time_zone="").values_list("time_zone", flat=True)))
