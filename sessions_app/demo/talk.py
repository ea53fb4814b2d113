"""A dialogue while it is being spoken: turns, tool calls and the time they take."""

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from sessions_app.demo.phrases import PHRASES
from sessions_app.demo.records import Evidence

if TYPE_CHECKING:
    from sessions_app.demo.callers import Caller
    from sessions_app.demo.plan import Plan

LANGUAGES = {"en": "en-US", "es": "es-US", "mixed": "unset"}


class Over(Exception):
    """The conversation has ended."""


@dataclass(slots=True)
class Turn:
    at: float
    until: float
    source: str
    text: str
    lang: str


@dataclass(slots=True)
class Call:
    at: float
    name: str
    request: dict[str, Any]
    result: dict[str, Any]
    error: str | None
    ms: float


@dataclass(slots=True)
class Stage:
    """One measured step between a person's last word and the agent's first."""

    at: float
    category: str
    label: str
    ms: float


class Talk:
    """Speaks one plan. The words come from scripts; this keeps the clock and the evidence."""

    def __init__(self, plan: "Plan", caller: "Caller", *, eager: bool) -> None:
        self.plan, self.caller, self.eager = plan, caller, eager
        self.rng = Random(f"{plan.key}:talk")
        self.story = Random(f"{plan.story}:story")
        self.channel, self.lang = plan.line.channel, plan.language
        self.facts: dict[str, str] = {}
        self.turns: list[Turn] = []
        self.calls: list[Call] = []
        self.stages: list[Stage] = []
        self.evidence: list[Evidence] = []
        self.pending: list[str] = list(plan.flaw.steps) if plan.flaw else []
        self.topics: list[tuple[str, str]] = []
        self.done = self.upset = False
        self.now = self.between(0.6, 1.6)
        self.slow_left = 0
        self._unheard = False
        self._style = self.rng.random()

    # Speaking

    def agent(self, *ways: str, lang: str = "") -> None:
        text = self.fill(*ways)
        if self._unheard:
            self._hear()
        if self.turns:
            self._stage("llm", "llm_response", self._llm_ms())
        elif self.plan.spoken:
            self._stage("http", "GET caller_context", self.between(60, 240))
        if self.plan.spoken:
            self._stage("tts", "tts_first_audio", self.between(150, 540))
        self.now += 0.004
        self._say("agent", text, lang)

    def user(self, *ways: str, lang: str = "", after: float = 0.0) -> None:
        """`after` is how long the person waits in silence before speaking."""
        text = self.fill(*ways)
        self.now += after or self._pause(text)
        text = self._typed(text) if self.channel != "voice" else text[:1].upper() + text[1:]
        self._say("user", text, lang)
        self._unheard = True

    def tool(self, name: str, request: dict[str, Any], result: dict[str, Any], *, ms: float = 0.0, error: str | None = None) -> None:
        if self._unheard:
            self._hear()
            self._stage("llm", "llm_tool_choice", self.between(260, 620))
        took = round(ms or 140 + 1100 * self.rng.random() * self.rng.random(), 1)
        self.now += 0.004
        self.calls.append(Call(self.now, name, request, result, error, took))
        self._stage("tool", name, took)

    # Words

    def fill(self, *ways: str) -> str:
        return self.rng.choice(ways).format_map(self.facts)

    def say_phrase(self, name: str) -> tuple[str, ...]:
        """The stock phrasings for a moment every script knows."""
        table = PHRASES[self.lang]
        return table.get(f"{name}_{self.channel}", ()) or table[name]

    def has_said(self, words: str) -> bool:
        """Whether the person has mentioned something already, so that nobody asks for it."""
        return any(words.lower() in turn.text.lower() for turn in self.turns if turn.source == "user")

    # Chance

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.rng.random()

    def maybe(self, share: float) -> bool:
        return self.rng.random() < share

    def strikes(self, *names: str) -> bool:
        """Whether the flaw this session is planned to have happens here."""
        if not self.pending or self.pending[0] not in names:
            return False
        if not self.eager and self.rng.random() > 0.5:
            return False
        self.pending.pop(0)
        return True

    def mark(self, issue: str, *, on_call: bool = False) -> None:
        """Point at the last turn, or the last tool call, as evidence of an issue."""
        found = Evidence(issue, None, len(self.calls) - 1) if on_call else Evidence(issue, len(self.turns) - 1)
        self.evidence.append(found)

    def about(self, topic: str, goal: str) -> None:
        """What was asked for, and the sentence that is true once it is done."""
        self.topics.append((topic.format_map(self.facts), goal.format_map(self.facts)))

    # Time

    def _hear(self) -> None:
        if self.plan.spoken:
            self._stage("stt", "stt_final", self.between(170, 430))
        else:
            self.now += 0.012
        self._unheard = False

    def _llm_ms(self) -> float:
        if self.slow_left:
            self.slow_left -= 1
            return self.between(3900, 7600)
        low, high = self.plan.agent.llm_ms
        return low + (high - low) * self.rng.random() * (0.35 + 0.65 * self.rng.random())

    def _pause(self, text: str) -> float:
        if self.plan.spoken:
            return 0.5 + 2.0 * self.rng.random() * self.rng.random()
        if self.channel == "sms":
            if not self.turns:
                return 0.05
            return self.between(14, 110)
        return self.between(2.5, 9) + len(text) * self.between(0.09, 0.24)

    def _say(self, source: str, text: str, lang: str) -> None:
        start = self.now
        if self.plan.spoken:
            self.now += max(0.6, len(text) * self.between(0.057, 0.066))
        else:
            self.now += 0.03
        told = "unset" if self.channel != "voice" or self.plan.is_test or self.plan.is_legacy else LANGUAGES[lang or self.lang]
        self.turns.append(Turn(start, self.now, source, text, told))

    def _stage(self, category: str, label: str, ms: float) -> None:
        ms = round(ms, 1)
        self.stages.append(Stage(self.now, category, label, ms))
        self.now += ms / 1000

    def _typed(self, text: str) -> str:
        if text.startswith("Um, "):
            text = text[4].upper() + text[5:]
        if self._style < 0.3:
            return text.lower().removesuffix(".")
        return text.removesuffix(".") if self._style < 0.55 else text
