"""Which agents a person's sign-in or key covers."""

from typing import Any

from labeling.models import User
from labeling.roles import Role
from sessions_app.scope import EVERYTHING, NOTHING, Scope


def get_scope(person: Any) -> Scope:
    """This will be nothing for a stranger, everything for who sees all agents, else exactly the listed ones."""
    if not isinstance(person, User) or not person.is_active:
        return NOTHING
    if person.all_agents or person.role == Role.ADMIN:
        return EVERYTHING
    return Scope(agents=frozenset(person.agents.values_list("pk", flat=True)))
