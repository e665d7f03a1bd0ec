"""LEAF. The tile grid of the provinces, the steps of shading, and names short enough for a map."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

# Code: column and row in the grid, short name in Chinese and English. Hainan's tile stands for the islands
# of the South China Sea too.
PROVINCES: dict[str, tuple[int, int, str, str]] = {
    "230000": (6, 0, "黑龙江", "Heilongjiang"),
    "150000": (3, 1, "内蒙古", "Inner Mong."),
    "220000": (6, 1, "吉林", "Jilin"),
    "650000": (0, 2, "新疆", "Xinjiang"),
    "620000": (1, 2, "甘肃", "Gansu"),
    "640000": (2, 2, "宁夏", "Ningxia"),
    "140000": (3, 2, "山西", "Shanxi"),
    "130000": (4, 2, "河北", "Hebei"),
    "110000": (5, 2, "北京", "Beijing"),
    "210000": (6, 2, "辽宁", "Liaoning"),
    "630000": (1, 3, "青海", "Qinghai"),
    "610000": (2, 3, "陕西", "Shaanxi"),
    "410000": (3, 3, "河南", "Henan"),
    "370000": (4, 3, "山东", "Shandong"),
    "120000": (5, 3, "天津", "Tianjin"),
    "540000": (0, 4, "西藏", "Xizang"),
    "510000": (1, 4, "四川", "Sichuan"),
    "500000": (2, 4, "重庆", "Chongqing"),
    "420000": (3, 4, "湖北", "Hubei"),
    "340000": (4, 4, "安徽", "Anhui"),
    "320000": (5, 4, "江苏", "Jiangsu"),
    "310000": (6, 4, "上海", "Shanghai"),
    "530000": (1, 5, "云南", "Yunnan"),
    "520000": (2, 5, "贵州", "Guizhou"),
    "430000": (3, 5, "湖南", "Hunan"),
    "360000": (4, 5, "江西", "Jiangxi"),
    "330000": (5, 5, "浙江", "Zhejiang"),
    "450000": (2, 6, "广西", "Guangxi"),
    "440000": (3, 6, "广东", "Guangdong"),
    "350000": (4, 6, "福建", "Fujian"),
    "710000": (6, 6, "台湾", "Taiwan"),
    "460000": (2, 7, "海南", "Hainan"),
    "820000": (3, 7, "澳门", "Macao"),
    "810000": (4, 7, "香港", "Hong Kong"),
}

ENDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)  # of the steps of shading

# Peoples in the names of autonomous prefectures.
_PEOPLES = "土家|布依|哈尼|傈僳|景颇|蒙古|朝鲜|哈萨克|柯尔克孜|维吾尔|藏|羌|彝|傣|白|苗|侗|壮|回"
# Peoples in the names of autonomous counties and banners; a few of these names leave out the 族.
_COUNTY_PEOPLES = (
    _PEOPLES + "|瑶|畲|仡佬|水|土|撒拉|东乡|保安|裕固|鄂温克|达斡尔|锡伯|塔吉克|仫佬|毛南|纳西|佤|拉祜|独龙|怒"
    "|普米|布朗|满|黎|各"
)
_COUNTY_ZH = re.compile(rf"(.{{2,}}?)(?:(?:{_COUNTY_PEOPLES})族?)*(?:自治县|自治旗|特区|林区|县|市|区|旗)")
_PREFECTURE_ZH = re.compile(rf"(.{{2,}}?)(?:(?:{_PEOPLES})族?)*(?:自治州|地区|市|盟)")


# Fills that are no plain colour, by the last of the classes; templates/components/map.html draws the patterns.
PATTERNS = {"inferred": "hatch", "unproven": "stripes", "in_procedure": "dots"}


def pattern_of(css: str) -> str:
    """The pattern that goes with some classes: what is only a guess or only under way is never a plain colour."""
    return PATTERNS.get(css.split(" ")[-1], "")


@dataclass(frozen=True)
class Step:
    """One line of the legend."""

    css: str
    text: str

    @property
    def pattern(self) -> str:
        """The pattern of the fill, "" for a plain colour."""
        return pattern_of(self.css)


def scale(values: Iterable[int]) -> list[int]:
    """Upper ends of the first four of five steps: round numbers below the largest value, at most four."""
    largest = max([0, *values])
    return [end for end in ENDS if end < largest][-4:]


def level(value: int, ends: Sequence[int]) -> int:
    """0 for nothing, otherwise 1 to 5. Fewer steps keep the darkest for the largest."""
    return 0 if value <= 0 else bisect_left(ends, value) + 5 - len(ends)


def legend(ends: Sequence[int]) -> tuple[Step, ...]:
    """The steps in words; the last is open."""
    steps = [Step("level-0", "0")]
    first = 1
    for end in ends:
        steps.append(Step(f"level-{level(end, ends)}", str(end) if first == end else f"{first}–{end}"))
        first = end + 1
    steps.append(Step("level-5", _("{number} and more").format(number=first)))
    return tuple(steps)


def short_prefecture_zh(name: str) -> str:
    """益阳市 is 益阳, 湘西土家族苗族自治州 is 湘西; other names stay as they are."""
    match = _PREFECTURE_ZH.fullmatch(name)
    return match[1] if match else name


def short_county_zh(name: str) -> str:
    """安化县 is 安化, 城步苗族自治县 is 城步; 沁县 stays, for one sign alone is no name."""
    match = _COUNTY_ZH.fullmatch(name)
    return match[1] if match else name


def short_prefecture_en(name: str) -> str:
    """Yiyang City is Yiyang, Xiangxi Tujia and Miao Autonomous Prefecture is Xiangxi."""
    if name.endswith(" Autonomous Prefecture"):
        return name.split()[0]
    return re.sub(" (City|Prefecture|League)$", "", name)
