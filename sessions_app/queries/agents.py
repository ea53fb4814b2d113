"""The agents somebody may see."""

from django.db.models import QuerySet

from sessions_app.models import Agent
from sessions_app.scope import Scope


def agents_in(scope: Scope) -> QuerySet[Agent]:
    """This will return the agents in scope, by name."""
    agents = Agent.objects.order_by("name", "key", "pk")
    return agents if scope.all_agents else agents.filter(pk__in=scope.agents)
