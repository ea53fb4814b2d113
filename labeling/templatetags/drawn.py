"""Rows and points of the summary: drawn once by their templates, and kept as long as every number in them is the same.

A page of twelve weeks draws a hundred of them, and between two looks at it few have changed. What they are made of is the key, so that
whoever sees the same numbers gets the same row, and nobody another's.
"""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from labeling.queries.summary.agents import AgentRow
from labeling.queries.summary.trend import Point

register = template.Library()
# At 4 kB, four megabytes for each kind.
MOST_KEPT = 1024


@register.simple_tag
def agent_row(row: AgentRow) -> SafeString:
    """This will draw a version of an agent. A renamed agent is the same row to Python, so its name is said besides."""
    return _agent_row(row, str(row.agent), row.prompt.version_label if row.prompt else "", get_script_prefix(), get_language() or "")


@register.simple_tag
def trend_point(point: Point, code: str) -> SafeString:
    """This will draw a point of the chart, and the bar below it."""
    return _trend_point(point, code, get_script_prefix(), get_language() or "")


@register.simple_tag
def trend_row(point: Point, code: str) -> SafeString:
    """This will draw the same as a row of the table."""
    return _trend_row(point, code, get_script_prefix(), get_language() or "")


@lru_cache(maxsize=MOST_KEPT)
def _agent_row(row: AgentRow, agent: str, version: str, prefix: str, language: str) -> SafeString:
    return render_to_string("components/_agent_row.html", {"row": row})


@lru_cache(maxsize=MOST_KEPT)
def _trend_point(point: Point, code: str, prefix: str, language: str) -> SafeString:
    return render_to_string("components/_trend_point.html", {"point": point, "code": code})


@lru_cache(maxsize=MOST_KEPT)
def _trend_row(point: Point, code: str, prefix: str, language: str) -> SafeString:
    return render_to_string("components/_trend_row.html", {"point": point, "code": code})
