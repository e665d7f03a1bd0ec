"""LEAF. The columns of the open data on what is protected: products, areas, acts, recognition, coverage."""
# ruff: noqa: E501 - a column a line reads best

from __future__ import annotations

from gi_registry.open_fields import Column, Kind, Origin
from gi_registry.partial_dates import Precision
from products.announcement_numbers import Issuer
from products.coverage_rules import Cover
from products.recognition_standing import Standing
from products.states import (
    AreaBasis,
    Category,
    Extent,
    HomeRight,
    MatchBasis,
    ProductStatus,
    Side,
    Track,
)

_NUMBER = Column("number", Kind.NUMBER, "登记簿自编的产品编号，不是官方编号", "the register's own number of the product; no official number", 365, Origin.OWN)
_PRODUCT = Column("product_number", Kind.NUMBER, "产品在登记簿的编号", "the register's number of the product", 365, Origin.OWN)
_PRODUCT_NAME = Column("product", Kind.TEXT, "产品的中文名称", "Chinese name of the product", "安化黑茶", Origin.SOURCE)
_PROVINCE_CODE = Column("province_code", Kind.TEXT, "省级区划代码", "code of the province", "430000", Origin.DIVISIONS)
_PROVINCE = Column("province", Kind.TEXT, "省级区划名称", "name of the province", "湖南省", Origin.DIVISIONS)
_NOTE = Column("note", Kind.TEXT, "备注", "remark", "", Origin.SOURCE)
_SOURCES = Column("sources", Kind.TEXT, "来源的编号", "keys of the sources", "S012", Origin.SOURCE)


def _url(path: str) -> Column:
    return Column("url", Kind.ADDRESS, "登记簿中的页面", "its page in the register", f"https://register.example/{path}/", Origin.OWN)


PRODUCT_COLUMNS = (
    _NUMBER,
    Column("name_zh", Kind.TEXT, "来源中的名称", "name as in the source", "安化黑茶", Origin.SOURCE),
    Column("name_en", Kind.TEXT, "英文名称，多取自国际协定", "English name, mostly from an international agreement", "Anhua Dark Tea", Origin.SOURCE),
    Column("name_pinyin", Kind.TEXT, "拼音，自动生成", "reading, generated", "Anhua Heicha", Origin.DERIVED),
    Column("category", Kind.CODE, "类别，由名称推断，不是官方分类", "kind of goods, derived from the name; no official class", "tea", Origin.DERIVED, Category),
    Column("category_text", Kind.TEXT, "类别的中文说法", "the kind of goods in words (Chinese)", "茶叶", Origin.DERIVED),
    _PROVINCE_CODE,
    _PROVINCE,
    Column("status", Kind.CODE, "各项权利中最强的一项的状态", "status of the strongest of its rights", "approved", Origin.DERIVED, ProductStatus),
    Column("status_text", Kind.TEXT, "状态的中文说法", "the status in words (Chinese)", "受保护：批准有据", Origin.DERIVED),
    Column("protected", Kind.TRUTH, "登记簿是否认定为受保护", "whether the register counts it as protected", True, Origin.DERIVED),
    Column("tracks", Kind.LIST, "保护渠道", "legal tracks", ["gi_product"], Origin.SOURCE, Track),
    Column("rights", Kind.OBJECTS, "各项权利：编号、渠道、状态、注册号", "its rights: reference, track, status, registration number", [{"reference": "GI00365", "track": "gi_product", "status": "approved", "registration_no": ""}], Origin.SOURCE),
    Column("approved_on", Kind.PARTIAL_DATE, "有据可查的首次批准日期", "first approval on record", "2010-07", Origin.SOURCE),
    Column("approved_precision", Kind.CODE, "该日期精确到日、月还是年", "how exactly that day is known", "month", Origin.SOURCE, Precision),
    Column("announcements", Kind.LIST, "提到它的公告", "announcements that name it", ["国家知识产权局公告第四七五号"], Origin.SOURCE),
    Column("areas", Kind.OBJECTS, "今天的产地范围：区划代码、名称、全部或部分、依据", "its area today: code and name of divisions, extent, basis", [{"code": "430923", "name_zh": "安化县", "extent": "whole", "basis": "named_in_source"}], Origin.SOURCE),
    Column("areas_inferred", Kind.TRUTH, "产地是否有由名称推断、并非法定范围的", "whether any of its areas is only inferred from the name and not the legal one", False, Origin.DERIVED),
    Column("recognised_abroad", Kind.LIST, "经审核确认载有它的协定", "agreements that list it, tied by a review", ["CN-EU-B1"], Origin.DECIDED),
    Column("same_name_abroad", Kind.LIST, "载有同名条目、尚未审核的协定", "agreements with a name written the same, not reviewed yet", [], Origin.DERIVED),
    Column("sources", Kind.LIST, "来源：编号和标题", "its sources: key and title", ["S012 国家知识产权局公告"], Origin.SOURCE),
    _url("products/365"),
)

AREA_COLUMNS = (
    _PRODUCT,
    _PRODUCT_NAME,
    Column("right", Kind.TEXT, "权利的编号", "reference of the right", "GI00365", Origin.OWN),
    Column("track", Kind.CODE, "保护渠道", "legal track", "gi_product", Origin.SOURCE, Track),
    Column("right_status", Kind.CODE, "权利的状态", "status of the right", "approved", Origin.SOURCE, ProductStatus),
    Column("right_in_force", Kind.TRUTH, "权利在制作之日是否有效", "whether the right is in force on the day of the files", True, Origin.DERIVED),
    Column("division_code", Kind.TEXT, "所在区划的代码", "code of the division", "430923", Origin.DIVISIONS),
    Column("division", Kind.TEXT, "所在区划的名称", "name of the division", "安化县", Origin.DIVISIONS),
    Column("level", Kind.TEXT, "区划级别：province、prefecture、county", "level: province, prefecture or county", "county", Origin.DIVISIONS),
    Column("extent", Kind.CODE, "该区划的全部还是部分", "the whole of the division or a part", "whole", Origin.SOURCE, Extent),
    Column("basis", Kind.CODE, "来源写明的法定范围，还是由名称推断", "named in a source, or inferred from the name", "named_in_source", Origin.SOURCE, AreaBasis),
    Column("basis_note", Kind.TEXT, "依据的说明", "remark on the basis", "", Origin.SOURCE),
    Column("effective_from", Kind.DATE, "从哪一天起属于范围；空为自权利开始", "first day on which it belongs to the area; empty: from the beginning of the right", "2020-01-01", Origin.SOURCE),
    Column("effective_to", Kind.DATE, "从哪一天起不再属于范围", "first day on which it no longer does", "2024-01-01", Origin.SOURCE),
)

ANNOUNCEMENT_COLUMNS = (
    Column("id", Kind.NUMBER, "登记簿自编的编号", "the register's own number", 12, Origin.OWN),
    Column("text", Kind.TEXT, "公告的名称和号数", "name and number of the announcement", "国家知识产权局公告第四七五号", Origin.SOURCE),
    Column("issuer", Kind.CODE, "发布机关", "issuer", "cnipa", Origin.SOURCE, Issuer),
    Column("issuer_text", Kind.TEXT, "其他发布机关的名称", "name of another issuer", "", Origin.SOURCE),
    Column("year", Kind.NUMBER, "年份（有年份的编号）", "year, where numbers have one", 2010, Origin.SOURCE),
    Column("announcement_number", Kind.NUMBER, "号数", "its number", 475, Origin.SOURCE),
    Column("published_on", Kind.PARTIAL_DATE, "发布日期", "day of publication", "2022-03-01", Origin.SOURCE),
    Column("acts", Kind.LIST, "内容种类，如批准、核准用标、撤销", "what it does: approval, mark_use, revocation …", ["mark_use"], Origin.SOURCE),
    Column("rights", Kind.LIST, "涉及的权利", "references of the rights it is about", ["GI00365"], Origin.SOURCE),
    Column("product_numbers", Kind.LIST, "涉及的产品", "numbers of the products it is about", [365], Origin.SOURCE),
    Column("corrects", Kind.NUMBER, "更正哪一份公告", "the announcement that it puts right", 11, Origin.DECIDED),
    _url("announcements/12"),
)

AGREEMENT_COLUMNS = (
    Column("agreement", Kind.TEXT, "协定或其一批名单的代号", "code of the agreement, or of one batch of its lists", "CN-EU-B1", Origin.OWN),
    Column("name_zh", Kind.TEXT, "中文名称", "Chinese name", "中欧地理标志协定第一批", Origin.SOURCE),
    Column("name_en", Kind.TEXT, "英文名称", "English name", "EU-China agreement, first lists", Origin.SOURCE),
    Column("partner", Kind.TEXT, "另一方（国家代码或EU）", "the partner: code of a country, or EU", "EU", Origin.SOURCE),
    Column("parent", Kind.TEXT, "属于哪一协定", "the agreement that this batch belongs to", "CN-EU", Origin.OWN),
    Column("scheme_label", Kind.TEXT, "名单的通称，不是数目", "title of the scheme; no count", "100+100", Origin.SOURCE),
    Column("outbound_size", Kind.NUMBER, "附件所载中国名称的数目", "Chinese names that the annex has by its own account", 100, Origin.SOURCE),
    Column("inbound_size", Kind.NUMBER, "附件所载外国名称的数目", "foreign names that the annex has by its own account", 96, Origin.SOURCE),
    Column("signed_on", Kind.DATE, "签署日期", "day of signature", "2020-09-14", Origin.SOURCE),
    Column("in_force_on", Kind.DATE, "生效日期", "day of entry into force", "2021-03-01", Origin.SOURCE),
    Column("status_text", Kind.TEXT, "状态，照来源", "status in the words of the source", "in force", Origin.SOURCE),
    Column("legal_reference", Kind.TEXT, "法律文件", "legal reference", "OJ L 408I, 4.12.2020", Origin.SOURCE),
    Column("outbound_loaded", Kind.NUMBER, "已收录的中国名称", "Chinese names that are loaded", 80, Origin.DERIVED),
    Column("inbound_loaded", Kind.NUMBER, "已收录的外国名称", "foreign names that are loaded", 96, Origin.DERIVED),
    _NOTE,
    _url("recognition/CN-EU-B1"),
)

ENTRY_COLUMNS = (
    Column("agreement", Kind.TEXT, "协定或其一批名单的代号", "code of the agreement or batch", "CN-EU-B1", Origin.OWN),
    Column("key", Kind.TEXT, "条目在该名单中的键", "key of the name on this list", "outbound:安化黑茶", Origin.OWN),
    Column("batch", Kind.TEXT, "批次，照来源", "batch as the source has it", "1", Origin.SOURCE),
    Column("side", Kind.CODE, "中国名称（outbound）还是外国名称（inbound）", "whose name: Chinese (outbound) or foreign (inbound)", "outbound", Origin.SOURCE, Side),
    Column("seq", Kind.NUMBER, "附件中的序号", "number in the annex", 12, Origin.SOURCE),
    Column("name_native", Kind.TEXT, "原文名称", "name in its own writing", "Comté", Origin.SOURCE),
    Column("name_transcription", Kind.TEXT, "转写", "transcription", "Anhua Hei Cha", Origin.SOURCE),
    Column("name_zh", Kind.TEXT, "中文名称", "Chinese name", "安化黑茶", Origin.SOURCE),
    Column("name_en", Kind.TEXT, "英文名称", "English name", "Anhua Dark Tea", Origin.SOURCE),
    Column("country", Kind.LIST, "来源国代码", "codes of the countries of origin", ["CN"], Origin.SOURCE),
    Column("product_category", Kind.TEXT, "附件中的产品类别", "kind of goods in the annex", "Tea", Origin.SOURCE),
    Column("status", Kind.CODE, "在制作之日的状态", "what can be said of it on the day of the files", "protected", Origin.DERIVED, Standing),
    Column("status_text", Kind.TEXT, "状态，照来源", "status in the words of the source", "protected", Origin.SOURCE),
    Column("protected_from", Kind.DATE, "受保护的首日", "first day of protection", "2021-03-01", Origin.SOURCE),
    Column("product_number", Kind.NUMBER, "经审核认定为哪个产品", "the product that a review tied it to", 365, Origin.DECIDED),
    Column("match_basis", Kind.CODE, "认定的依据", "what this rests on", "reviewed", Origin.DECIDED, MatchBasis),
    _SOURCES,
    Column("annex", Kind.TEXT, "附件号", "annex", "III", Origin.SOURCE),
    Column("home_right", Kind.CODE, "在本国以何种权利受保护", "how it is protected in its own country", "gi_product", Origin.SOURCE, HomeRight),
    Column("home_number", Kind.TEXT, "在本国的注册号", "its number in the register of its country", "", Origin.SOURCE),
    Column("suggested_product_number", Kind.NUMBER, "名称相同、尚未审核的产品", "the product of the same name, where nobody has reviewed it yet", None, Origin.DERIVED),
    Column("foreign_gi_number", Kind.NUMBER, "外国地理标志在登记簿的编号", "the register's number of the foreign GI", 7, Origin.OWN),
)


def _reaching(prefix: str, zh: str, en: str) -> tuple[Column, Column]:
    return (
        Column(f"{prefix}product_numbers", Kind.LIST, f"{zh}的产品编号", f"numbers of the products {en}", [365], Origin.DERIVED),
        Column(f"{prefix}products", Kind.LIST, f"{zh}的产品名称", f"names of the products {en}", ["安化黑茶"], Origin.DERIVED),
    )


COVERAGE_COLUMNS = (
    Column("list", Kind.TEXT, "名录的代号", "code of the list", "national-832", Origin.OWN),
    Column("key", Kind.TEXT, "单位在名录中的键", "key of the unit on the list", "430923", Origin.OWN),
    Column("name_zh", Kind.TEXT, "名录中的名称", "its name on the list", "安化县", Origin.SOURCE),
    Column("code_then", Kind.TEXT, "列入时的区划代码", "its code when it was listed", "430923", Origin.DIVISIONS),
    Column("division_codes", Kind.LIST, "今天对应的区划代码", "codes of today's divisions", ["430923"], Origin.DIVISIONS),
    _PROVINCE_CODE,
    _PROVINCE,
    Column("prefecture", Kind.TEXT, "今天所属的地级区划", "prefecture that it lies in today", "益阳市", Origin.DIVISIONS),
    Column("status", Kind.CODE, "在制作之日按默认口径的覆盖情况", "its coverage on the day of the files, by the usual rule", "covered", Origin.DERIVED, Cover),
    *_reaching("", "覆盖它", "that cover it"),
    *_reaching("wider_", "范围更大、不能证明覆盖它", "with a wider area that does not prove it"),
    *_reaching("inferred_", "仅由名称推断而涉及它", "that reach it only by a guess from the name"),
    *_reaching("in_procedure_", "正在申请", "in procedure"),
    Column("enterprises", Kind.NUMBER, "可就覆盖它的产品使用专用标志的企业数", "enterprises that may use the mark on a product that covers it", 3, Origin.DERIVED),
    Column("exited", Kind.PARTIAL_DATE, "脱贫摘帽的日期", "when it left the list of poor counties", "2018", Origin.SOURCE),
    _NOTE,
)
