"""READER. Finding products by text: what matches, in which order, and what was probably meant.

A text is looked for in the search tokens of a product (names, readings, initials, English, names abroad,
announcement and registration numbers; see `gi_registry/search_text.py`). If nothing in the whole register
answers it, one wrong character is forgiven.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from django.db import connection, connections
from django.db.models import Case, CharField, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable, F
from django.db.models.functions import Abs, Length, Lower, Replace

from gi_registry.search_text import Query, closest, fuzzy_queries, normalise, parse_query
from products.models import Product, ProductName, ProductSearchText, Right
from products.states import STATUS_RANK, NameKind

# Values of the annotation `relevance`, best first.
EXACT, STARTS, CONTAINS, OTHER = range(4)

CANDIDATES = 200  # products compared letter by letter when a wrong character is to be forgiven
MOST = 1_000_000  # more than there can be
FORGIVEN = 60  # of these, at most so many are shown
SUGGESTIONS = 5
REFERENCE = re.compile(r"gi[0-9]{5,8}")  # the register's own reference of a right

# How much a status says, strongest first; ties of relevance are settled by it.
STRENGTH = Case(
    *(When(status=status, then=Value(rank)) for status, rank in STATUS_RANK.items()),
    default=Value(len(STATUS_RANK)),
    output_field=IntegerField(),
)


@dataclass(frozen=True)
class Found:
    """What a text finds.

    `products` carry the annotation `relevance` (EXACT … OTHER) and are in their best order. `forgiven`: nothing
    matches as written; these differ in one character (two in a long Latin word) and `close` lists their keys,
    nearest first. `is_empty`: nothing matches at all. Without a text everything is found.
    """

    text: str
    products: QuerySet[Product]
    query: Query
    close: tuple[int, ...] = ()
    is_empty: bool = False

    @property
    def forgiven(self) -> bool:
        return bool(self.close)


def search(queryset: QuerySet[Product], text: str) -> Found:
    """The products of `queryset` that answer `text`, best first: exact name, name starts with it, name contains
    it, other match; ties by strength of status, then by number.

    Whether a wrong character must be forgiven is asked of the whole register, not of `queryset`: a filter
    that leaves nothing over is no typing error. Any text is allowed; one of signs only finds nothing.
    """
    text = normalise(text)
    query = parse_query(text)
    if not text:
        everything = queryset.annotate(relevance=Value(OTHER, output_field=IntegerField()))
        return Found(text, everything.order_by(STRENGTH, "number"), query)
    matching = _matching(query) if query else None
    if matching is not None and _any(matching):
        # With its LIMIT the subquery is answered on its own: joined freely, PostgreSQL sorts all products first.
        keys = matching.values("product")[:MOST]
        ranked = queryset.filter(pk__in=keys).annotate(relevance=_relevance(query.text))
        return Found(text, ranked.order_by("relevance", STRENGTH, "number"), query)
    close = tuple(_close(query, FORGIVEN)) if query else ()
    position = Case(
        *(When(pk=pk, then=Value(rank)) for rank, pk in enumerate(close)),
        default=Value(len(close)),
        output_field=IntegerField(),
    )
    near = queryset.filter(pk__in=close).annotate(relevance=position)
    return Found(text, near.order_by("relevance", "number"), query, close, is_empty=not close)


def did_you_mean(found: Found, shown: list[Product]) -> list[Product]:
    """Up to five products whose names come closest to the text, for when no name answers it.

    `shown` is the first page of the results: names that stand there need no suggestion. Nothing is suggested
    when the best of them has the text in its name.
    """
    if not found.text or not found.query:
        return []
    if found.forgiven:
        keys = list(found.close[:SUGGESTIONS])
    elif shown and getattr(shown[0], "relevance", OTHER) == OTHER:
        there = {product.pk for product in shown}
        near = _close(found.query, SUGGESTIONS + len(there))
        keys = [key for key in near if key not in there][:SUGGESTIONS]
    else:
        return []
    products = Product.objects.in_bulk(keys) if keys else {}
    return [products[key] for key in keys if key in products]


def _matching(query: Query) -> QuerySet[ProductSearchText]:
    if REFERENCE.fullmatch(query.text):
        rights = Right.objects.filter(reference=query.text.upper())
        return ProductSearchText.objects.filter(product__rights__in=rights)
    return ProductSearchText.objects.filter(tokens__matches=query)


def _any(matching: QuerySet[ProductSearchText]) -> bool:
    """Like `exists()`. That one's LIMIT tempts PostgreSQL to read the whole table, hoping for an early hit; for rare
    texts it took 250 ms at 10,000 products instead of under one."""
    sql, params = matching.values("pk").query.get_compiler(connection=connection).as_sql()
    with connections[matching.db].cursor() as cursor:
        cursor.execute(f"WITH matched AS MATERIALIZED ({sql}) SELECT 1 FROM matched LIMIT 1", params)
        return cursor.fetchone() is not None


def _relevance(text: str) -> Case:
    """How well the name answers a normalised text, between EXACT and OTHER."""
    whole = re.sub(r"[\s'’]", "", text)
    if any(letter >= "\u3400" for letter in whole):  # Chinese, or mixed with it
        exact, starts, contains = (
            Q(name_zh=whole),
            Q(name_zh__startswith=whole),
            Q(name_zh__contains=whole),
        )
    else:
        pinyin = Lower(Replace(Replace(F("name_pinyin"), Value(" "), Value("")), Value("'"), Value("")))
        exact = Q(name_en__iexact=text) | _compare(pinyin, "exact", whole)
        starts = Q(name_en__istartswith=text) | _compare(pinyin, "startswith", whole)
        contains = Q(name_en__icontains=text) | _compare(pinyin, "contains", whole)
    further = ProductName.objects.filter(text__iexact=text).exclude(kind=NameKind.READING)
    return Case(
        When(exact | Q(pk__in=further.values("product")), then=Value(EXACT)),
        When(starts, then=Value(STARTS)),
        When(contains, then=Value(CONTAINS)),
        default=Value(OTHER),
        output_field=IntegerField(),
    )


def _compare(expression: Combinable, how: str, text: str) -> Q:
    lookup = CharField().get_lookup(how)
    assert lookup is not None
    return Q(lookup(expression, text))


def _close(query: Query, limit: int) -> list[int]:
    """Keys of the products whose names differ least from the query, nearest first."""
    wider = fuzzy_queries(query)
    if not wider:
        return []
    candidates = list(
        Product.objects.filter(pk__in=_matching(wider).values("product"))
        .order_by(Abs(Length("name_zh") - len(query.text)), STRENGTH, "number")
        .values_list("pk", "name_zh", "name_pinyin", "name_en")[:CANDIDATES]
    )
    names: dict[int, list[str]] = defaultdict(list)
    for pk, *known in candidates:
        names[pk] += [name for name in known if name]
    for pk, name in ProductName.objects.filter(product__in=names).values_list("product", "text"):
        names[pk].append(name)
    return closest(query.text, names.items(), limit)
