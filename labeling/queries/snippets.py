"""Where in a session the words stand that somebody searched for: one short line each, masked and gated."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate

from django.db.models import F, Func, JSONField, Value
from django.utils.translation import gettext as _

from labeling.codes import LabelType
from labeling.masking import mask_text
from labeling.models import CurrentLabel, User
from labeling.policies import judgments_shown, why_not_read
from labeling.queries.masked_keys import get_key_mask
from labeling.queries.sought import STEM, Sought, Span, in_small_letters, read_sought
from sessions_app.identifiers import asked_before
from sessions_app.models import Session, Transcript
from sessions_app.queries.search_text import Asked
from sessions_app.queries.secret_values import payloads_without_secrets
from sessions_app.search_words import passages

# The text of a line in pieces, each with whether it is what was searched for.
Snippet = list[tuple[str, bool]]

LENGTH, BEFORE = 160, 50
TRIES = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A text in which the words may stand: the heading of its line, and the name of a tool. `asked` is what a turn is the answer to."""

    heading: str
    text: str
    name: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said in one session: each turn, all turns as one text, and where each begins in it."""

    speakers: list[str]
    turns: list[str]
    small: str
    starts: list[int]


def get_snippets(sessions: Sequence[Session], *, asked: Asked, viewer: User) -> dict[int, Snippet]:
    """This will find a line for each session where something can be shown, with seven queries at most."""
    if not asked.terms or not sessions or why_not_read(viewer):
        return {}
    sought = read_sought(asked, may_unmask=False)
    talks = _talks(sessions)
    sought.learn(talk.small for talk in talks.values())
    said = {pk: _best_turns(talk, sought) for pk, talk in talks.items()}
    lines = {pk: _line(found, sought, viewer) for pk, found in said.items() if found and sought.count(in_small_letters(found[0].text)) == sought.many}
    # Where no turn has all of it, a tool may.
    beside = _places_beside([session.pk for session in sessions if not lines.get(session.pk)], viewer)
    sought.learn(in_small_letters(text) for found in beside.values() for place in found for text in (place.name, place.text))
    lines |= {pk: _line(_best([*said.get(pk, []), *found], sought), sought, viewer) for pk, found in beside.items()}
    return {pk: line for pk, line in lines.items() if line}


def _talks(sessions: Sequence[Session]) -> dict[int, Talk]:
    said = Transcript.objects.filter(pk__in=[session.pk for session in sessions]).values_list("pk", _each("source"), _each("text"))
    talks = {}
    for pk, speakers, turns in said:
        starts = [0, *accumulate(len(turn) + 1 for turn in turns[:-1])]
        talks[pk] = Talk(speakers, turns, in_small_letters("\n".join(turns)), starts)
    return talks


def _each(key: str) -> Func:
    # A turn has more than its text, and to take all of it apart would cost more than everything else here.
    return Func(F("turns"), Value(f"$[*].{key}"), template="jsonb_path_query_array(%(expressions)s::jsonpath)", output_field=JSONField())


def _best_turns(talk: Talk, sought: Sought) -> list[Place]:
    """The turns with most of what is sought, and of those the first."""
    found: dict[int, set[str]] = defaultdict(set)
    for start, end in sought.spans(talk.small):
        found[bisect_right(talk.starts, start) - 1].add(talk.small[start:end][:STEM])
    best = sorted(found, key=lambda number: (-len(found[number]), number))[:TRIES]
    return [Place(_speaker(talk, number), talk.turns[number], asked=_asked(talk, number)) for number in best]


def _asked(talk: Talk, number: int) -> str:
    return asked_before(talk.turns[number], talk.turns[number - 1]) if number else ""


def _speaker(talk: Talk, number: int) -> str:
    if len(talk.speakers) != len(talk.turns):
        return _("Said")
    return _("Agent") if talk.speakers[number] == "agent" else _("Caller")


def _places_beside(pks: list[int], viewer: User) -> dict[int, list[Place]]:
    """Tools, then what only those may read to whom judgments are open."""
    places: dict[int, list[Place]] = defaultdict(list)
    if not pks:
        return places
    is_open = _open_to(pks, viewer)
    hides_key = get_key_mask()
    for pk, tools, summary in Transcript.objects.filter(pk__in=pks).values_list("pk", "tools", "summary"):
        places[pk] += [Place(_("Tool"), passage.text, passage.name) for passage in passages([], payloads_without_secrets(tools), hides_key=hides_key)]
        places[pk] += [Place(_("Summary"), summary)] if summary and pk in is_open else []
    current = CurrentLabel.objects.filter(session__in=is_open, type=LabelType.HUMAN).exclude(label__comment="").order_by("label")
    for pk, comment in current.values_list("session", "label__comment"):
        places[pk].append(Place(_("Comment"), comment))
    return places


def _open_to(pks: list[int], viewer: User) -> Collection[int]:
    shown = judgments_shown(viewer, pks)
    return pks if shown is None else shown


def _best(places: list[Place], sought: Sought) -> list[Place]:
    counted = [(sought.count(in_small_letters(f"{place.name} {place.text}")), place) for place in places]
    return [place for count, place in sorted(counted, key=lambda one: -one[0])[:TRIES] if count]


def _line(places: list[Place], sought: Sought, viewer: User) -> Snippet:
    """The first place in which something can be marked once it is masked. Masked before anything is cut."""
    for place in places:
        text = mask_text(place.asked + " ".join(place.text.split()), viewer).removeprefix(place.asked)
        spans = sought.spans(in_small_letters(text))
        named = _marked(place.name, sought.spans(in_small_letters(place.name)), 0, len(place.name))
        if spans or any(is_match for _text, is_match in named):
            heading = [(f"{place.heading} ", False), *named, (": ", False)] if place.name else [(f"{place.heading}: ", False)]
            return heading + _cut(text, spans)
    return []


def _cut(text: str, spans: list[Span]) -> Snippet:
    """Between words, unless a word is very long."""
    first, first_ends = spans[0] if spans else (0, 0)
    start = max(first - BEFORE, 0)
    if start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    end = max(start + LENGTH, first_ends)
    if end < len(text):
        space = text.rfind(" ", first_ends, end)
        end = space if space >= 0 else end
    parts = _marked(text, [span for span in spans if span[1] <= end], start, min(end, len(text)))
    return [*([("… ", False)] if start else []), *parts, *([(" …", False)] if end < len(text) else [])]


def _marked(text: str, spans: list[Span], start: int, end: int) -> Snippet:
    parts: Snippet = []
    for begun, ended in spans:
        parts += [(text[start:begun], False), (text[begun:ended], True)]
        start = ended
    return [part for part in [*parts, (text[start:end], False)] if part[0]]
