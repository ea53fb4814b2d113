"""Words for a period, in sentences."""

from django.utils.translation import ngettext

from labeling.queries.summary.period import Period


def before_words(period: Period) -> str:
    """This will name the period before one: the 12 weeks before."""
    weeks, rest = divmod(period.days, 7)
    if weeks > 1 and not rest:
        return ngettext("the %(n)d week before", "the %(n)d weeks before", weeks) % {"n": weeks}
    return ngettext("the day before", "the %(n)d days before", period.days) % {"n": period.days}


def as_far_before_words(period: Period) -> str:
    """This will name as much of the period before as has passed of this one: the same part of the 12 weeks before."""
    if period.as_far_before == period.before:
        return before_words(period)
    weeks, rest = divmod(period.days, 7)
    if weeks > 1 and not rest:
        return ngettext("the same part of the %(n)d week before", "the same part of the %(n)d weeks before", weeks) % {"n": weeks}
    return ngettext("the same part of the day before", "the same part of the %(n)d days before", period.days) % {"n": period.days}
