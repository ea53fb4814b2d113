"""What happened in and after a session, beside what it was labeled: a label GOOD where callers call back deserves another look."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q

from labeling.codes import Code
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.judged_twice import labeled
from labeling.queries.summary.rates import Rate
from labeling.statistics import Change, change
from sessions_app.codes import EndedBy
from sessions_app.models import Session

RATED = (Code.GOOD, Code.OK, Code.BAD)
HOURS = 24
# As the list has them under the same names.
SIGNALS = {"hung_up": Q(ended_by=EndedBy.CALLER), "transferred": Q(ended_by=EndedBy.TRANSFER), "tool_error": Q(tool_errors__gt=0)}


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """`name` is "called_back" or a signal. Signals are known of sessions with a transcript, and counted among those."""

    name: str
    rates: dict[str, Rate]
    against_bad: Change | None

    @property
    def good(self) -> Rate:
        return self.rates[Code.GOOD]

    @property
    def is_less(self) -> bool:
        """What one would expect: rarer where it went well."""
        return bool(self.against_bad and self.against_bad.is_clear and self.against_bad.difference < 0)

    @property
    def is_more(self) -> bool:
        return bool(self.against_bad and self.against_bad.is_clear and self.against_bad.difference > 0)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """`is_running` while a caller of the period may still call back."""

    rows: list[OutcomeRow]
    rated: Figure
    hours: int
    is_running: bool


def get_outcomes(frame: Frame) -> Outcomes:
    column = "sample_code" if frame.basis else "label_code"
    later = Session.objects.visible_to(frame.scope).live()
    hours = timedelta(hours=HOURS)
    called = later.filter(source=OuterRef("source"), timestamp__gt=OuterRef("timestamp"), timestamp__lte=OuterRef("timestamp") + hours)
    known = Q(turns__isnull=False)
    counted = {
        code: numbers
        for code, *numbers in labeled(frame.judged())
        .filter((f"{column}__in", RATED))
        .order_by()
        .alias(is_called_back=Exists(called))
        .values_list(column)
        .annotate(
            n=Count("pk"),
            n_known=Count("pk", filter=known),
            called_back=Count("pk", filter=Q(is_called_back=True)),
            **{name: Count("pk", filter=known & condition) for name, condition in SIGNALS.items()},
        )
    }
    of_code = {code: dict(zip(("n", "n_known", "called_back", *SIGNALS), counted.get(code, [0] * 6), strict=True)) for code in RATED}
    rows = [_row(frame, "called_back", of_code), *(_row(frame, name, of_code) for name in SIGNALS)]
    return Outcomes(
        rows=rows,
        rated=frame.figure(sum(numbers["n"] for numbers in of_code.values()), **{frame.code_key: RATED}),
        hours=HOURS,
        is_running=frame.period.end > frame.period.now - hours,
    )


def _row(frame: Frame, name: str, of_code: dict[Code, dict[str, int]]) -> OutcomeRow:
    is_signal = name in SIGNALS
    more = {"not_signal": ["unknown"]} if is_signal else {}
    having = {"signal": [name]} if is_signal else {"called_back": [HOURS]}
    rates = {
        code.value: Rate(
            frame.figure(numbers[name], **{frame.code_key: [code]}, **having, **more),
            frame.figure(numbers["n_known" if is_signal else "n"], **{frame.code_key: [code]}, **more),
        )
        for code, numbers in of_code.items()
    }
    return OutcomeRow(name, rates, change(rates[Code.GOOD].share, rates[Code.BAD].share))
