"""The turns of a transcript, a page of which holds hundreds.

As nodes of a template they took 28 ms, and 100 ms and more where their calls lay across the end of a chunk of Python's
stack: here a turn takes few calls. Its id, language and text were written by others and are escaped; all else is ours.
"""

from html import escape

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from labeling.templatetags.marks import icon
from sessions_app.queries.timeline_events import Turn

register = template.Library()

LINE = (
    '<li class="turn {speaker}{problem}" id="{anchor}" data-kind="turn" data-uid="{uid}" data-at="{at_ms}"{place}>'
    '<a class="at" tabindex="-1" href="#{anchor}">{at}</a><span class="who">{who}</span>'
    '<p class="say" dir="auto"{language}>{text}</p><span class="side">{change}{wait}</span></li>'
)
CHOSEN = ' tabindex="0" aria-current="true" autofocus'
PLACES = {True: ' tabindex="0"', False: ' tabindex="-1"'}
CHANGE = '<span class="pill is-line"><span class="vh">{} </span><span class="trunc">{}</span></span>'
SLOW = '<span class="pill is-ok" title="{stages}">{clock}{words} {wait} s<span class="vh"> ({stages})</span></span>'
WAIT = '<span{noticeable}><span class="vh">{words} </span>{wait} s<span class="vh"> ({stages})</span></span>'


@register.simple_tag
def turn_line(turn: Turn, chosen: str, is_first: bool) -> SafeString:
    """This will draw one turn. `chosen` is the number of the turn that the address names."""
    language = escape(turn.language)
    return SafeString(
        LINE.format(
            speaker=turn.speaker,
            problem=" is-problem" if turn.level == "slow" else "",
            anchor=turn.anchor,
            uid=escape(turn.uid),
            at_ms=turn.at_ms,
            place=CHOSEN if chosen and chosen == str(turn.number) else PLACES[is_first],
            at=turn.at,
            who=gettext("Agent") if turn.speaker == "agent" else gettext("Caller"),
            language=f' lang="{language}"' if language else "",
            text=escape(turn.text),
            change=CHANGE.format(gettext("Language:"), language) if turn.language_changes else "",
            wait=_wait(turn) if turn.wait else "",
        )
    )


def _wait(turn: Turn) -> str:
    if turn.level == "slow":
        return SLOW.format(stages=turn.stages, clock=icon("clock", "i-sm"), words=gettext("slow reply"), wait=turn.wait)
    noticeable = f' class="ok" title="{turn.stages}"' if turn.level else ""
    return WAIT.format(noticeable=noticeable, words=gettext("Replied after"), wait=turn.wait, stages=turn.stages)
