"""Categories change in any order while labels are given and taken back: sessions always add up to what their labels say."""

import random

import pytest

from labeling.models import CategoryChange, CurrentLabel, IncomingIssue, IssueAlias, IssueCategory, Label
from labeling.operations import session_issues
from labeling.operations.derived import repair_derived
from labeling.operations.inbox import ignore_issue, make_category, map_issue, unmap_issue, wait_again
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.session_issues import follow_change
from labeling.operations.taxonomy import (
    NotPossible,
    merge_category,
    rename_category,
    restore_category,
    retire_category,
    split_category,
    unmerge_category,
)
from labeling.queries.taxonomy import get_targets
from tests.factories import IssueCategoryFactory, RaterFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db

WORDS = ["Slow", "Late", "Wrong number", "Straße", "İstanbul", "off list", "rude", "ﬁne", "too long", "Nº 1"]
STEPS = 60


class Chance:
    """What happens next. One seed is one history, so that a failure can be looked at."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.admin = UserFactory(role="admin")
        self.sessions = [SessionFactory() for _ in range(6)]
        self.raters = [RaterFactory(user=UserFactory()) for _ in range(3)]
        for word in WORDS[:4]:
            IssueCategoryFactory(name=word)

    def written(self, word):
        spaces = self.chance.choice([" ", "  ", "\u00a0", "\t"])
        return self.chance.choice([str.upper, str.lower, str, lambda text: f" {text} "])(word).replace(" ", spaces)

    def one(self, model):
        return self.chance.choice(list(model.objects.order_by("pk")) or [None])

    def label(self):
        raws = [self.written(word) for word in self.chance.sample(self.words, k=self.chance.randint(0, 3))]
        session, rater = self.chance.choice(self.sessions), self.chance.choice(self.raters)
        key = f"key-{Label.objects.count()}"
        submit_label(session_id=session.pk, rater=rater, code="BAD", client_key=key, issues=[IssueGiven(raw) for raw in dict.fromkeys(raws)], reason="again")

    @property
    def words(self):
        return [*WORDS, *IssueCategory.objects.order_by("pk").values_list("name", flat=True), *IssueAlias.objects.order_by("pk").values_list("text", flat=True)]

    def withdraw(self):
        if current := self.one(CurrentLabel):
            withdraw_label(label=current.label, by=current.rater.user)

    def rename(self):
        name = self.chance.choice([*WORDS, f"Name {self.chance.randint(1, 9)}"])
        rename_category(category=self.one(IssueCategory), name=self.chance.choice([name, name.upper(), name.lower()]), by=self.admin)

    def merge(self):
        category = self.one(IssueCategory)
        into = self.chance.choice(list(get_targets(category)) or [category])
        merge_category(category=category, into=into, by=self.admin)

    def unmerge(self):
        unmerge_category(category=self.chance.choice(list(IssueCategory.objects.exclude(merged_into=None)) or [self.one(IssueCategory)]), by=self.admin)

    def split(self):
        category = self.one(IssueCategory)
        names = [self.chance.choice([f"Part {IssueCategory.objects.count()}", self.chance.choice(WORDS)])]
        aliases = list(IssueAlias.objects.filter(category=category).order_by("pk"))
        split_category(
            category=category,
            names=names,
            moved={alias.pk: names[0] for alias in aliases if self.chance.random() < 0.5},
            retire=self.chance.random() < 0.3,
            by=self.admin,
        )

    def retire(self):
        retire_category(category=self.one(IssueCategory), by=self.admin)

    def restore(self):
        restore_category(category=self.one(IssueCategory), by=self.admin)

    def map(self):
        if incoming := self.one(IncomingIssue):
            map_issue(incoming=incoming, category=self.one(IssueCategory), by=self.admin)

    def unmap(self):
        if incoming := self.one(IncomingIssue):
            unmap_issue(incoming=incoming, by=self.admin)

    def make(self):
        if incoming := self.one(IncomingIssue):
            name = self.chance.choice([incoming.text.strip(), f"Made {IssueCategory.objects.count()}"])
            make_category(incoming=incoming, name=name, group="", severity="minor", by=self.admin)

    def ignore(self):
        if incoming := self.one(IncomingIssue):
            (ignore_issue(incoming=incoming, by=self.admin) if incoming.ignored_at is None else wait_again(incoming=incoming, by=self.admin))

    def step(self):
        kinds = (self.label, self.rename, self.merge, self.unmerge, self.split, self.retire, self.restore, self.map, self.unmap, self.make, self.ignore)
        kind = self.chance.choice([*kinds, self.label, self.label, self.withdraw, self.merge, self.unmerge, self.map])
        try:
            kind()
        except NotPossible:
            return f"{kind.__name__} refused"
        return kind.__name__


@pytest.mark.parametrize("seed", range(4))
def test_sixty_changes_in_any_order_leave_nothing_to_repair(seed, monkeypatch):
    # Inside one transaction PostgreSQL keeps telling who wrote when it was first asked, be it autovacuum.
    monkeypatch.setattr(session_issues, "LONGEST_WAIT", 0)
    chance, steps = Chance(seed), []

    for number in range(STEPS):
        steps.append(chance.step())
        # Jobs wait for each other, so several changes may be ahead of the sessions.
        if chance.chance.random() < 0.6 or number == STEPS - 1:
            for change in CategoryChange.objects.filter(state="running").order_by("pk"):
                follow_change(change_pk=change.pk)
            assert repair_derived() == 0, steps
