"""Signing in through an identity provider in a browser, under the content policy, there and back."""

import re

import pytest

from config.role_map import parsed
from labeling.accounts import identity_provider
from tests.browser.driver import expect
from tests.identity_provider import CLIENT, SECRET, Provider

pytestmark = pytest.mark.browser


@pytest.fixture
def provider(settings, watch):
    provider = Provider()
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = provider.issuer, CLIENT, SECRET
    settings.OIDC_NAME, settings.OIDC_GROUPS = "Northside Health", parsed("qa-reviewers=reviewer")
    identity_provider._kept.clear()
    yield provider
    watch.complaints[:] = [said for said in watch.complaints if not said.startswith(f"request to another server: {provider.issuer}/authorize")]
    provider.close()


def test_there_and_back_to_the_page_that_was_asked_for(visit, provider, settings):
    settings.SSO_ONLY = True
    page = visit()

    page.goto("/summary/")
    expect(page.get_by_label("Password")).to_have_count(0)
    page.get_by_role("link", name="Sign in with Northside Health").click()

    expect(page).to_have_url(re.compile("/summary/$"))


def test_who_has_no_group_is_told_so(visit, provider, watch):
    watch.expect("status of 403")
    provider.claims["groups"] = []
    page = visit()

    page.goto("/accounts/login/")
    page.get_by_role("link", name="Sign in with Northside Health").click()

    expect(page.get_by_role("heading", name="You were not signed in")).to_be_visible()
    expect(page.get_by_text("None of your groups has access")).to_be_visible()
