"""LEAF. Where tables of networks come from: DB-IP's free data, or an ip2region file that an operator has.

Both know less than they say. What a comparison with another table showed to be wrong more often than right is left
out: an unknown place is harmless, a wrong one can make an honest label look copied.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from gi_registry.ip_tables import ABROAD, Range, WrongTable

# Codes of GB/T 2260 by the names that sources write: Chinese without 省, 市, 自治区; English as DB-IP has them.
PROVINCES = {
    "110000": ("北京", "Beijing"), "120000": ("天津", "Tianjin"), "130000": ("河北", "Hebei"),
    "140000": ("山西", "Shanxi"), "150000": ("内蒙古", "Inner Mongolia"), "210000": ("辽宁", "Liaoning"),
    "220000": ("吉林", "Jilin"), "230000": ("黑龙江", "Heilongjiang"), "310000": ("上海", "Shanghai"),
    "320000": ("江苏", "Jiangsu"), "330000": ("浙江", "Zhejiang"), "340000": ("安徽", "Anhui"),
    "350000": ("福建", "Fujian"), "360000": ("江西", "Jiangxi"), "370000": ("山东", "Shandong"),
    "410000": ("河南", "Henan"), "420000": ("湖北", "Hubei"), "430000": ("湖南", "Hunan"),
    "440000": ("广东", "Guangdong"), "450000": ("广西", "Guangxi"), "460000": ("海南", "Hainan"),
    "500000": ("重庆", "Chongqing"), "510000": ("四川", "Sichuan"), "520000": ("贵州", "Guizhou"),
    "530000": ("云南", "Yunnan"), "540000": ("西藏", "Tibet"), "610000": ("陕西", "Shaanxi"),
    "620000": ("甘肃", "Gansu"), "630000": ("青海", "Qinghai"), "640000": ("宁夏", "Ningxia"),
    "650000": ("新疆", "Xinjiang"), "710000": ("台湾", "TW"), "810000": ("香港", "HK"), "820000": ("澳门", "MO"),
}  # fmt: skip
BY_ENGLISH = {english: code for code, (_, english) in PROVINCES.items()}


# --- DB-IP ---

# What its labels mean where they do not mean what they say. "" leaves them out: Jinrongjie is the street where
# carriers have their seats, Liuxiang stands for networks of Shaanxi as often as for Shanxi; the others were wrong on
# most of 500 or more networks.
DBIP_LABELS = {
    ("Beijing", "Beijing (Haidian Qu)"): "",
    ("Beijing", "Jinrongjie (Xicheng District)"): "",
    ("Beijing", "Longtan (Chaoyang)"): "",
    ("Fujian", "Zhangzhou (Neimeng)"): "150000",
    ("Guangdong", "Huaqingbei (Futian Qu)"): "",
    ("Guangxi", "Hechi (Inner Mongolia)"): "150000",
    ("Guangxi", "Liuzhou (Chengzhong Qu)"): "",
    ("Hebei", "Xiabancheng (South Building)"): "",
    ("Jiangxi", "Shangli (Liu Yang Shi)"): "430000",  # Liuyang is in Hunan
    ("Jiangxi", "Shangli (Liuyang Shi)"): "430000",
    ("Shaanxi", "Baoji (Weibin District, Baoji)"): "",
    ("Shandong", "Jinan (Lixia Qu)"): "",
    ("Shanghai", "Yangpu (Yangpu Qu)"): "",
    ("Shanxi", "Liuxiang"): "",
    ("Zhejiang", "Hangzhou (Shangcheng Qu)"): "",
}
# Networks used in the whole country and labelled with the seat of whoever holds them.
CHINA_MOBILE = (
    "36.128.0.0/10 39.128.0.0/10 111.0.0.0/10 112.0.0.0/10 117.128.0.0/10 120.192.0.0/10 183.192.0.0/10"
    " 211.103.0.0/17 211.136.0.0/13 218.200.0.0/13 221.130.0.0/15 221.176.0.0/13 223.64.0.0/10 2409:8000::/20"
)
SEATS: tuple[tuple[str, frozenset[str]], ...] = (
    (CHINA_MOBILE, frozenset({"110000", "440000"})),
    ("240e::/18 2408:8000::/20 2001:250::/32 2001:da8::/32", frozenset({"110000"})),  # Telecom, Unicom, CERNET
)
_SEATS = [(network, codes) for networks, codes in SEATS for network in map(ip_network, networks.split())]
WORLD = ip_network("2000::/3")  # the only IPv6 addresses that belong to somebody
TUNNELS = ip_network("2002::/16")  # 6to4: says nothing about a place
DBIP_WEAK = ("110000",)  # even then, three of ten networks labelled Beijing are used elsewhere


def dbip_ranges(rows: Iterable[tuple[IPv4Network | IPv6Network, Any]]) -> Iterator[Range]:
    """Ranges out of the networks and records of DB-IP's IP to City Lite, as a reader of MMDB files gives them."""
    for network, record in rows:
        if network.version == 6 and (_inside(network, TUNNELS) or not _inside(network, WORLD)):
            continue
        if answer := dbip_answer(network, record or {}):
            yield int(network.network_address), int(network.broadcast_address), answer


def dbip_answer(network: IPv4Network | IPv6Network, record: dict[str, Any]) -> str:
    """The province of a record; "" where it has none or its label is known to mislead."""
    country = record.get("country_code") or ""
    if country != "CN":
        return BY_ENGLISH.get(country) or (ABROAD if country not in ("", "ZZ") else "")
    state = record.get("state1") or ""
    code = DBIP_LABELS.get((state, record.get("city") or ""), BY_ENGLISH.get(state, ""))
    return "" if any(code in codes and _inside(network, whole) for whole, codes in _SEATS) else code


def _inside(network: IPv4Network | IPv6Network, whole: IPv4Network | IPv6Network) -> bool:
    return network.version == whole.version and network.subnet_of(whole)  # type: ignore[arg-type]


# --- ip2region ---

NOWHERE = re.compile("^0?$|内网|局域网|本机|保留|未知|reserved|private|loopback", re.IGNORECASE)


def xdb_answer(text: str) -> str:
    """The province that a row of an ip2region file names, whose columns differ from one edition to the next.

    中国|广东省|深圳市|电信|CN and 中国|0|广东省|深圳市|电信 are Guangdong, 美国|… is abroad, 0|0|0|内网IP|… is nothing.
    """
    fields = text.split("|")
    if fields[0].startswith("中国"):
        fields[0] = fields[0].removeprefix("中国")
    elif NOWHERE.search(fields[0]):
        return ""
    elif not fields[0].startswith(("台湾", "香港", "澳门")):
        return ABROAD
    named = (code for field in fields[:3] for code, (chinese, _) in PROVINCES.items() if field.startswith(chinese))
    return next(named, "")


def xdb_ranges(content: bytes) -> tuple[int, list[Range]]:
    """Version of the addresses and ranges of an ip2region file (structure 2 or 3).

    Its head has, little-endian, the structure at byte 0, the first and the last row of the index at 8 and 12, and
    4 or 6 at 16. A row: first and last address, length and place of its text; IPv4 numbers are little-endian there,
    IPv6 addresses as on the wire.
    """
    try:
        structure, first_row, last_row, version = (*struct.unpack_from("<H6xII", content, 0), content[16])
        if structure not in (2, 3) or first_row > last_row:
            raise WrongTable("this is no ip2region file of structure 2 or 3")
        version = 6 if structure == 3 and version == 6 else 4
        row = struct.Struct("<4s4sHI" if version == 4 else "<16s16sHI")
        order = "little" if version == 4 else "big"
        ranges: list[Range] = []
        for place in range(first_row, last_row + 1, row.size):
            first, last, length, text = row.unpack_from(content, place)
            answer = xdb_answer(content[text : text + length].decode())
            ranges.append((_number(first, order), _number(last, order), answer))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise WrongTable(f"the ip2region file is damaged ({error})") from error
    return version, sorted(ranges)


def _number(data: bytes, order: str) -> int:
    return int.from_bytes(data, "little" if order == "little" else "big")
