"""Which agents' sessions somebody may see, as plain data: sessions_app never learns who is asking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """All agents, or exactly the ones listed (rows of `Agent`)."""

    all_agents: bool = False
    agents: frozenset[int] = frozenset()

    def covers(self, agent_pk: int) -> bool:
        return self.all_agents or agent_pk in self.agents


EVERYTHING = Scope(all_agents=True)
NOTHING = Scope()
