"""READER. Who may use the special mark, on any date: finding enterprises, and what the register knows of each.

What can be said of an authorisation on a date (`enterprises.models.standing_on`): it has not begun; it is over
(ended or revoked); it is suspended; it is only reported, which never reads as confirmed; or it stands. A list
holds enterprises with an authorisation begun by the date, so that one whose authorisation is over is found and
shown as such.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from enterprises import credit_codes
from enterprises.models import Authorisation, AuthorisationQuerySet, Enterprise, EnterpriseSearchText
from enterprises.states import AuthorisationState
from gi_registry.models import Division
from gi_registry.search_text import closest, fuzzy_queries, parse_query
from gi_registry.territory import resolve
from products.models import Product, ProductSearchText

CANDIDATES = 100  # enterprises compared letter by letter when a wrong character is to be forgiven


@dataclass(frozen=True)
class Wanted:
    """What a list of enterprises is narrowed to; empty means everything. `on`: the date, default today."""

    q: str = ""
    province: Division | None = None
    product: Product | None = None
    status: str = ""
    on: datetime.date | None = None

    @property
    def date(self) -> datetime.date:
        """The date asked for."""
        return self.on or timezone.localdate()


def authorisations(date: datetime.date) -> AuthorisationQuerySet:
    """Authorisations begun by a date, with what can be told of each on that date as `standing`."""
    return Authorisation.objects.begun(date)


def wanted_authorisations(wanted: Wanted) -> AuthorisationQuerySet:
    """The authorisations that a list rests on: by product and status, on the date."""
    rows = authorisations(wanted.date)
    if wanted.product:
        rows = rows.filter(product=wanted.product)
    if wanted.status:
        rows = rows.filter(standing=wanted.status)  # type: ignore[misc]
    return rows


def enterprises(wanted: Wanted) -> QuerySet[Enterprise]:
    """The enterprises that answer all that is wanted, by name; each has `shown`, its authorisations by then."""
    shown = (
        authorisations(wanted.date).select_related("product", "announcement").order_by("effective_from", "pk")
    )
    rows = _narrowed(wanted).select_related("province").order_by("name_zh", "pk")
    return rows.prefetch_related(Prefetch("authorisations", shown, to_attr="shown"))


def _narrowed(wanted: Wanted) -> QuerySet[Enterprise]:
    rows = Enterprise.objects.real().filter(pk__in=wanted_authorisations(wanted).order_by().values("enterprise"))
    if wanted.province:
        rows = rows.filter(province=wanted.province)
    return rows.filter(answers(wanted.q)) if wanted.q.strip() else rows


def answers(text: str) -> Q:
    """Condition on enterprises: their own search text answers, or that of a product they are authorised for."""
    query = parse_query(text)
    if not query:
        return Q(pk__in=[])
    own = EnterpriseSearchText.objects.filter(tokens__matches=query).values("enterprise")
    products = ProductSearchText.objects.filter(tokens__matches=query).values("product")
    return Q(pk__in=own) | Q(pk__in=Authorisation.objects.filter(product__in=products).values("enterprise"))


def did_you_mean(text: str, limit: int = 5) -> list[Enterprise]:
    """Enterprises whose names come closest to a text that nothing answers; one wrong character is forgiven."""
    wider = fuzzy_queries(parse_query(text))
    if not wider:
        return []
    near = EnterpriseSearchText.objects.filter(tokens__matches=wider).order_by("enterprise")
    found = Enterprise.objects.real().in_bulk(list(near.values_list("enterprise", flat=True)[:CANDIDATES]))
    names = ((pk, [name for name in (one.name_zh, one.name_en) if name]) for pk, one in found.items())
    return [found[pk] for pk in closest(text, names, limit)]


@dataclass(frozen=True)
class Counts:
    """Enterprises by value of each facet, under all other conditions; `total` under all conditions."""

    total: int
    provinces: list[tuple[Division, int]]
    products: list[tuple[Product, int]]
    statuses: list[tuple[AuthorisationState, int]]


def count(wanted: Wanted) -> Counts:
    """Facets of a list; the most frequent first. Six queries."""
    by_province = dict(
        _narrowed(replace(wanted, province=None))
        .filter(province__isnull=False).order_by().values_list("province").annotate(Count("pk"))
    )  # fmt: skip
    by_product = _by_authorisation(replace(wanted, product=None), "product")
    by_status = _by_authorisation(replace(wanted, status=""), "standing")
    places = Division.objects.in_bulk(by_province)
    products = Product.objects.in_bulk([key for key in by_product if key])
    return Counts(
        total=_narrowed(wanted).count(),
        provinces=sorted(
            ((places[key], number) for key, number in by_province.items()),
            key=lambda row: (-row[1], row[0].code),
        ),
        products=sorted(
            ((products[key], number) for key, number in by_product.items() if key),
            key=lambda row: (-row[1], row[0].number),
        ),
        statuses=[(state, by_status[state]) for state in AuthorisationState if by_status.get(state)],
    )


def _by_authorisation(wanted: Wanted, column: str) -> dict[str, int]:
    """Enterprises by a column of the authorisations that the list would rest on."""
    rows = wanted_authorisations(wanted).filter(enterprise__in=_narrowed(wanted).order_by().values("pk"))
    return dict(rows.order_by().values_list(column).annotate(Count("enterprise", distinct=True)))


# --- one enterprise


def by_key(key: str) -> Enterprise | None:
    """The public enterprise with this credit code or reference of the register, whatever its letters' case."""
    key = key.upper()
    rows = Enterprise.objects.public().filter(Q(uscc=key) | Q(reference=key))
    return rows.select_related("province").first()


def history(enterprise: Enterprise, date: datetime.date) -> list[Authorisation]:
    """All authorisations begun by a date, with their `standing` on it, the latest first."""
    rows = (
        authorisations(date).filter(enterprise=enterprise).select_related("product__province", "announcement")
    )
    return list(rows.order_by("-effective_from", "pk"))


@dataclass(frozen=True)
class CodeAnswer:
    """What the register can say of a credit code that none of its enterprises has.

    `correction`: the code with O and I read as 0 and 1, where only then it is well formed. `region`: today's
    division of the registering authority, if the code names one. `enterprises` and `without_code` tell how little
    the missing entry means.
    """

    code: credit_codes.CreditCode
    correction: str
    region: Division | None
    enterprises: int
    without_code: int


def about_code(text: str) -> CodeAnswer:
    """The answer for a code that is not in the register."""
    code = credit_codes.check(text)
    read_again = code.text.replace("O", "0").replace("I", "1")
    correction = read_again if not code.ok and credit_codes.check(read_again).ok else ""
    counts = Enterprise.objects.real().public().aggregate(all=Count("pk"), without=Count("pk", filter=Q(uscc=None)))
    region = resolve(code.region) if code.region and not code.is_demo else None
    return CodeAnswer(code, correction, region, counts["all"], counts["without"])
