"""Numbers as people read them."""

import pytest

from labeling.templatetags.figures import percent, seconds


@pytest.mark.parametrize(("milliseconds", "words"), [(0, "0.0"), (7051, "7.1"), (4800, "4.8"), (999, "1.0"), (1_234_567, "1,234.6")])
def test_seconds_are_rounded(milliseconds, words):
    assert seconds(milliseconds) == words


@pytest.mark.parametrize(("share", "words"), [(0.0, "0.0"), (0.0979, "9.8"), (1 / 3, "33.3"), (1.0, "100.0")])
def test_a_share_is_rounded(share, words):
    assert percent(share) == words
