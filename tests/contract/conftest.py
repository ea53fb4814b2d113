"""Keys, and the SDK pointed at the server of the test."""

from datetime import timedelta

import pytest
from django.utils import timezone
from syllable_sdk import SyllableSDK

from labeling.models.api_key import KeyScope
from labeling.operations.api_keys import create_api_key
from labeling.policies import NEEDED_FOR_SCOPE
from labeling.roles import Role
from tests.factories import UserFactory


def key_of(person, *scopes, rate=60_000):
    """A key as its owner holds it, with every scope they may have unless some are named."""
    allowed = [scope for scope in KeyScope if person.may(NEEDED_FOR_SCOPE[scope])]
    expires_at = timezone.now() + timedelta(days=1)
    return create_api_key(user=person, name="script", scopes=scopes or allowed, expires_at=expires_at, by=None, rate_per_minute=rate)[1]


@pytest.fixture
def owner():
    return UserFactory(name="Luis Ferrer", email="luis@example.com", role=Role.ADMIN)


@pytest.fixture
def key(owner):
    return key_of(owner)


@pytest.fixture
def sdk(live_server, key):
    with SyllableSDK(api_key_header=key, server_url=live_server.url) as client:
        yield client
