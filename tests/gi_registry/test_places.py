"""Provinces of networks: the table that comes with the register, tables of an operator, damaged ones."""

import struct
from io import StringIO
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from gi_registry import ip_sources, ip_tables, places
from gi_registry.ip_tables import Table, WrongTable
from gi_registry.networks import network_of
from gi_registry.places import province_of, table_fault, weak_provinces

# --- The table that comes with the register ---


@pytest.mark.parametrize(
    ("address", "province"),
    [  # name servers that carriers publish for the customers of one province
        ("219.141.136.10", "110000"),
        ("202.99.96.68", "120000"),
        ("202.99.160.68", "130000"),
        ("202.99.224.68", "150000"),
        ("202.96.209.133", "310000"),
        ("202.102.192.68", "340000"),
        ("218.85.152.99", "350000"),
        ("202.103.24.68", "420000"),
        ("59.51.78.211", "430000"),
        ("202.96.128.86", "440000"),
        ("61.139.2.69", "510000"),
        ("222.172.200.68", "530000"),
        ("61.128.114.133", "650000"),
        ("2409:8928:e20::1", "330000"),
    ],
)
def test_well_known_addresses_lie_in_their_province(address: str, province: str) -> None:
    assert province_of(address) == province


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("168.95.1.1", "710000"),
        ("2001:b000:168::1", "710000"),
        ("202.14.67.4", "810000"),
        ("202.175.3.3", "820000"),
        ("8.8.8.8", "00"),
        ("2001:4860:4860::8888", "00"),
    ],
)
def test_beyond_the_mainland(address: str, answer: str) -> None:
    assert province_of(address) == answer


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "10.1.2.3", "127.0.0.1", "192.168.0.0/24", "100.64.1.1", "169.254.0.1", "203.0.113.9", "224.0.0.1",
     "255.255.255.255", "0.0.0.0", "::1", "fe80::1", "fd00::/48", "2001:db8::1", "2002:0808:0808::1", "ffff::"],
)  # fmt: skip
def test_private_and_malformed_networks_are_nowhere(address: str) -> None:
    assert province_of(address) == ""


@pytest.mark.parametrize("network", ["39.144.12.0/24", "240e:390::/48", "2408:8400::/48"])
def test_networks_of_carriers_of_the_whole_country_are_not_their_seat(network: str) -> None:
    assert province_of(network) == ""


def test_a_network_and_its_addresses_answer_the_same(rf) -> None:
    assert network_of(rf.get("/", REMOTE_ADDR="61.139.2.69")) == "61.139.2.0/24"
    assert province_of("61.139.2.0/24") == province_of("61.139.2.69") == province_of("61.139.2.255")


def test_all_34_units_are_there_and_nothing_else() -> None:
    codes = set(ip_tables.read(places.OWN_TABLE).about["codes"])
    assert codes == set(ip_sources.PROVINCES) | {"", "00"}
    assert len(ip_sources.PROVINCES) == 34


def test_codes_are_those_of_the_divisions_of_the_register() -> None:
    lines = (places.OWN_TABLE.parent.parent / "divisions.csv").read_text(encoding="utf-8").splitlines()
    listed = {row[0]: row[1] for row in (line.split(",") for line in lines) if ",province," in ",".join(row)}
    assert all(listed[code].startswith(chinese) for code, (chinese, _) in ip_sources.PROVINCES.items())


def test_whoever_warns_is_told_that_the_capital_is_no_evidence() -> None:
    assert weak_provinces() == {"110000"}


def test_the_source_can_be_named_on_pages() -> None:
    assert "DB-IP" in places.source()["source"]
    assert places.source()["licence"] == "CC BY 4.0"


@given(st.ip_addresses())
def test_every_address_has_an_answer(address) -> None:
    assert province_of(str(address)) in {"", "00", *ip_sources.PROVINCES}


# --- A table of an operator ---


def table(tmp_path: Path, ranges: dict[int, list[tuple[str, str, str]]], **about: object) -> Table:
    file = tmp_path / "table.bin"
    numbers = {
        version: [(int(ip_address(first)), int(ip_address(last)), answer) for first, last, answer in rows]
        for version, rows in ranges.items()
    }
    return ip_tables.write(file, about, numbers)


def test_an_operators_table_answers_instead(settings, tmp_path: Path) -> None:
    table(tmp_path, {4: [("61.139.2.0", "61.139.2.255", "540000")]})
    settings.IP_TABLE = str(tmp_path / "table.bin")
    assert province_of("61.139.2.69") == "540000"
    assert province_of("8.8.8.8") == ""
    assert weak_provinces() == frozenset()
    assert table_fault() == ""


@pytest.mark.parametrize("content", [None, b"", b"no table", b"{}\n", b'{"codes": [""], "rows": {"4": 9, "6": 0}}\nxx'])
def test_a_table_that_cannot_be_used_fails_no_page(settings, tmp_path: Path, caplog, content: bytes | None) -> None:
    file = tmp_path / "table.bin"
    if content is not None:
        file.write_bytes(content)
    settings.IP_TABLE = str(file)
    assert province_of("61.139.2.69") == "510000"
    assert str(file) in table_fault()
    assert str(file) in caplog.text


@pytest.mark.parametrize("cut", [1, 100, 40_000])
def test_a_table_that_was_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "table.bin"
    file.write_bytes(places.OWN_TABLE.read_bytes()[:-cut])
    with pytest.raises(WrongTable):
        ip_tables.read(file)


def test_a_table_with_a_province_it_does_not_list_is_refused(tmp_path: Path) -> None:
    table(tmp_path, {4: [("1.2.3.0", "1.2.3.255", "540000")]})
    file = tmp_path / "table.bin"
    file.write_bytes(file.read_bytes().replace(b'["", "540000"]', b'[""]          '))
    with pytest.raises(WrongTable):
        ip_tables.read(file)


def test_stretches_gaps_and_edges(tmp_path: Path) -> None:
    made = table(
        tmp_path,
        {
            4: [
                ("1.0.0.0", "1.0.1.255", "440000"),
                ("1.0.2.0", "1.0.2.255", "440000"),
                ("1.0.4.0", "1.0.4.99", "310000"),  # one network with two answers: the larger part decides
                ("1.0.4.100", "1.0.6.255", "320000"),
                ("255.255.255.0", "255.255.255.255", "00"),
            ],
            6: [("2409:1:2::", "2409:1:2:ffff:ffff:ffff:ffff:ffff", "630000")],
        },
    )
    asked = {text: made.answer(4, int(ip_address(text)) >> 8) for text in (
        "0.0.0.0", "1.0.0.0", "1.0.2.0", "1.0.3.0", "1.0.4.0", "1.0.6.0", "1.0.7.0", "255.255.255.0",
    )}  # fmt: skip
    assert list(asked.values()) == ["", "440000", "440000", "", "320000", "320000", "", "00"]
    assert len(made.starts[4]) == 6  # 440000, gap, 320000, gap, 00, end
    assert made.answer(6, 0x240900010002) == "630000"
    assert made.answer(6, 0x240900010001) == made.answer(6, 0x240900010003) == ""


@given(st.lists(st.tuples(st.integers(1, 700), st.sampled_from(["", "440000", "310000"])), max_size=30))
def test_each_network_has_the_answer_of_most_of_its_addresses(pieces: list[tuple[int, str]]) -> None:
    ranges, start = [], 0
    for length, answer in pieces:
        if answer:
            ranges.append((start, start + length - 1, answer))
        start += length
    rows = list(ip_tables._rows(ip_tables._by_block(ranges, 8)))
    by_address = [answer for length, answer in pieces for _ in range(length)]
    assert [first for first, _ in rows] == sorted({first for first, _ in rows})
    for block in range(start // 256 + 2):
        inside = [answer for answer in by_address[block * 256 : block * 256 + 256] if answer]
        said = next((answer for first, answer in reversed(rows) if first <= block), "")
        assert inside.count(said) == max(map(inside.count, inside)) if inside else said == ""


# --- Sources ---


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("中国|广东省|深圳市|电信|CN", "440000"),
        ("中国|0|广东省|深圳市|电信", "440000"),
        ("中国|0|内蒙古|呼和浩特市|联通", "150000"),
        ("中国|黑龙江省|哈尔滨市|移动|CN", "230000"),
        ("中国|0|香港|0|0", "810000"),
        ("中国香港|香港特别行政区|0|0|HK", "810000"),
        ("台湾|0|台北|0|0", "710000"),
        ("中国|0|0|0|移动", ""),
        ("美国|0|加利福尼亚|洛杉矶|谷歌", "00"),
        ("蒙古|0|0|0|0", "00"),
        ("0|0|0|内网IP|内网IP", ""),
        ("内网IP|0|0|0|0", ""),
        ("Reserved|Reserved|Reserved|0|0", ""),
        ("", ""),
    ],
)
def test_rows_of_ip2region(text: str, answer: str) -> None:
    assert ip_sources.xdb_answer(text) == answer


def xdb(version: int, rows: list[tuple[str, str, str]], structure: int = 3) -> bytes:
    """A file as ip2region makes it, without the vector index that only its own search needs."""
    texts, index, place = b"", b"", 256
    for first, last, text in rows:
        said = text.encode()
        addresses = [ip_address(first).packed, ip_address(last).packed]
        numbers = b"".join(packed[::-1] if version == 4 else packed for packed in addresses)
        index += numbers + struct.pack("<HI", len(said), place + len(texts))
        texts += said
    start = place + len(texts)
    size = 14 if version == 4 else 38
    head = struct.pack("<HHIIIHH", structure, 1, 0, start, start + size * (len(rows) - 1), version, 4)
    return head.ljust(256, b"\0") + texts + index


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Path, Path]:
    four, six = tmp_path / "v4.xdb", tmp_path / "v6.xdb"
    four.write_bytes(xdb(4, [
        ("0.0.0.0", "0.255.255.255", "Reserved|Reserved|Reserved|0|0"),
        ("61.139.2.0", "61.139.3.255", "中国|四川省|成都市|电信|CN"),
        ("61.139.4.0", "61.139.4.255", "日本|东京都|0|0|JP"),
    ]))  # fmt: skip
    six.write_bytes(xdb(6, [("240e:390::", "240e:390:ffff:ffff:ffff:ffff:ffff:ffff", "中国|浙江省|杭州市|电信|CN")]))
    return four, six


def test_an_operator_makes_a_table_of_ip2region_and_uses_it(settings, tmp_path: Path, sources) -> None:
    said, made = StringIO(), tmp_path / "made.bin"
    call_command("build_ip_table", made, *sources, day="2026-10-01", licence="bought", stdout=said)
    assert "IPv4" in said.getvalue()
    settings.IP_TABLE = str(made)
    answers = [province_of(text) for text in ("61.139.2.69", "61.139.4.1", "61.139.5.1", "0.0.0.1")]
    assert answers == ["510000", "00", "", ""]
    assert province_of("240e:390:1::1") == "330000"
    assert places.source() == {"source": "ip2region", "licence": "bought", "day": "2026-10-01"}


def test_the_older_structure_is_read_as_ipv4() -> None:
    content = xdb(4, [("1.0.1.0", "1.0.3.255", "中国|0|福建省|福州市|电信")], structure=2)
    version, ranges = ip_sources.xdb_ranges(content)
    assert (version, ranges) == (4, [(0x01000100, 0x010003FF, "350000")])


@pytest.mark.parametrize("content", [b"", b"PK\3\4" + b"x" * 400, xdb(4, [("1.0.1.0", "1.0.3.255", "中国")])[:-4]])
def test_what_is_no_ip2region_file_is_refused_and_nothing_written(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "some.xdb"
    file.write_bytes(content)
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("build_ip_table", tmp_path / "made.bin", file)
    assert not (tmp_path / "made.bin").exists()


def test_a_missing_source_and_two_of_one_kind_are_refused(tmp_path: Path, sources) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("build_ip_table", tmp_path / "made.bin", tmp_path / "none.xdb")
    with pytest.raises(CommandError, match="already a file for IPv4"):
        call_command("build_ip_table", tmp_path / "made.bin", sources[0], sources[0])


def label(network: str, country: str, state: str = "", city: str = "") -> str:
    return ip_sources.dbip_answer(ip_network(network), {"country_code": country, "state1": state, "city": city})


def test_labels_of_dbip() -> None:
    assert label("61.139.0.0/17", "CN", "Sichuan", "Chengdu") == "510000"
    assert label("202.14.67.0/24", "HK", "Kowloon") == "810000"
    assert label("8.8.8.0/24", "US", "California") == "00"
    assert label("1.2.3.0/24", "") == label("1.2.3.0/24", "ZZ") == label("1.2.3.0/24", "CN", "Atlantis") == ""


def test_labels_of_dbip_that_mislead() -> None:
    assert label("1.2.3.0/24", "CN", "Beijing", "Jinrongjie (Xicheng District)") == ""
    assert label("1.2.3.0/24", "CN", "Jiangxi", "Shangli (Liu Yang Shi)") == "430000"
    assert label("39.144.0.0/16", "CN", "Guangdong", "Guangzhou") == ""
    assert label("39.144.0.0/16", "CN", "Zhejiang", "Hangzhou") == "330000"
    assert label("240e:390::/32", "CN", "Beijing", "Beijing") == ""


def test_ipv6_addresses_that_say_nothing_of_a_place_are_left_out() -> None:
    rows = [(ip_network(text), {"country_code": "US"}) for text in ("::/96", "2002:808::/32", "2001:4860::/32")]
    assert [answer for _, _, answer in ip_sources.dbip_ranges([*rows, (ip_network("1.0.0.0/24"), None)])] == ["00"]
