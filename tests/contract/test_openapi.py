"""Our own description of the API: what schemathesis makes of it is answered as it says."""

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from labeling.api.description import describe
from sessions_app.codes import TranscriptState
from tests.contract.conftest import key_of
from tests.factories import SessionFactory, TranscriptFactory
from tests.repetitions import is_long

schemathesis = pytest.importorskip("schemathesis")
hypothesis = pytest.importorskip("hypothesis")
# That a key is needed is asked of every route in tests/security; schemathesis would ask it over the network.
ignored_auth = pytest.importorskip("schemathesis.specs.openapi.checks").ignored_auth
positive_data_acceptance = pytest.importorskip("schemathesis.specs.openapi.checks").positive_data_acceptance

pytestmark = pytest.mark.django_db
LISTS = ("s/", "/settled_labels", "/assignments", "/summary")
EXAMPLES = 200 if is_long() else 4


@pytest.fixture(autouse=True)
def one_connection():
    """The test's transaction lasts over many requests."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


def operations():
    schema = schemathesis.openapi.from_dict(describe())
    return [operation.ok() for operation in schema.get_all_operations()]


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.label)
def test_every_call_answers_as_it_is_described(operation, admin):
    key = key_of(admin)
    TranscriptFactory(session=SessionFactory(pk=1, transcript_state=TranscriptState.HELD))
    app = get_wsgi_application()
    # That two lists are equally long, that a text has no NUL, or which agents there are, is nothing that a schema can say.
    loose = [positive_data_acceptance] if operation.method == "post" or operation.path.endswith(LISTS) else []

    @hypothesis.settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy())
    def check(case):
        case.call_and_validate(app=app, headers={"Syllable-API-Key": key}, excluded_checks=[ignored_auth, *loose])

    check()
