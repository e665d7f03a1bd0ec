"""Whole or part of a division: only what the wording of an area says."""

import pytest

from products.area_wording import extents
from products.states import Extent

WHOLE, PART, NOT_STATED = Extent.WHOLE, Extent.PART, Extent.NOT_STATED


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        ("茂县现辖行政区域", {"茂县": WHOLE}),
        ("六枝特区现辖行政区域(六府呈〔2016〕50号)", {"六枝特区": WHOLE}),
        ("融水苗族自治县全县", {"融水苗族自治县": WHOLE}),
        ("桑植县所辖区域", {"桑植县": WHOLE}),
        ("安化县", {"安化县": NOT_STATED}),
        ("", {"安化县": NOT_STATED}),
        ("宁安市5个乡镇", {"宁安市": PART}),
        ("莆田市秀屿区南日镇", {"秀屿区": PART}),
        ("樟树市19个乡(镇、场)", {"樟树市": PART}),
        ("苏州市4个市（区）6个镇（街道）和阳澄湖湖区", {"苏州市": PART}),
        ("阳西县现辖行政区域内的指定海域", {"阳西县": PART}),
        # Names of counties that hold a word for town.
        ("湘乡市", {"湘乡市": NOT_STATED}),
        ("南郑县、西乡县、镇巴县", {"南郑区": NOT_STATED, "西乡县": NOT_STATED, "镇巴县": NOT_STATED}),
        # Several divisions: a number of towns in all, or a clause of its own.
        ("怀来县、涿鹿县26个乡镇", {"怀来县": PART, "涿鹿县": PART}),
        ("冷水滩区、零陵区5个县区现辖行政区域", {"冷水滩区": WHOLE, "零陵区": WHOLE}),
        ("银川平原有关乡镇和农垦农场;中宁县全境", {"中宁县": WHOLE, "永宁县": NOT_STATED}),
        ("湘潭县全县,韶山市、湘乡市、衡东县白莲镇等34个乡镇",
         {"湘潭县": WHOLE, "韶山市": NOT_STATED, "湘乡市": NOT_STATED, "衡东县": NOT_STATED}),
        ("萧山区13个镇及农场,滨江区浦沿、长河、西兴街道", {"萧山区": PART, "滨江区": PART}),
    ],
)  # fmt: skip
def test_extents(wording, expected):
    assert extents(wording, list(expected)) == expected
