"""Numbers as people read them. Rounded before they are formatted: formatting alone cuts off what follows."""

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def seconds(milliseconds: int) -> str:
    """This will write milliseconds as seconds with one decimal: 4.8."""
    return number_format(round(milliseconds / 1000, 1), 1)


@register.filter
def percent(share: float) -> str:
    """This will write a share of one with one decimal: 9.8."""
    return number_format(round(share * 100, 1), 1)
