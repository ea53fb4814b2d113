"""The agents somebody may see."""

from django.db.models import QuerySet

from sessions_app.models import Agent
from sessions_app.scope import Scope


def agents_in(scope: Scope) -> QuerySet[Agent]:
    """This will return the agents in scope, by name."""
    agents = Agent.objects.order_by("name", "key", "pk")
    return agents if scope.all_agents else agents.filter(pk__in=scope.agents)


def zones_in(scope: Scope) -> list[str]:
    """This will name the time zones of the agents in scope."""
    return sorted(set(agents_in(scope).order_by().exclude(time_zone="").values_list("time_zone", flat=True)))
