"""Frames in one piece: wherever a loop stands in the stack, its calls ask the system for no memory."""

import resource

import pytest

from config.frames import with_room

CALLS = 2_000


def test_no_depth_makes_calls_dear():
    faults = with_room(_faults_at_every_depth)()

    # Where a piece ends within the loop, each call brings a page of memory anew.
    assert max(faults[1:]) < CALLS / 10
    assert len(faults) > 200


def test_says_what_it_calls():
    def said(one, *, other):
        """Words."""
        return one, other

    assert with_room(said)(1, other=2) == (1, 2)
    assert (with_room(said).__name__, with_room(said).__doc__) == ("said", "Words.")


def test_errors_pass():
    with pytest.raises(ZeroDivisionError):
        with_room(lambda: 1 / 0)()


def _faults_at_every_depth():
    faults = []
    _down(300, faults)
    return faults


def _down(depth, faults):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(CALLS):
        _nothing()
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    if depth:
        _down(depth - 1, faults)


def _nothing():
    pass


# A frame that is larger than those of the loop does not fit at the end of a piece.
_nothing.__code__ = _nothing.__code__.replace(co_stacksize=200)
