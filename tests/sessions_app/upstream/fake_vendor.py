"""A vendor of our own: the wire over real HTTP on loopback, from a thread, with bad days on request.

    with FakeVendor() as vendor:
        vendor.fill(50)
        vendor.bad_share = 0.12

`vendor.url` and `vendor.key` are what a connection wants; the address stands in OUTBOUND_ALLOWED as `vendor.allowed`.
"""

import json
import random
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

FIRST = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
BAD_KINDS = ("500", "503", "429", "stall", "truncated", "html", "half", "reset")
LINES = (("agent", "How can I help you today?"), ("user", "I need to move my visit."), ("agent", "What day works better?"), ("user", "Friday, please."))
EXACT = {"session_id", "id", "type", "code", "is_test", "is_outbound", "is_legacy", "agent_id", "prompt_id", "conversation_id", "channel_manager_sid"}


@dataclass
class Asked:
    """One request as it came. `bad` says which bad answer it got, if any."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: object = None
    bad: str = ""
    status: int = 0
    key: str | None = None
    at: float = field(default_factory=time.monotonic)


@dataclass
class Entry:
    """A record and where it stands in time, which a malformed one does not say itself."""

    at: datetime
    wire: object


class FakeVendor:
    def __init__(self, *, seed=1, key="a vendor's key"):
        self.key = key
        self.sessions: dict[str, Entry] = {}
        self.transcripts: dict[str, object] = {}
        self.summaries: dict[str, object] = {}
        self.latencies: dict[str, object] = {}
        self.recordings: dict[str, list[bytes]] = {}
        self.labels: dict[int, Entry] = {}
        self.requests: list[Asked] = []
        # The knobs. All may be turned while it runs.
        self.bad_share = 0.0
        self.bad_kinds = BAD_KINDS
        self.bad_paths = re.compile("")
        self.stall_seconds = 4.0
        self.retry_after = "0.05"
        self.refuses_with = 0  # 401 or 403: what a wrong or deactivated key gets.
        self.refuses_author = re.compile("(?!)")  # Labels of whose address this finds something in are a 403.
        self.not_allowed = re.compile("(?!)")  # What this finds in a path is a 403.
        self.lost_label_replies = 0  # So many of the next labels are made, and their answer never comes.
        self.duplicate_share = 0.0  # Of the records of a page, how many come twice in it.
        self.shuffles = False  # The records of a page come in any order.
        self.default_newest_first = True
        self.most_rows = 100_000  # page x limit beyond it is a 400.
        self.most_limit = 1_000  # More at once is a 422; with `caps`, fewer come without a word.
        self.caps = False
        self.counts_until = 10_000  # total_count is null beyond it.
        self.seconds = 0.0  # How long each answer takes.
        self.redirects_to = ""
        self.recordings_lie_at: list[str] | None = None  # Instead of addresses of its own.
        self.next_label = 1
        self._tokens: dict[str, tuple[str, int]] = {}
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.allowed = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *problem):
        self._server.shutdown()
        self._server.server_close()

    # What it holds.

    def fill(self, n, *, first=1, start=FIRST, step=timedelta(minutes=1), transcripts=True, ratings=("good", "ok", "bad", "")):
        """This will make n sessions with transcripts, latencies and summaries, a step apart; and return their ids."""
        made = []
        for number in range(first, first + n):
            at = start + step * (number - first)
            self.put_session(session_id=str(number), timestamp=wire_time(at), number=number)
            if transcripts:
                self.put_transcript(number, at=at, rating=ratings[number % len(ratings)])
            made.append(str(number))
        return made

    def put_session(self, *, session_id, timestamp, number=0, **fields):
        """This will add a session, or change it."""
        before = self.sessions.get(str(session_id))
        plain = before.wire if before and isinstance(before.wire, dict) else session_wire(number)
        self.sessions[str(session_id)] = Entry(_time(timestamp), {**plain, "session_id": str(session_id), "timestamp": timestamp, **fields})

    def put_record(self, wire, *, at=FIRST, name=""):
        """This will add whatever it is to the list of sessions, at that time."""
        self.sessions[name or f"record-{len(self.sessions)}"] = Entry(at, wire)

    def put_transcript(self, session_id, *, at=FIRST, lines=LINES, rating="good", summary="The caller moved a visit."):
        key = str(session_id)
        self.transcripts[key] = {
            "session_id": key,
            "transcription": [
                {"timestamp": wire_time(at + timedelta(seconds=5 * place)), "source": source, "text": text, "lang": "en-US"}
                for place, (source, text) in enumerate(lines)
            ],
            "actions": [
                {
                    "timestamp": wire_time(at + timedelta(seconds=7)), "tool_name": "find_visit", "tool_request": '{"day": "friday"}',
                    "tool_result": '{"found": 1}', "tool_error": None, "duration_ms": 120.0,
                }
            ],
        }  # fmt: skip
        self.latencies[key] = {
            "session_id": key,
            "timeline": [
                {
                    "timestamp": wire_time(at + timedelta(seconds=6)), "measurement_start": wire_time(at + timedelta(seconds=5)), "category": "llm",
                    "label": "reply", "metadata": [], "unit_type": "milliseconds", "value": 800.0, "value_str": "800 ms", "time_delta": "00:05",
                }
            ],
            "summary": [],
        }  # fmt: skip
        self.summaries[key] = {"summary": summary, "rating": rating or None}

    def put_label(
        self, session_id, *, code="GOOD", type="human-rating", user_email="ana@vendor.example", comments=None, issue_categories=None, at=FIRST, id=None, **more
    ):
        """This will add a label as somebody at the vendor's gave it; and return it."""
        with self._lock:
            number = self.next_label if id is None else id
            self.next_label = max(self.next_label, number) + 1
            wire = {
                "id": number, "session_id": int(session_id), "type": type, "code": code, "user_email": user_email, "timestamp": wire_time(at),
                "comments": comments, "issue_categories": issue_categories, **more,
            }  # fmt: skip
            self.labels[number] = Entry(at, wire)
        return wire

    def all_labels(self):
        return [entry.wire for _, entry in sorted(self.labels.items())]

    def asked(self, beginning="", method="GET"):
        """The requests whose path begins so."""
        return [one for one in list(self.requests) if one.method == method and one.path.startswith(beginning)]

    # What it answers.

    def answer(self, asked):
        """This will be (status, headers, body) of a request that gets a good answer."""
        if self.refuses_with or asked.key != self.key:
            return _json({"detail": "This key is not good."}, self.refuses_with or 401)
        path = asked.path
        if self.not_allowed.search(path):
            return _json({"detail": "This key may not."}, 403)
        if path == "/api/v1/sessions/":
            return self._list(list(self.sessions.values()), asked.query)
        if path == "/api/v1/session_labels/" and asked.method == "POST":
            return self._create(asked.body)
        if path == "/api/v1/session_labels/":
            return self._list(list(self.labels.values()), asked.query)
        if path == "/api/v1/sessions/recording/stream":
            return self._stream(asked.query)
        for pattern, held in (
            (r"/api/v1/sessions/transcript/([^/]+)", self.transcripts),
            (r"/api/v1/sessions/full-summary/([^/]+)", self.summaries),
            (r"/api/v1/sessions/latency/([^/]+)", self.latencies),
        ):
            if found := re.fullmatch(pattern, path):
                return _json(held[found[1]]) if found[1] in held else _json({"detail": "We hold none."}, 404)
        if (found := re.fullmatch(r"/api/v1/sessions/timeline/([^/]+)", path)) and found[1] in self.transcripts:
            return _json({"session_id": found[1], "events": []})
        if (found := re.fullmatch(r"/api/v1/sessions/recording/([^/]+)", path)) and asked.method == "POST":
            return self._recordings(found[1])
        if found := re.fullmatch(r"/api/v1/session_labels/(\d+)", path):
            entry = self.labels.get(int(found[1]))
            return _json(entry.wire) if entry else _json({"detail": "There is none."}, 404)
        if found := re.fullmatch(r"/api/v1/sessions/([^/]+)", path):
            entry = self.sessions.get(found[1])
            return _json(entry.wire) if entry else _json({"detail": "There is none."}, 404)
        return _json({"detail": "There is none."}, 404)

    def bad_kind(self, asked):
        with self._lock:
            if self.bad_share and self.bad_paths.search(asked.path) and self._random.random() < self.bad_share:
                return self._random.choice(self.bad_kinds)
        return ""

    def takes_lost_reply(self):
        with self._lock:
            lost = self.lost_label_replies > 0
            self.lost_label_replies -= lost
        return lost

    def _list(self, entries, query):
        page, limit = int(query.get("page", ["0"])[0]), int(query.get("limit", ["25"])[0])
        fields, values = query.get("search_fields", []), query.get("search_field_values", [])
        limit = min(limit, self.most_limit) if self.caps else limit
        if len(fields) != len(values) or not 0 <= limit <= self.most_limit:
            return _json({"detail": [{"loc": ["query", "limit"], "msg": "Not like that.", "type": "value_error"}]}, 422)
        if page * limit >= self.most_rows:
            return _json({"detail": "Too deep: narrow with start_datetime."}, 400)
        try:
            start, end = (_time(query[name][0]) if query.get(name) else None for name in ("start_datetime", "end_datetime"))
        except ValueError:
            return _json({"detail": "That is no time."}, 400)
        found = [
            entry
            for entry in entries
            if (start is None or entry.at >= start) and (end is None or entry.at <= end) and all(map(lambda *pair: _matches(entry, *pair), fields, values))
        ]
        newest_first = query.get("order_by_direction", ["desc" if self.default_newest_first else "asc"])[0] == "desc"
        found.sort(key=lambda entry: (entry.at, _number(entry.wire)), reverse=newest_first)
        items = [entry.wire for entry in found[page * limit : (page + 1) * limit]]
        with self._lock:
            items += [item for item in items if self._random.random() < self.duplicate_share]
            if self.shuffles:
                self._random.shuffle(items)
        total = len(found) if len(found) <= self.counts_until else None
        return _json({"items": items, "page": page, "page_size": limit, "total_count": total, "total_pages": total and -(-total // max(limit, 1))})

    def _create(self, body):
        if not isinstance(body, dict) or body.get("code") not in ("GOOD", "OK", "BAD", "N/A") or body.get("type") not in ("human-rating", "auto-rating"):
            return _json({"detail": [{"loc": ["body", "code"], "msg": "GOOD, OK, BAD or N/A.", "type": "value_error"}]}, 422)
        if str(body.get("session_id")) not in self.sessions:
            return _json({"detail": "There is no such session."}, 404)
        if self.refuses_author.search(body["user_email"]):
            return _json({"detail": "This key may not label as others."}, 403)
        named = {name: body.get(name) for name in ("code", "type", "user_email", "comments", "issue_categories")}
        return _json(self.put_label(body["session_id"], at=datetime.now(UTC), **named))

    def _recordings(self, session_id):
        if session_id not in self.sessions:
            return _json({"detail": "There is none."}, 404)
        addresses = list(self.recordings_lie_at or [])
        for place in range(0 if addresses else len(self.recordings.get(session_id, []))):
            with self._lock:
                token = f"{self._random.getrandbits(64):016x}"
            self._tokens[token] = (session_id, place)
            addresses.append(f"{self.url}/api/v1/sessions/recording/stream?token={token}")
        return _json({"session_id": session_id, "recordings": addresses})

    def _stream(self, query):
        # Good once, as the vendor's are good for a while.
        session_id, place = self._tokens.pop(query.get("token", [""])[0], ("", 0))
        sounds = self.recordings.get(session_id, [])
        return (200, {"Content-Type": "audio/wav"}, sounds[place]) if sounds else _json({"detail": "This address is used up."}, 403)


def session_wire(number):
    """A session as it stands on the wire; the number chooses among agents, channels and the rest."""
    return {
        "conversation_id": f"conversation-{number // 2}",
        "channel_manager_service": "twilio",
        "channel_manager_type": ("voice_sip_v1", "sms_v1", "web_chat_v1")[number % 3],
        "channel_manager_sid": f"CA{number:032x}",
        "agent_id": str(1 + number % 3),
        "agent_name": ("Northlake Scheduling", "Cedar Billing Help", "Harbor Pharmacy")[number % 3],
        "agent_type": "voice",
        "agent_timezone": "America/Chicago",
        "prompt_id": str(1 + number % 3),
        "prompt_name": "scheduling",
        "prompt_version_number": 1 + number % 2,
        "duration": 60.0 + number % 100,
        "source": f"+1202555{number % 10_000:04d}",
        "target": "+12025550100",
        "is_legacy": False,
        "is_test": number % 11 == 0,
        "is_outbound": number % 5 == 0,
        "user_terminated": bool(number % 2),
        "transfer_voicemail_detected": False,
    }


def wire_time(at):
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _time(text):
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _number(wire):
    value = wire.get("id", wire.get("session_id")) if isinstance(wire, dict) else None
    return int(value) if str(value).isdigit() else 0


def _matches(entry, name, value):
    if not isinstance(entry.wire, dict):
        return False
    if name == "session_id_list":
        return str(entry.wire.get("session_id")) in value.split(",")
    held = entry.wire.get(name)
    if name == "issue_categories":
        return value in (held or [])
    if name in EXACT:
        return str(held).lower() == value.lower()
    return held is not None and value.lower() in str(held).lower()


def _json(value, status=200):
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Somebody hung up, or was killed."""


def _handler_of(vendor):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self):
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            asked = Asked(self.command, parts.path, parse_qs(parts.query), body)
            asked.key = self.headers.get("Syllable-API-Key")
            vendor.requests.append(asked)
            time.sleep(vendor.seconds)
            if vendor.redirects_to:
                return self.give(302, {"Location": vendor.redirects_to}, b"")
            asked.bad = vendor.bad_kind(asked)
            if asked.bad in ("500", "503", "429"):
                headers = {"Retry-After": vendor.retry_after} if asked.bad == "429" else {}
                asked.status = int(asked.bad)
                return self.give(asked.status, {**headers, "Content-Type": "application/json"}, b'{"detail": "Not now."}')
            # What comes after a POST was carried out is a reply that got lost.
            status, headers, answer = vendor.answer(asked)
            if self.command == "POST" and parts.path == "/api/v1/session_labels/" and vendor.takes_lost_reply():
                asked.bad = "lost"
            if not asked.bad:
                asked.status = status
                return self.give(status, headers, answer)
            return getattr(self, f"give_{asked.bad}")(answer)

        do_POST = do_GET  # noqa: N815

        def give(self, status, headers, body):
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def give_stall(self, answer):
            time.sleep(vendor.stall_seconds)
            self.close_connection = True

        def give_truncated(self, answer):
            self.send_response_only(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer) + 1))
            self.end_headers()
            self.wfile.write(answer)
            self.close_connection = True

        def give_half(self, answer):
            """Whole for HTTP, half of a JSON document."""
            self.give(200, {"Content-Type": "application/json"}, answer[: len(answer) // 2])

        def give_html(self, answer):
            self.give(200, {"Content-Type": "text/html"}, b"<html><body>The gateway is being serviced.</body></html>")

        def give_reset(self, answer):
            self.close_connection = True

        give_lost = give_reset

        def log_message(self, *arguments):
            pass

    return Handler
