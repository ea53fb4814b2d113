"""Django's own tags for words and addresses, where they say the same but for numbers: worked out once a language or prefix, and kept.

A page has a hundred of them, and Django looks up the same words, and matches the same route, for each anew. Loaded in place of
"i18n" and beside the tags that are always there, so templates are written as everywhere.
"""

import re
from collections.abc import Callable, Hashable
from itertools import chain, zip_longest
from typing import Any

from django import template
from django.template import defaulttags
from django.template.base import FilterExpression, Parser, Token, Variable, render_value_in_context
from django.template.context import Context
from django.templatetags import i18n
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

register = template.Library()
register.tags |= i18n.register.tags
register.filters |= i18n.register.filters


class Kept(template.Node):
    """A tag whose answer follows from `key()` alone. Its own way is gone the first time, and where nothing is escaped."""

    child_nodelists = ()

    def __init__(self, node: Any, key: Callable[[], Hashable], variable: str | None) -> None:
        self.node = node
        self.key = key
        self.variable = variable
        self.kept: dict[Hashable, Any] = {}

    def render(self, context: Context) -> Any:
        variable = self.variable
        key = self.key()
        value = self.kept.get(key) if context.autoescape else None
        if value is None:
            drawn = self.node.render(context)
            if context.autoescape:
                self.kept[key] = context[variable] if variable else drawn
            return drawn
        if variable:
            context[variable] = value
            return ""
        return value


class KeptSentence(template.Node):
    """A sentence with values in it, translated once a language."""

    child_nodelists = ()

    def __init__(self, node: Any) -> None:
        self.node = node
        self.kept: dict[str | None, tuple[str, list[str]]] = {}

    def render(self, context: Context) -> Any:
        language = get_language()
        if language not in self.kept:
            written, names = self.node.render_token_list(self.node.singular)
            self.kept[language] = gettext(written), names
        sentence, names = self.kept[language]
        given = {name: value.resolve(context) for name, value in self.node.extra_context.items()}
        try:
            said = sentence % {name: render_value_in_context(given[name] if name in given else context[name], context) for name in names}
        except (KeyError, ValueError):
            # A value that is not there, or a translation that does not fit: Django knows what to do.
            return self.node.render(context)
        if self.node.asvar:
            context[self.node.asvar] = SafeString(said)
            return ""
        return said


class KeptAddress(template.Node):
    """An address with numbers in it. How it is put together is found once, with numbers that stand for any others; what is no number goes Django's way."""

    child_nodelists = ()

    def __init__(self, node: Any) -> None:
        self.node = node
        self.kept: dict[str, list[str] | None] = {}

    def render(self, context: Context) -> Any:
        numbers = [value.resolve(context) for value in self.node.args]
        prefix = get_script_prefix()
        if not context.autoescape or not all(type(number) is int and number >= 0 for number in numbers):
            return self.node.render(context)
        if prefix not in self.kept:
            self.kept[prefix] = self._parts(len(numbers))
        parts = self.kept[prefix]
        if parts is None:
            return self.node.render(context)
        address = "".join(chain.from_iterable(zip_longest(parts, map(str, numbers), fillvalue="")))
        if self.node.asvar:
            context[self.node.asvar] = address
            return ""
        return SafeString(address)

    def _parts(self, count: int) -> list[str] | None:
        """What stands before, between and behind the numbers."""
        marks = [str(MARK + place) for place in range(count)]
        try:
            address = reverse(self.node.view_name.var, args=[int(mark) for mark in marks])
        except NoReverseMatch:
            return None
        parts = re.split("|".join(marks), address)
        return parts if re.findall("|".join(marks), address) == marks and escape(address) == address else None


# Such a number stands in no address of ours.
MARK = 918_273_640


@register.tag("translate")
@register.tag("trans")
def translate(parser: Parser, token: Token) -> template.Node:
    node: Any = i18n.do_translate(parser, token)
    return Kept(node, get_language, node.asvar) if _is_constant(node.filter_expression) and not node.message_context else node


@register.tag("blocktranslate")
@register.tag("blocktrans")
def blocktranslate(parser: Parser, token: Token) -> template.Node:
    node: Any = i18n.do_block_translate(parser, token)
    return node if node.plural or node.message_context else KeptSentence(node)


@register.tag
def url(parser: Parser, token: Token) -> template.Node:
    node: Any = defaulttags.url(parser, token)
    kept: template.Node = node
    if _is_constant(node.view_name) and not node.kwargs:
        kept = KeptAddress(node) if node.args else Kept(node, get_script_prefix, node.asvar)
    return kept


def kept_where_constant(compile_tag: Callable[[Parser, Token], Any]) -> Callable[[Parser, Token], template.Node]:
    """A simple tag that draws the same for the same words, whatever the language: worked out once where a template writes them out."""

    def compiled_tag(parser: Parser, token: Token) -> template.Node:
        node = compile_tag(parser, token)
        return Kept(node, lambda: None, node.target_var) if all(map(_is_constant, [*node.args, *node.kwargs.values()])) else node

    return compiled_tag


def _is_constant(expression: FilterExpression) -> bool:
    said: Any = expression.var
    return not expression.filters and (not isinstance(said, Variable) or said.literal is not None)
