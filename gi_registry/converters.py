"""Shapes of the parts of an address. What does not fit is an unknown address, never an error."""

from django.urls import register_converter


class ShortNumber:
    """A whole number of at most nine digits, which any database column holds."""

    regex = "[0-9]{1,9}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class DivisionCode:
    """Six digits of GB/T 2260."""

    regex = "[0-9]{6}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ShortNumber, "number")
register_converter(DivisionCode, "division")
