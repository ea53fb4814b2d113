"""What a newcomer sees first: the demo data has one version that is worse, and the summary says so of no other."""

import pytest

from labeling.demo.seeding import DEMO_SEED, DEMO_SESSIONS, seed_demo
from labeling.queries.scopes import get_scope
from labeling.queries.summary.agents import get_agents
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import last_weeks
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def test_the_worse_version_is_called_worse_and_no_other_is_flagged(manager):
    seed_demo(sessions=DEMO_SESSIONS, seed=DEMO_SEED, with_accounts=False, until=NOON)

    for basis in ("random", ""):
        found = get_agents(Frame(viewer=manager, scope=get_scope(manager), period=last_weeks(12, now=NOON), basis=basis))
        assert [(str(row.agent), str(row.prompt), row.against.verdict) for row in found.rows if row.against and row.against.verdict] == [
            ("Northlake Scheduling", "northlake-scheduling v42", "worse")
        ]
        # Most likely problem first.
        assert str(found.rows[0].prompt) == "northlake-scheduling v42"
