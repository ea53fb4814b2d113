"""The label panel: the form with what can be chosen, what is fixed to keys, and what the signals suggest."""

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from labeling.codes import Severity
from labeling.forms.labels import LabelForm, write_evidence
from labeling.models import Draft, Label
from labeling.queries.guide import GuideNews
from labeling.queries.label_offer import Offer


@dataclass(frozen=True, slots=True)
class Choice:
    """One issue category as the panel offers it."""

    number: int
    name: str
    definition: str
    counter_example: str
    group: str
    key: str
    is_used: bool
    is_chosen: bool
    is_critical: bool
    evidence: list[str]
    accepted: str
    templates: list[str]


@dataclass(frozen=True, slots=True)
class Suggested:
    """An issue that a signal suggests. Shown as a suggestion, and stored as one when it is accepted."""

    number: int
    name: str
    words: str
    evidence: str
    accepted: str


class LabelPanel:
    """The form with everything around it: what can be chosen, what is fixed to keys, what the signals suggest."""

    def __init__(self, offer: Offer, *, own: Label | None, draft: Draft | None, guide: GuideNews | None = None, data: QueryDict | None = None) -> None:
        self.offer = offer
        self.guide = guide
        self.draft = draft if draft and draft.is_open else None
        # What was typed on pages that were left when another tab had written: asked about, never thrown away unasked.
        self.left_behind = draft.others if draft else []
        self.form = LabelForm(
            data, offered=lambda: [category.name for category in offer.categories], own=own, draft=draft, guide=guide.version.number if guide else None
        )

    @property
    def guide_moved_on(self) -> bool:
        """Whether a form that came back was begun under an older version of the guide."""
        begun = str(self.form["guide_version"].value() or "")
        return bool(self.guide and begun.isdecimal() and len(begun) < 11 and int(begun) < self.guide.version.number)

    @cached_property
    def choices(self) -> list[Choice]:
        known = {category.name: category for category in self.offer.categories}
        keys = {name: str((place + 4) % 10) for place, name in self.offer.fixed.items()}
        chosen, accepted = self.form.chosen, {value.rpartition("|")[0]: value for value in self.form.shown_accepted}
        cited: dict[str, list[str]] = {}
        for name, value in self.form.shown_evidence:
            cited.setdefault(name, []).append(value)
        found = []
        for number, name in enumerate(self.form.names, 1):
            category = known.get(name)
            found.append(
                Choice(
                    number=number,
                    name=name,
                    definition=category.description if category else str(_("Not offered any more.")),
                    counter_example=category.counter_example if category else "",
                    group=category.group if category else "",
                    key=keys.get(name, ""),
                    is_used=name in self.offer.used,
                    is_chosen=name in chosen,
                    is_critical=bool(category and category.severity == Severity.CRITICAL),
                    evidence=cited.get(name, []),
                    accepted=accepted.get(name, ""),
                    templates=[line.strip() for line in category.comment_templates.splitlines() if line.strip()] if category else [],
                )
            )
        return found

    @property
    def chosen_names(self) -> list[str]:
        return [choice.name for choice in self.choices if choice.is_chosen]

    @property
    def fixed(self) -> list[Choice]:
        by_name = {choice.name: choice for choice in self.choices}
        return [by_name[name] for _place, name in sorted(self.offer.fixed.items()) if name in by_name]

    @property
    def suggested(self) -> list[Suggested]:
        numbers = {name: number for number, name in enumerate(self.form.names, 1)}
        return [
            Suggested(numbers[one.name], one.name, one.words, write_evidence(one.name, one.cited), f"{one.name}|{one.signal}")
            for one in self.offer.suggestions
            if one.name in numbers
        ]
