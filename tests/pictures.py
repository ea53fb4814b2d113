"""The pictures of the documentation, as `make pictures` takes them: demo data in a database of its own.

With DATABASE_URL the database is made on that server, else an embedded one is started.
"""

import json
import os
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

from config import local_files
from config.processes import prepare_static_files
from tests.bench.databases import FOLDER, Database
from tests.bench.serving import HOST, served
from tests.browser.driver import QUIET, ROOT_ONLY, expect, sync_playwright

TARGET = FOLDER / "docs" / "pictures"
SIZE = {"width": 1280, "height": 800}
# Full of small text, which packs badly.
LOWER = {"home": 600, "session-list": 620, "session": 710, "summary": 760}
# Seen by a reviewer; the others by an admin.
REVIEWERS = {"home"}
MOST_BYTES = 150_000
TELL = "from tests.pictured import tell; tell()"
PAGES = {
    "home": "/review/",
    "session-list": "/sessions/",
    "session": "/sessions/{session}/",
    "summary": "/summary/",
    "admin": "/admin/",
    "merge": "/admin/issues/{merged}/merge/?into={into}",
    "inbox": "/admin/issues/inbox/",
    "audit": "/admin/audit/",
    "erasure": "/admin/erasures/new/",
    "health": "/admin/health/",
}


def main() -> int:
    local_files.ensure()
    preparing = prepare_static_files(FOLDER, local_files.STATIC)
    if preparing:
        preparing.wait()
    database = Database("pictures", 0, 0, given="review_desk_pictures")
    database.prepare()
    _manage(database, "migrate", "--verbosity", "0")
    told = json.loads(_manage(database, "shell", "--verbosity", "0", "--command", TELL))
    worker = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=FOLDER, env=database.surroundings("worker"))
    try:
        with served(database) as running:
            sizes = take(f"http://{HOST}:{running.port}", told)
    finally:
        worker.terminate()
        worker.wait(30)
    for name, size in sizes.items():
        sys.stdout.write(f"{name}.png {size:,} bytes\n")
    return int(max(sizes.values()) > MOST_BYTES)


def take(home: str, told: dict) -> dict[str, int]:
    sizes = {}
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        root = ROOT_ONLY if os.geteuid() == 0 else []
        browser = play.chromium.launch(executable_path=shutil.which(os.environ.get("CHROMIUM", "chromium")), args=[*root, *QUIET])
        context = browser.new_context(base_url=home, viewport=SIZE, locale="en-US", color_scheme="light", reduced_motion="reduce")
        page = context.new_page()
        for name, address in PAGES.items():
            context.add_cookies([{**told["reviewer" if name in REVIEWERS else "admin"], "url": home}])
            page.set_viewport_size(SIZE | ({"height": LOWER[name]} if name in LOWER else {}))
            page.goto(address.format(**told), wait_until="networkidle")
            if name == "erasure":
                page.get_by_label("Or the ID of one session").fill(str(told["session"]))
                page.get_by_role("button", name="Show what would be erased").click()
                expect(page.get_by_label("Type “erase 1”")).to_be_visible()
            sizes[name] = _write(TARGET / f"{name}.png", page.screenshot())
        browser.close()
    return sizes


def _write(file: Path, picture: bytes) -> int:
    """Packed as tightly as it goes: Chromium prefers to be quick."""
    chunks = list(_chunks(picture))
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    kept = [(kind, data) for kind, data in chunks if kind in (b"IHDR", b"PLTE")]
    packed = picture[:8] + b"".join(_chunk(*one) for one in [*kept, (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")])
    file.write_bytes(packed)
    return len(packed)


def _chunks(picture: bytes):
    at = 8
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        yield kind, picture[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _manage(database: Database, *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=FOLDER, env=database.surroundings("command"), check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
