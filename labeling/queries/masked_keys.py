"""Which keys of tools are masked, as the admin lists them right now."""

from labeling.masking import KeyMask
from labeling.models import MaskedKey


def get_key_mask() -> KeyMask:
    """This will read the list anew: a change in the admin counts from the next request on."""
    return KeyMask(MaskedKey.objects.values_list("name", flat=True))
