"""READER. Narrowing a list of products, and how many there are of each kind.

`Wanted` says what is asked for. `narrow` applies it. `count` counts each facet under all other conditions, so that
every number shown is the number of results one gets by choosing it.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection, connections
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from gi_registry.models import Division, JournalHead
from products import users
from products.lookup import Found
from products.models import AgreementEntry, Product, ProtectedArea, Right
from products.states import EntryStatus, Extent, Side

ANY = "any"  # agreement=any: a name protected abroad under whichever agreement

# Conditions that are facets; the others (text, as_of) hold for every facet.
FACETS = ("category", "province", "rights", "year", "agreement", "list", "enterprises")
# Facets counted by a SELECT of their own.
SEPARATE = ("year", "track", "status", "abroad", "enterprises", "list")
BIT = {facet: 1 << place for place, facet in enumerate(FACETS)}
REMEMBER_FROM = 5_000  # products; smaller lists are counted afresh in a few milliseconds


@dataclass(frozen=True)
class Wanted:
    """What a list of products is narrowed to; empty means everything. Several values of one kind: any of them.

    With `tracks` given, `statuses` ask for the status of the right on these tracks; without, for the summary of
    the product. `on`: only products (and, with `tracks`, rights on these tracks) in force on that date.
    """

    provinces: tuple[Division, ...] = ()
    categories: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    agreements: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    enterprises: bool = False
    on: datetime.date | None = None


@dataclass(frozen=True)
class Counts:
    """For each facet, products by value under all conditions but its own.

    `once` holds `total` (under all conditions), `abroad` (recognised abroad) and `enterprises` (with authorised ones).
    """

    once: Counter[str] = field(default_factory=Counter)
    category: Counter[str] = field(default_factory=Counter)
    province: Counter[int] = field(default_factory=Counter)  # by key of the Division
    track: Counter[str] = field(default_factory=Counter)
    status: Counter[str] = field(default_factory=Counter)
    year: Counter[int] = field(default_factory=Counter)
    lists: Counter[str] = field(default_factory=Counter)  # by slug


def narrow(products: QuerySet[Product], wanted: Wanted) -> QuerySet[Product]:
    """The products that meet every condition."""
    return products.filter(*_conditions(wanted).values(), *_general(wanted))


# --- conditions


def _general(wanted: Wanted) -> list[Q]:
    return [Q(pk__in=Right.objects.in_force(wanted.on).values("product"))] if wanted.on else []


def _conditions(wanted: Wanted) -> dict[str, Q]:
    """One condition for each facet in use."""
    conditions: dict[str, Q] = {}
    if wanted.categories:
        conditions["category"] = Q(category__in=wanted.categories)
    if wanted.provinces:
        conditions["province"] = _in_divisions(wanted)
    if wanted.tracks:
        conditions["rights"] = Q(pk__in=_rights(wanted).values("product"))
    elif wanted.statuses:
        conditions["rights"] = Q(status__in=wanted.statuses)
    if wanted.years:
        conditions["year"] = Q(first_year__in=wanted.years)
    if wanted.agreements:
        entries = recognised(wanted.on)
        if ANY not in wanted.agreements:
            codes = wanted.agreements
            entries = entries.filter(Q(agreement__code__in=codes) | Q(agreement__parent__code__in=codes))
        conditions["agreement"] = Q(pk__in=entries.values("owner"))
    if wanted.lists:
        conditions["list"] = Q(pk__in=_touching(wanted.lists, wanted.on).values("right__product"))
    if wanted.enterprises:
        conditions["enterprises"] = Q(pk__in=_authorisations(wanted.on).values("product"))
    return conditions


def _in_divisions(wanted: Wanted) -> Q:
    """Products of a province, or with an area in a prefecture or county or below it."""
    condition = Q(province__in=[division.pk for division in wanted.provinces])
    lower = [division.pk for division in wanted.provinces if division.level != "province"]
    if lower:
        inside = Division.objects.filter(Q(pk__in=lower) | Q(parent__in=lower))
        areas = _areas(wanted.on).filter(division__in=inside)
        condition |= Q(pk__in=areas.values("right__product"))
    return condition


def _rights(wanted: Wanted) -> QuerySet[Right]:
    """Rights on the tracks, of the statuses and in force on the date asked for; each only if given."""
    rights = Right.objects.in_force(wanted.on) if wanted.on else Right.objects.all()
    if wanted.tracks:
        rights = rights.filter(track__in=wanted.tracks)
    if wanted.statuses:
        rights = rights.filter(status__in=wanted.statuses)
    return rights


def _areas(on: datetime.date | None) -> QuerySet[ProtectedArea]:
    return ProtectedArea.objects.on(on)


def _touching(lists: Collection[str], on: datetime.date | None) -> QuerySet[ProtectedArea]:
    """Areas that may hold a division on one of the lists: that division itself, or a larger one it lies in, unless
    the area is only a part of the larger one. Wider than what counts as covered: a search should miss nothing."""
    listed = Division.objects.filter(listed_units__poverty_list__slug__in=lists)
    above = Division.objects.filter(Q(children__in=listed) | Q(children__children__in=listed))
    return _areas(on).filter(Q(division__in=listed) | ~Q(extent=Extent.PART) & Q(division__in=above))


def recognised(on: datetime.date | None = None) -> QuerySet[Any]:
    """Names protected abroad that a product has, tied to it by review or only written the same (`owner`).

    With a date: proven for that date.
    """
    entries: QuerySet[Any] = AgreementEntry.objects.filter(side=Side.OUTBOUND, status=EntryStatus.PROTECTED)
    day = on or timezone.localdate()
    entries = entries.filter(Q(left_out_on=None) | Q(left_out_on__gt=day))
    entries = entries.annotate(owner=Coalesce("product", "suggested")).filter(owner__isnull=False)
    return entries.filter(protected_from__lte=on) if on else entries


def _authorisations(on: datetime.date | None) -> QuerySet[Any]:
    """Authorisations that the public may rely on."""
    found: QuerySet[Any] = users.authorisations().in_force(on).real()
    return found.filter(product__isnull=False)


# --- counts


def count(
    products: QuerySet[Product], wanted: Wanted, lists: Collection[str] = (), only: Collection[str] = SEPARATE
) -> Counts:
    """Counts of every facet in one statement. `products`: what the text found; `lists`: slugs of all lists.

    The statement materialises the products once, each with the conditions it fails, and counts from there. Products
    that fail two are in nobody's count: a facet leaves out only its own condition. Total, category, province and
    status come with the first pass; `only` names the further facets that are wanted.
    """
    try:
        matched, params = _matched(products, wanted)
        statement, values = _statement(wanted, lists, only)
    except EmptyResultSet:
        return Counts()
    columns = "id, category, province, status, year, fails"
    counts = Counts()
    with connections[products.db].cursor() as cursor:
        cursor.execute(
            f"WITH matched ({columns}) AS MATERIALIZED ({matched}) {statement}", [*params, *values]
        )
        for row in cursor.fetchall():
            _add(counts, row, by_summary=not wanted.tracks)
    return counts


def count_found(found: Found, wanted: Wanted, lists: Collection[str]) -> Counts:
    """Like `count`, but large counts are remembered until the register changes (or for ten minutes, for what
    is loaded without a journal entry)."""
    head = JournalHead.objects.values_list("hash", flat=True).first()
    asked = repr((head, timezone.localdate(), found.text, found.close, wanted, tuple(lists)))
    key = "facets:" + hashlib.sha256(asked.encode("utf-8", "replace")).hexdigest()
    counts: Counts | None = cache.get(key)
    if counts is None:
        counts = count(found.products, wanted, lists)
        if max(sum(counts.category.values()), sum(counts.province.values())) >= REMEMBER_FROM:
            cache.set(key, counts, 600)
    return counts


def _matched(products: QuerySet[Product], wanted: Wanted) -> tuple[str, tuple[Any, ...]]:
    """One row a product; `fails` has one bit for each condition that it does not meet."""
    failing: Combinable = Value(0)
    for facet, condition in _conditions(wanted).items():
        failing += Case(
            When(condition, then=Value(0)), default=Value(BIT[facet]), output_field=IntegerField()
        )
    rows = products.filter(*_general(wanted)).order_by().annotate(fails=failing)
    return _compile(rows.values_list("pk", "category", "province", "status", "first_year", "fails"))


def _statement(wanted: Wanted, lists: Collection[str], only: Collection[str]) -> tuple[str, list[Any]]:
    """SELECTs over `matched`, all of the shape (facet, value, value, value, fails, products)."""
    in_use = bool(_conditions(wanted))

    def but(*facets: str) -> str:
        """All conditions met, but perhaps that of one of these facets. Left out where there is no condition: from
        it the planner concludes that hardly any product is left."""
        return (
            f" WHERE fails IN ({', '.join(map(str, [0, *map(BIT.__getitem__, facets)]))})" if in_use else ""
        )

    selects = [
        "SELECT 'product', category, CAST(province AS varchar(20)), status, fails, COUNT(*) FROM matched"
        f"{but(*FACETS)} GROUP BY category, province, status, fails"
    ]
    if "year" in only:
        selects.append(
            "SELECT 'year', CAST(year AS varchar(20)), NULL, NULL, 0, COUNT(*) FROM matched"
            f"{but('year')} GROUP BY year"
        )
    values: list[Any] = []
    rights = _rights(replace(wanted, tracks=()))
    related: list[tuple[str, str, QuerySet[Any], str, Combinable]] = [
        ("track", "rights", rights, "product", F("track")),
        ("abroad", "agreement", recognised(wanted.on), "owner", Value("")),
        ("enterprises", "enterprises", _authorisations(wanted.on), "product", Value("")),
    ]
    if wanted.tracks:
        rights = _rights(replace(wanted, statuses=()))
        related.append(("status", "rights", rights, "product", F("status")))
    for slug in lists:
        related.append(("list", "list", _touching([slug], wanted.on), "right__product", Value(slug)))
    for name, facet, queryset, owner, value in related:
        if name not in only:
            continue
        ids = RawSQL(f"SELECT id FROM matched{but(facet)}", (), BigIntegerField())
        grouped = queryset.filter(**{f"{owner}__in": ids}).order_by().annotate(value=value).values("value")
        select, given = _compile(grouped.annotate(n=Count(owner, distinct=True)).values_list("value", "n"))
        selects.append(
            f"SELECT '{name}', CAST(value AS varchar(40)), NULL, NULL, 0, n FROM ({select}) AS counted"
        )
        values += given
    return " UNION ALL ".join(selects), values


def _compile(queryset: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    sql, params = queryset.query.get_compiler(connection=connection).as_sql()
    return str(sql), tuple(params)


def _add(counts: Counts, row: tuple[Any, ...], by_summary: bool) -> None:
    facet, value, province, status, fails, number = row
    match facet:
        case "product":
            if fails in (0, BIT["category"]):
                counts.category[value] += number
            if fails in (0, BIT["province"]) and province:
                counts.province[int(province)] += number
            if fails in (0, BIT["rights"]) and by_summary:
                counts.status[status] += number
            counts.once["total"] += number if fails == 0 else 0
        case "year":
            if value:
                counts.year[int(value)] += number
        case "track":
            counts.track[value] += number
        case "status":
            counts.status[value] += number
        case "list":
            counts.lists[value] += number
        case _:
            counts.once[facet] += number
