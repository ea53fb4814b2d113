"""Why something stopped, or was not taken, in the language of whoever opens the page."""

from django import template

from sessions_app.reasons import say

register = template.Library()
register.filter("reason", say)
