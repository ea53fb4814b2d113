"""Words for a period, in sentences."""

from django.utils.translation import ngettext

from labeling.queries.summary.period import Period


def before_words(period: Period) -> str:
    """This will name the period before one: the 12 weeks before."""
    weeks, rest = divmod(period.days, 7)
    if weeks > 1 and not rest:
        return ngettext("the %(n)d week before", "the %(n)d weeks before", weeks) % {"n": weeks}
    return ngettext("the day before", "the %(n)d days before", period.days) % {"n": period.days}
