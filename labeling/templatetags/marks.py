"""Small marks that stand in every row of a long list: drawn once by their template, and kept."""

from collections.abc import Hashable, Mapping
from functools import lru_cache

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.urls import get_script_prefix, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from labeling.filters.rail import Group, Rail
from labeling.label_panel import Choice
from labeling.queries.session_lines import SessionLine
from labeling.templatetags.kept import kept_where_constant

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """This will draw a symbol of the sprite; `size` is "" or "i-sm"."""
    return _icon(name, size)


register.tags["icon"] = kept_where_constant(register.tags["icon"])


@register.simple_tag
def rate(code: str | None, empty: str = "") -> SafeString:
    """This will draw a quality code, or the word for none."""
    return _rate(code or "", str(empty), get_language() or "")


@register.simple_tag
def verdict_cells(line: SessionLine, shows_auto: bool) -> SafeString:
    """This will draw the cells of the auto-rating and the session label: few pairs of them stand in most rows of every list."""
    return _verdict_cells(line.auto_code or "", line.label_code or "", line.label_note, shows_auto, get_language() or "")


@register.simple_tag
def session_row(line: SessionLine, shows: Mapping[str, bool]) -> SafeString:
    """This will draw a line of the list. Who comes back to a list meets most of the lines that were there before, and so does a colleague.

    Callers are masked in it. What was said is not kept, and drawn into its place.
    """
    key = (line.content, *shows.values(), get_script_prefix(), get_language())
    parts = _rows.get(key)
    if parts is None:
        if len(_rows) >= MOST_ROWS:
            _rows.clear()
        parts = _rows[key] = _draw_row(line, shows)
    before, behind = parts
    said = render_to_string("components/_snippet.html", {"snippet": line.snippet}) if line.snippet else ""
    return SafeString(before + said + behind)


def _draw_row(line: SessionLine, shows: Mapping[str, bool]) -> tuple[str, str]:
    drawn = render_to_string("components/_session_row.html", {"line": line, "shows": shows, "said": SAID})
    before, _, behind = drawn.partition(SAID)
    return before, behind


# Stands for what was said: no text that the database holds has it.
SAID = "\0"
# Of about 2 kB each.
MOST_ROWS = 1024
_rows: dict[Hashable, tuple[str, str]] = {}


@register.simple_tag
def issue_choice(choice: Choice) -> SafeString:
    """This will draw an issue of the form. Those that nobody chose are the same on every session."""
    if choice.is_chosen or choice.evidence or choice.accepted:
        return render_to_string("components/_issue_choice.html", {"choice": choice})
    return _issue_choice(choice.number, choice.name, choice.is_critical)


@register.simple_tag
def issue_option(choice: Choice) -> SafeString:
    """This will draw an issue in the list of all of them, which is the same on every session."""
    return _issue_option(choice.number, choice.name, choice.group, choice.definition, choice.counter_example, choice.is_used, get_language() or "")


@register.simple_tag
def fixed(template_name: str) -> SafeString:
    """This will draw a part that knows nothing of who looks at what: words, icons and addresses."""
    return _fixed(template_name, get_script_prefix(), get_language() or "")


@register.simple_tag(takes_context=True)
def facet(context: Context, group: Group) -> SafeString:
    """This will draw a group of the rail. Most pages show most groups with nothing chosen and nothing counted."""
    query = "" if group.is_loaded else context.get("query", "")
    if query or not group.is_alike_for_many:
        return render_to_string("components/_facet.html", {"group": group, "query": query})
    return _facet(group, get_script_prefix(), get_language() or "")


@register.simple_tag
def filters_more(rail: Rail) -> SafeString:
    """This will draw the last part of the rail, which is the same on every list that says nothing of it."""
    key = (rail.without_auto, get_script_prefix(), get_language() or "")
    drawn = None if rail.says_more else _filters_more.get(key)
    if drawn is None:
        drawn = render_to_string("components/_filters_more.html", {"form": rail.filtered.form, "without_auto": rail.without_auto})
        if not rail.says_more:
            _filters_more[key] = drawn
    return drawn


_filters_more: dict[tuple[bool, str, str], SafeString] = {}


@register.filter
def session_address(pk: int) -> str:
    """This will be the address of a session's page. A list has fifty of them, and to work out one takes as long as half its row."""
    return _session_address(get_script_prefix()).replace("/0/", f"/{pk}/")


@lru_cache
def _session_address(prefix: str) -> str:
    return reverse("labeling:session_detail", args=[0])


@lru_cache(maxsize=1024)
def _verdict_cells(auto_code: str, label_code: str, note: str, shows_auto: bool, language: str) -> SafeString:
    return render_to_string("components/_verdict_cells.html", {"auto_code": auto_code, "label_code": label_code, "note": note, "shows_auto": shows_auto})


@lru_cache(maxsize=1024)
def _issue_choice(number: int, name: str, is_critical: bool) -> SafeString:
    return render_to_string("components/_issue_choice.html", {"choice": {"number": number, "name": name, "is_critical": is_critical}})


@lru_cache(maxsize=1024)
def _issue_option(number: int, name: str, group: str, definition: str, counter_example: str, is_used: bool, language: str) -> SafeString:
    about = {"number": number, "name": name, "group": group, "definition": definition, "counter_example": counter_example, "is_used": is_used}
    return render_to_string("components/_issue_option.html", {"choice": about})


@lru_cache(maxsize=256)
def _fixed(template_name: str, prefix: str, language: str) -> SafeString:
    return render_to_string(template_name)


@lru_cache(maxsize=256)
def _facet(group: Group, prefix: str, language: str) -> SafeString:
    return render_to_string("components/_facet.html", {"group": group})


@lru_cache(maxsize=256)
def _icon(name: str, size: str) -> SafeString:
    return render_to_string("components/_icon.html", {"name": name, "class": size})


@lru_cache(maxsize=256)
def _rate(code: str, empty: str, language: str) -> SafeString:
    return render_to_string("components/_rate.html", {"code": code, "empty": empty})
