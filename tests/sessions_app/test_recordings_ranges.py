"""The part of a file that a request asks for."""

import pytest

from sessions_app.recordings.ranges import MOST_AT_ONCE, NotInFile, read_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 999)),
        ("bytes=0-0", (0, 0)),
        ("bytes=0-499", (0, 499)),
        ("bytes=500-", (500, 999)),
        ("bytes=999-", (999, 999)),
        ("bytes=900-5000", (900, 999)),
        ("bytes=-1", (999, 999)),
        ("bytes=-500", (500, 999)),
        ("bytes=-5000", (0, 999)),
        ("Bytes=1-2", (1, 2)),
        (" bytes= 1 - 2 ", (1, 2)),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=2-1", None),
        ("bytes=a-b", None),
        ("bytes=0-1,5-6", None),
        ("bytes=٠-٩", None),
        ("bytes=0x1-2", None),
        ("bytes=-1-2", None),
        ("items=0-5", None),
        ("bytes=" + "9" * 5_000 + "-", None),
        ("bytes=0-" + "9" * 5_000, None),
    ],
)
def test_one_range_is_read_and_anything_else_means_the_whole_file(header, part):
    assert read_range(header, 1_000) == part


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", "bytes=999999999999999999-", "bytes=-0"])
def test_what_lies_beyond_the_file_is_refused(header):
    with pytest.raises(NotInFile):
        read_range(header, 1_000)


def test_a_large_range_is_answered_in_part():
    size = 10 * MOST_AT_ONCE

    assert read_range("bytes=0-", size) == (0, MOST_AT_ONCE - 1)
    assert read_range(f"bytes=-{size}", size) == (0, MOST_AT_ONCE - 1)
    assert read_range(f"bytes={size - 10}-", size) == (size - 10, size - 1)
