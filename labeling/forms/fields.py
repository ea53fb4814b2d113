"""Fields that several forms have."""

from typing import Any

from django import forms


class OneLine(forms.CharField):
    """Words on one line: what breaks a line is a space."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value) or "").split())
