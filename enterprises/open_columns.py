"""LEAF. The columns of the open data on who may use the special mark."""
# ruff: noqa: E501 - a column a line reads best

from __future__ import annotations

from enterprises.states import AuthorisationBasis, AuthorisationState
from gi_registry.open_fields import Column, Kind, Origin

_ENTERPRISE = Column("enterprise", Kind.TEXT, "企业在登记簿的编号", "the register's reference of the enterprise", "E0001", Origin.OWN)
_USCC = Column("uscc", Kind.TEXT, "统一社会信用代码，来源未载时为空", "unified social credit code; empty where no source shows it", "91430900600037341F", Origin.SOURCE)
_NAME = Column("name_zh", Kind.TEXT, "企业名称", "name of the enterprise", "安化某茶业有限公司", Origin.SOURCE)
_PROVINCE_CODE = Column("province_code", Kind.TEXT, "省级区划代码", "code of the province", "430000", Origin.DIVISIONS)
_PROVINCE = Column("province", Kind.TEXT, "省级区划名称", "name of the province", "湖南省", Origin.DIVISIONS)

ENTERPRISE_COLUMNS = (
    _ENTERPRISE,
    _USCC,
    _NAME,
    Column("name_en", Kind.TEXT, "英文名称", "English name", "", Origin.SOURCE),
    _PROVINCE_CODE,
    _PROVINCE,
    Column("authorisations", Kind.LIST, "各项用标核准的编号，包括已终止的", "references of its authorisations, those that are over too", ["A0001"], Origin.OWN),
    Column("in_force", Kind.NUMBER, "制作之日可使用专用标志的核准数", "authorisations under which it may use the mark on the day of the files", 1, Origin.DERIVED),
    Column("url", Kind.ADDRESS, "登记簿中的页面", "its page in the register", "https://register.example/enterprises/E0001/", Origin.OWN),
)

AUTHORISATION_COLUMNS = (
    _ENTERPRISE,
    _USCC,
    _NAME,
    _PROVINCE_CODE,
    _PROVINCE,
    Column("authorisation", Kind.TEXT, "用标核准的编号", "the register's reference of the authorisation", "A0001", Origin.OWN),
    Column("product_number", Kind.NUMBER, "产品在登记簿的编号", "the register's number of the product", 365, Origin.OWN),
    Column("product", Kind.TEXT, "产品名称", "name of the product", "安化黑茶", Origin.SOURCE),
    Column("standing", Kind.CODE, "在制作之日的状态", "what can be said of it on the day of the files", "in_force", Origin.DERIVED, AuthorisationState),
    Column("basis", Kind.CODE, "依据：在此决定、公告、报道", "what it rests on: decided here, an announcement, a report", "announced", Origin.SOURCE, AuthorisationBasis),
    Column("effective_from", Kind.PARTIAL_DATE, "开始日期；来源未载时为空", "first day; empty where no source names it", "2022-03-01", Origin.SOURCE),
    Column("effective_to", Kind.DATE, "从哪一天起不再有效", "first day on which it is over", None, Origin.SOURCE),
    Column("announcement", Kind.TEXT, "依据的公告", "the announcement it rests on", "国家知识产权局公告第四七五号", Origin.SOURCE),
    Column("source", Kind.TEXT, "来源", "source", "S101", Origin.SOURCE),
    Column("note", Kind.TEXT, "备注", "remark", "", Origin.SOURCE),
    Column("url", Kind.ADDRESS, "登记簿中的页面", "its page in the register", "https://register.example/authorisations/A0001/", Origin.OWN),
)
