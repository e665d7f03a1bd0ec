"""How much of a division the wording of a protected area takes in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from products.states import Extent

# 现辖行政区域内的指定海域 names something inside the division, not the division.
_WHOLE = re.compile(r"(?:现辖行政区域|所辖区域|全境|全[县市区州旗])(?!内)")
# Words for towns and villages at the end of a name or number: 镇 in 镇宁县 or 乡 in 湘乡市 is no town.
_PART = re.compile(
    r"(?:乡镇|镇|乡|街道|村|农场|林场|办事处|乡镇场)(?:办|场|街道)?(?=[、,;()和及共等]|$)"
    r"|部分|指定|现辖行政区域内|村镇"
)
_ALL_IN_TOWNS = re.compile(r"[0-9]+个(?:行政)?(?:乡镇|镇|乡|街道|村)[^、,;]*$")
_REMARK = re.compile(r"\([^()]*\)")
_WIDTH = str.maketrans("（），；", "(),;")


def extents(wording: str, names: Sequence[str]) -> dict[str, Extent]:
    """For each of the divisions that an area names: whole, part, or (where the words leave it open) not stated.

    `names` are the official names of today. Only what the words say counts: '安化县' alone states no extent.
    """
    wording = wording.translate(_WIDTH)
    bare = _REMARK.sub("", wording)
    whole, part = _WHOLE.search(bare), _PART.search(bare)
    if whole and not part:
        return dict.fromkeys(names, Extent.WHOLE)
    if part and not whole and (len(names) == 1 or _ALL_IN_TOWNS.search(bare)):
        return dict.fromkeys(names, Extent.PART)
    return {name: _by_clause(bare, name, names) for name in names}


def _by_clause(wording: str, name: str, names: Sequence[str]) -> Extent:
    """A clause decides only for the one division that it names."""
    for clause in re.split("[,;]", wording):
        if [other for other in names if _stem(other) in clause] == [name]:
            if _WHOLE.search(clause):
                return Extent.WHOLE
            if _PART.search(clause):
                return Extent.PART
    return Extent.NOT_STATED


def _stem(name: str) -> str:
    return name[:-1] if len(name) > 2 else name
