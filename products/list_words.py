"""LEAF. Words of poverty lists: the columns of a file, levels, the 14 contiguous poor areas, names of values."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# The header of a file with units, in the order in which the register writes it; files may have any order.
COLUMNS: Final = (
    "code", "code_then", "name_zh", "province", "level", "area", "key_county", "designated_on", "exited",
    "exit_basis", "list_basis", "source", "note",
)  # fmt: skip
# What a file must have. A column that is missing besides leaves that value as it is.
REQUIRED: Final = ("code", "code_then", "name_zh", "province", "level", "list_basis")
FIRST_YEAR: Final = 1980  # no list of poor counties is older


class ListLevel(TextChoices):
    """Who put a unit on a list."""

    NATIONAL = "national", _("national")
    PROVINCIAL = "provincial", _("provincial")


# The contiguous poor areas of 2011 under the names that the loaded lists use; proper names, not translated.
AREAS: Final = (
    "六盘山", "秦巴山", "武陵山", "乌蒙山", "滇桂黔石漠化", "滇西边境", "大兴安岭南麓山区", "燕山-太行山",
    "吕梁山", "大别山", "罗霄山", "西藏", "四省藏区", "南疆三地州",
)  # fmt: skip

# What the values of a list and of a unit are called, wherever somebody reads that one of them has changed.
VALUE_NAMES: Final[dict[str, str | Promise]] = {
    "name_zh": _("Name in Chinese"),
    "name_en": _("Name in English"),
    "published_on": pgettext_lazy("of a notice or list", "Published"),
    "published_precision": _("Published: how exactly"),
    "official_size": _("Official size"),
    "order": _("Place among the lists"),
    "code_then": _("Code at that time"),
    "province": _("Province"),
    "divisions": _("Divisions"),
    "level": _("Level"),
    "area": _("Contiguous poor area"),
    "key_county": _("Key county"),
    "designated_on": _("On the list since"),
    "exited_on": _("Left the list"),
    "exited_precision": _("Left the list: how exactly"),
    "exit_basis": _("Support of the exit"),
    "list_basis": _("Support of the listing"),
    "flags_basis": _("Support of area and key county"),
    "sources": _("Sources"),
    "note": _("Remark"),
}
# Columns of a file whose value is kept under another name.
VALUE_OF_COLUMN: Final = {"code": "divisions", "exited": "exited_on", "source": "sources"}
