"""OIDC_ROLE_MAP: which group of the identity provider gives which role and agents, as an operator writes it."""

import re

# A group's own name may hold an equals sign or an at sign, as a directory's names do.
ENTRY = re.compile(r"(?P<group>.+?)\s*=\s*(?P<role>reviewer|manager|admin)\s*(?:@(?P<agents>.*))?")


def parsed(text: str) -> dict[str, tuple[str, frozenset[str]]]:
    """This will read `group=role` and `group=role@Agent|Agent`, separated by semicolons. No agent named means all. Raises ValueError."""
    grants: dict[str, tuple[str, frozenset[str]]] = {}
    for entry in filter(None, (part.strip() for part in text.replace("\n", ";").split(";"))):
        found = ENTRY.fullmatch(entry)
        if found is None:
            raise ValueError(f"“{entry}” names no group and role.")
        group, listed = found["group"].strip(), found["agents"]
        agents = frozenset(name.strip() for name in (listed or "").split("|") if name.strip())
        if listed is not None and not agents:
            raise ValueError(f"“{entry}” ends before its agents.")
        if found["role"] == "admin" and agents:
            raise ValueError(f"“{entry}” names agents, and an admin sees all of them.")
        if group in grants:
            raise ValueError(f"“{group}” stands there twice.")
        grants[group] = (found["role"], agents)
    return grants
