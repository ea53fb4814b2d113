"""How much waits in the inbox, for the admin's first page."""

from django import template

from labeling.queries.inbox import BADGE, count_waiting

register = template.Library()


@register.simple_tag
def waiting_issues() -> str:
    n = count_waiting()
    return f"{BADGE}+" if n > BADGE else f"{n}"
