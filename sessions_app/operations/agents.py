"""The agents and prompt versions that records name."""

from collections.abc import Iterable

from sessions_app.models import Agent, Prompt, Source
from sessions_app.records import Record, agent_key, prompt_key


def see_agents(data_source: Source, records: Iterable[Record]) -> dict[str, int]:
    """This will make or update the agents that records name, and return their ids by key."""
    latest: dict[str, Record] = {}
    for record in sorted(records, key=lambda record: record.values["timestamp"]):
        latest[agent_key(record.values)] = record
    Agent.objects.bulk_create(
        [
            Agent(
                data_source=data_source,
                key=key,
                name=record.values["agent_name"] or "",
                type=record.values["agent_type"] or "",
                time_zone=record.values["agent_timezone"] or "",
            )
            for key, record in sorted(latest.items())
        ],
        update_conflicts=True,
        unique_fields=["data_source", "key"],
        update_fields=["name", "type", "time_zone"],
    )
    return dict(Agent.objects.filter(data_source=data_source, key__in=latest).values_list("key", "pk"))


def see_prompts(data_source: Source, records: Iterable[Record]) -> dict[str, int]:
    """This will make the prompt versions that records name, and return their ids by key."""
    seen = {key: record for record in records if (key := prompt_key(record.values))}
    Prompt.objects.bulk_create(
        [
            Prompt(
                data_source=data_source,
                key=key,
                name=record.values["prompt_name"] or "",
                version=record.values["prompt_version"] or "",
                version_number=record.values["prompt_version_number"],
            )
            for key, record in sorted(seen.items())
        ],
        ignore_conflicts=True,
    )
    return dict(Prompt.objects.filter(data_source=data_source, key__in=seen).values_list("key", "pk"))
