"""The agents and prompt versions that records name."""

from collections.abc import Iterable

from sessions_app.models import Agent, Prompt, Source
from sessions_app.records import Record, agent_key, prompt_key


def see_agents(data_source: Source, records: Iterable[Record]) -> dict[str, int]:
    """This will make or update the agents that records name, and return their ids by key. Who is known as they are is not written again."""
    latest: dict[str, Record] = {}
    for record in records:
        key = agent_key(record.values)
        if key not in latest or latest[key].values["timestamp"] <= record.values["timestamp"]:
            latest[key] = record
    told = {key: _told(record) for key, record in latest.items()}
    known = Agent.objects.filter(data_source=data_source, key__in=latest)
    held = {key: (name, type_, time_zone) for key, name, type_, time_zone in known.values_list("key", "name", "type", "time_zone")}
    different = [key for key in sorted(latest) if held.get(key) != told[key]]
    if different:
        Agent.objects.bulk_create(
            [Agent(data_source=data_source, key=key, name=told[key][0], type=told[key][1], time_zone=told[key][2]) for key in different],
            update_conflicts=True,
            unique_fields=["data_source", "key"],
            update_fields=["name", "type", "time_zone"],
        )
    return dict(known.values_list("key", "pk"))


def see_prompts(data_source: Source, records: Iterable[Record]) -> dict[str, int]:
    """This will make the prompt versions that records name, and return their ids by key."""
    seen = {key: record for record in records if (key := prompt_key(record.values))}
    known = Prompt.objects.filter(data_source=data_source, key__in=seen).values_list("key", "pk")
    held = dict(known)
    missing = sorted(seen.keys() - held.keys())
    if not missing:
        return held
    Prompt.objects.bulk_create(
        [
            Prompt(
                data_source=data_source,
                key=key,
                name=seen[key].values["prompt_name"] or "",
                version=seen[key].values["prompt_version"] or "",
                version_number=seen[key].values["prompt_version_number"],
            )
            for key in missing
        ],
        ignore_conflicts=True,
    )
    return dict(known.all())


def _told(record: Record) -> tuple[str, str, str]:
    values = record.values
    return values["agent_name"] or "", values["agent_type"] or "", values["agent_timezone"] or ""
