"""Small marks that stand in every row of a long list: drawn once by their template, and kept."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """This will draw a symbol of the sprite; `size` is "" or "i-sm"."""
    return _icon(name, size)


@register.simple_tag
def rate(code: str | None, empty: str = "") -> SafeString:
    """This will draw a quality code, or the word for none."""
    return _rate(code or "", str(empty), get_language() or "")


@lru_cache(maxsize=256)
def _icon(name: str, size: str) -> SafeString:
    return render_to_string("components/_icon.html", {"name": name, "class": size})


@lru_cache(maxsize=256)
def _rate(code: str, empty: str, language: str) -> SafeString:
    return render_to_string("components/_rate.html", {"code": code, "empty": empty})
