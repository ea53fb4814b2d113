import pytest

from sessions_app.sealing import Unreadable, seal, unseal


def test_what_is_sealed_can_be_read_again_and_not_without_the_key(settings):
    sealed = seal("sk-live-1234")

    assert "1234" not in sealed
    assert sealed != seal("sk-live-1234")
    assert unseal(sealed) == "sk-live-1234"
    settings.SEALING_KEYS = ["another key"]
    with pytest.raises(Unreadable):
        unseal(sealed)


def test_a_former_key_still_reads_what_it_sealed(settings):
    settings.SEALING_KEYS = ["former"]
    sealed = seal("sk-live-1234")

    settings.SEALING_KEYS = ["today's", "former"]

    assert unseal(sealed) == "sk-live-1234"


def test_nothing_stays_nothing():
    assert seal("") == ""
    assert unseal("") == ""


@pytest.mark.parametrize("broken", ["x", "é", "gAAAA", "\0"])
def test_what_was_never_sealed_is_unreadable(broken):
    with pytest.raises(Unreadable):
        unseal(broken)
