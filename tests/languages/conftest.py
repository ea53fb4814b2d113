"""The made-up language, and what its pages are about."""

import pytest
from django.utils.translation import trans_real

from tests.languages.pseudo import Pseudo
from tests.security.test_routes import cookie_of
from tests.security.world import build


@pytest.fixture
def other_language(settings, monkeypatch):
    monkeypatch.setitem(trans_real._translations, "xx", Pseudo())
    settings.LANGUAGE_CODE = "xx"


@pytest.fixture
def world(db, tmp_path, settings):
    settings.RECORDING_DIR = settings.EXPORT_DIR = tmp_path
    return build(cookie_of)
