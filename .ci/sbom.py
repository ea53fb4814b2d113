"""Writes dist/sbom.json, a CycloneDX list of every package that an installation gets, from requirements.txt and what is installed."""

import hashlib
import json
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: *; *([^\\]+?))? *\\?$")


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = (ROOT / "requirements.txt").read_text()
    components = list(_components(listed))
    if len(components) != len(re.findall(r"^[^\s#-]", listed, re.MULTILINE)):
        print("A line of requirements.txt was not understood.", file=sys.stderr)  # noqa: T201 - a command
        return 1
    written = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        # The same list is the same document.
        "serialNumber": f"urn:uuid:{_uuid(listed)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": project["name"], "version": project["version"], "bom-ref": "application"}},
        "components": components,
    }
    target = ROOT / "dist" / "sbom.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(written, indent=1) + "\n")
    print(f"{target.relative_to(ROOT)}: {len(components)} packages, {sum('licenses' in one for one in components)} with a license.")  # noqa: T201 - a command
    return 0


def _components(listed: str):
    for block in re.split(r"\n(?=[^\s#-])", listed):
        found = PINNED.match(block.split("\n")[0])
        if not found:
            continue
        name, version, marker = found.groups()
        one = {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}", "bom-ref": f"{name}@{version}"}
        one["hashes"] = [{"alg": "SHA-256", "content": digest} for digest in re.findall(r"sha256:([0-9a-f]{64})", block)]
        if terms := _license(name):
            one["licenses"] = [{"license": {"name": terms}}]
        if marker:
            one["properties"] = [{"name": "marker", "value": marker.strip()}]
        yield one


def _license(name: str) -> str:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return ""
    classified = [line.rsplit(" :: ", 1)[-1] for line in told.get_all("Classifier") or [] if line.startswith("License ::")]
    return told.get("License-Expression") or ", ".join(classified) or (told.get("License") or "").split("\n")[0][:80]


def _uuid(listed: str) -> str:
    digest = hashlib.sha256(listed.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


if __name__ == "__main__":
    sys.exit(main())
