"""Coverage of a list of 3,000 units, among 10,000 products and 60,000 authorisations: one date, the trend, a page.

Server time of the readers (no template, no HTTP), then the weight of the pages.
"""

import datetime
import gc
import gzip
import random
import re

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.report import Report
from bench.search import fill
from enterprises.models import Authorisation, Enterprise
from enterprises.states import AuthorisationBasis, AuthorisationState
from gi_registry.models import Division
from products import coverage, users
from products.coverage_rules import Counted, Rule
from products.models import ListedUnit, ListVersion, PovertyList, Product
from products.states import Basis

UNITS, PRODUCTS, ENTERPRISES, AUTHORISATIONS = 3_000, 10_000, 20_000, 60_000


@transaction.atomic
def make_list() -> PovertyList:
    """A list of all counties of today, and of former ones up to the number wanted."""
    counties = (
        Division.objects.filter(level="county").select_related("parent__parent").order_by("status", "code")
    )
    listed = PovertyList.objects.create(
        slug="bench", name_zh="测试名录", name_en="Bench", official_size=UNITS, order=99
    )
    version = ListVersion.objects.create(poverty_list=listed, number=1, official_size=UNITS)
    rows = [
        ListedUnit(
            poverty_list=listed, added_in=version, key=f"{county.code} {county.name_zh}", name_zh=county.name_zh,
            code_then=county.code, province=county.lineage()[0], list_basis="sourced",
        )
        for county in counties[:UNITS]
    ]  # fmt: skip
    ListedUnit.objects.bulk_create(rows, batch_size=500)
    through = ListedUnit.divisions.through
    links = zip(listed.units.order_by("pk").values_list("pk", flat=True), counties[:UNITS], strict=True)
    through.objects.bulk_create(
        [through(listedunit_id=unit, division=county) for unit, county in links], batch_size=500
    )
    return listed


@transaction.atomic
def make_users() -> None:
    """Authorisations of enterprises without a credit code, spread over the products in force."""
    dice = random.Random(11)
    Enterprise.objects.bulk_create(
        [
            Enterprise(reference=f"B{n:06}", name_zh=f"测试企业{n}", basis=Basis.SOURCED)
            for n in range(ENTERPRISES)
        ],
        batch_size=1000,
    )
    firms = list(Enterprise.objects.filter(reference__startswith="B").values_list("pk", flat=True))
    products = list(Product.objects.in_force().values_list("pk", flat=True))
    pairs = {(dice.choice(firms), dice.choice(products)) for _ in range(AUTHORISATIONS * 2)}
    Authorisation.objects.bulk_create(
        [
            Authorisation(
                reference=f"B{n:06}", enterprise_id=firm, product_id=product, state=AuthorisationState.IN_FORCE,
                basis=AuthorisationBasis.ANNOUNCED, effective_from=datetime.date(dice.randint(2005, 2025), 6, 1),
                effective_precision="day",
            )
            for n, (firm, product) in enumerate(sorted(pairs)[:AUTHORISATIONS])
        ],
        batch_size=1000,
    )  # fmt: skip


def year_ends(first: int = 2000) -> list[datetime.date]:
    """The last day of each year, and today."""
    today = timezone.localdate()
    return [*(datetime.date(year, 12, 31) for year in range(first, today.year)), today]


def run(report: Report) -> None:
    """Times and weights against the aims of the register."""
    fill(PRODUCTS)
    listed = make_list()
    make_users()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rule = Rule(counted=Counted.ALL, inferred=True)
    report.note(
        f"{listed.units.count()} units, {Product.objects.count()} products,"
        f" {Authorisation.objects.count()} authorisations"
    )
    for name, ask in (
        ("one date", lambda: coverage.count(listed, None, rule)),
        ("trend", lambda: coverage.trend(listed, year_ends(), rule)),
    ):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask()
        report.note(f"{name}: {len(queries)} queries")
    answer = coverage.count(listed, None, rule)
    report.note(
        f"of {answer.total.listed} units {answer.total.covered} covered by {len(answer.total.products)} products"
    )
    gc.collect()
    gc.freeze()  # as the server does (gi_registry/wsgi.py)
    products, past = answer.total.products, datetime.date(2015, 12, 31)
    report.compare(
        "coverage of 3,000 units",
        {
            "plain count of rows": lambda: listed.units.count(),
            "one date, default rule": lambda: coverage.count(listed),
            "one date, all tracks, inferred areas": lambda: coverage.count(listed, None, rule),
            "a past date": lambda: coverage.count(listed, past, rule),
            "fifty units for a page": lambda: coverage.load(answer.rows[:50]),
            "enterprises of its products": lambda: users.holders(products, None),
            "trend since 2000": lambda: coverage.trend(listed, year_ends(), rule),
        },
        baseline="plain count of rows", rounds=20, warm_up=2,
        aims_p95_ms={
            "one date, default rule": 150, "one date, all tracks, inferred areas": 150, "a past date": 150,
            "trend since 2000": 1000,
        },
    )  # fmt: skip
    client = Client(HTTP_HOST="localhost")
    for path in (
        "/coverage/",
        "/coverage/national-832/",
        "/coverage/bench/?track=all",
        "/coverage/hunan-51/",
    ):
        page = client.get(path).content
        drawing = re.search(rb'<figure class="map.*?</svg>', page, re.DOTALL)
        size = len(drawing.group()) if drawing else 0
        report.note(
            f"{path}: {(len(page) - size) / 1024:.0f} KB and a map of {size / 1024:.0f} KB,"
            f" {len(gzip.compress(page)) / 1024:.1f} KB compressed"
        )
