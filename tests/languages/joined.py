"""Sentences that a page puts together of several messages, or of a message and a value: no other language could order their words."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import NamedTuple

from tests.languages.pseudo import BEGIN, END, SPOKEN, UNSPOKEN, unbracketed, widened

INLINE = {"a", "abbr", "b", "bdi", "code", "em", "i", "kbd", "mark", "q", "small", "span", "strong", "sub", "sup", "time"}
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "use", "wbr"}
UNREAD = {"script", "style", "svg"}
WORDS = re.compile(r"[^\W_]+")
# With one of these between, or at the end of the first, they are a list, a label with its value, or two sentences.
BETWEEN = re.compile(r"[,.:;·/()|+=→…!?×–—−%•<>›\"“”]")
# What stands beside a heading or a label: in small print, as its value, at the other end of the line, or the key that does what follows it.
BESIDE = {"count", "plainly", "pill", "push", "b", "kbd"}
# A time that was measured, behind the name of what took it: "model 0.3 s".
MEASURED = re.compile(r"(p\d\d )?\d+\.\d s\b")
REMARKS = {widened(message) for message in ("so far", "masked", "agent local time")}


def joined(page):
    """This will find each text in which a message meets another one, or a value, with nothing between them."""
    return [unbracketed(text) for text in Tree(page).texts() if is_joined(text)]


def is_joined(text):
    return any(
        (first.is_message or second.is_message)
        and not BETWEEN.search(first.behind)
        and not (first.is_message and BETWEEN.match(first.words[-1:]))
        and not BETWEEN.match(second.words[:1])
        and second.words.partition(",")[0] not in REMARKS
        and not MEASURED.match(second.words)
        for first, second in pairwise(pieces_of(text))
    )


class Piece(NamedTuple):
    is_message: bool
    words: str
    # Up to the next one.
    behind: str


def pieces_of(text):
    """Each message, and each stretch of other words."""
    pieces, depth, held = [], 0, ""
    for part in [*re.split(f"([{BEGIN}{END}])", text), BEGIN]:
        if (part == BEGIN and not depth) or (part == END and depth == 1):
            words = list(WORDS.finditer(held))
            if depth:
                pieces.append(Piece(True, held.strip(), ""))
            else:
                begin, end = (words[0].start(), words[-1].end()) if words else (len(held), len(held))
                if pieces:
                    pieces[-1] = pieces[-1]._replace(behind=held[:begin])
                if words:
                    pieces.append(Piece(False, held[begin:end], held[end:]))
            held = ""
        elif part not in (BEGIN, END):
            held += part
        depth += (part == BEGIN) - (part == END and depth > 0)
    return pieces


class Element(NamedTuple):
    tag: str
    classes: set
    children: list

    @property
    def is_in_line(self):
        return self.tag in INLINE and not BESIDE & {self.tag, *self.classes}


class Tree(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self._attributes = []
        self._open = [Element("", set(), [])]
        self.feed(page)

    def texts(self):
        """What is read in one breath: the text of an element with that of what stands within its lines."""
        return [" ".join(text.split()) for text in [*self._attributes, *_lines(self._open[0].children)] if text.strip()]

    def handle_starttag(self, tag, attrs):
        self._attributes += [value for name, value in attrs if name in SPOKEN and value]
        one = Element(tag, set((dict(attrs).get("class") or "").split()), [])
        self._open[-1].children.append(one)
        if tag not in EMPTY:
            self._open.append(one)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in {one.tag for one in self._open}:
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data):
        self._open[-1].children.append(data)


def _lines(children):
    line = []
    for child in [*children, Element("br", set(), [])]:
        if isinstance(child, str) or child.is_in_line:
            line.append(child)
            continue
        # Links and marks in a row, with no text of their own around them, are read one by one.
        if any(isinstance(one, str) and one.strip() for one in line):
            yield _flat(line)
        else:
            for one in line:
                yield from () if isinstance(one, str) else _lines(one.children)
        line = []
        if child.children and child.tag not in UNREAD:
            yield from _lines(child.children)


def _flat(children):
    return "".join(one if isinstance(one, str) else "x" if one.tag in UNSPOKEN else _flat(one.children) if one.is_in_line else "" for one in children)
