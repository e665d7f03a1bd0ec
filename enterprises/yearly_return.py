"""READER. The yearly return of a province: what the register has, in the blocks that the national form asks for.

Blocks: national notice of 2023-12-22 on the report for 2023 (data as of 31 December). What the register does not hold
is left empty and named. Demonstration data are left out. Who draws it up sees the own territory only: `actors` is part
of every query.
"""

from __future__ import annotations

import datetime
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import report_facts, supervised, use_queue, use_words
from enterprises.application_models import StopCase
from enterprises.label_models import LabelBatch
from enterprises.models import DEMONSTRATION_CODE, AuthorisationQuerySet, Suspension, standing_on
from enterprises.scan_models import CopySignal
from enterprises.states import AuthorisationState, StopState
from enterprises.use_models import UseReport
from enterprises.use_states import UseState
from gi_registry.exports import ATTRIBUTION, CELL_LENGTH, flat
from gi_registry.journal import Actor
from gi_registry.models import Division
from products.cultivation_models import Training
from products.maps import name_of
from products.models import Product, Right
from products.states import MARK_TRACKS
from products.system_models import Standard

Rows = list[list[Any]]


@dataclass(frozen=True)
class Block:
    """One sheet. `lacks`: what the form asks for here that the register does not hold."""

    sheet: str
    title: str
    columns: Sequence[str]
    rows: Rows
    lacks: str


def blocks(actors: Sequence[Actor], place: Division | None, year: int) -> list[Block]:
    """The seven blocks of a territory (None: the whole country) and a year; the same number of queries for any."""
    end = datetime.date(year, 12, 31)
    held = _held(actors, place, year)
    products = Product.objects.filter(province=place) if place else Product.objects.all()
    reports = _accepted(held, year)
    return [
        _base(products, end), _mark_use(held, year, end), _protection(actors, held, place, year), _output(reports),
        _standards(products, reports), _testing(products, reports), _training(place, year),
    ]  # fmt: skip


def _held(actors: Sequence[Actor], place: Division | None, year: int) -> AuthorisationQuerySet:
    """The authorisations of real enterprises in the territory that stood in the year."""
    rows: Any = use_queue.expected(actors, year).real()
    if place is not None:
        rows = rows.filter(watched_in__in=Division.objects.within(place.code).values("pk"))
    found: AuthorisationQuerySet = rows
    return found


def _accepted(held: AuthorisationQuerySet, year: int) -> list[UseReport]:
    rows = UseReport.objects.filter(authorisation__in=held.order_by().values("pk"), year=year, state=UseState.ACCEPTED)
    rows = rows.select_related("authorisation__enterprise", "authorisation__product")
    return list(rows.order_by("authorisation__product__name_zh", "authorisation__enterprise__name_zh", "pk"))


def _product_name(row: Any) -> str:
    return str(row.product.name_zh if row.product else row.product_text)


# --- The blocks ---


def _base(products: QuerySet[Product], end: datetime.date) -> Block:
    rights = Right.objects.in_force(end).filter(product__in=products.order_by().values("pk")).select_related("product")
    rows = [
        [
            _("GI trademark") if right.track in MARK_TRACKS else _("GI product"), right.product.number,
            right.product.name_zh, right.product.get_category_display(), right.get_track_display(),
            right.registration_no, right.effective_from, right.area_text,
        ]
        for right in rights.order_by("product__number", "reference")
    ]  # fmt: skip
    columns = [_("Kind"), _("Number in the register"), _("Name"), _("Category"), _("Legal track"),
               _("Registration number"), _("Protected since"), _("Area")]  # fmt: skip
    lacks = _("owners of trademarks; changes of registrations in the year")
    return Block(_("1 Products and marks"), _("Base data of GI products and GI trademarks"), columns, rows, lacks)


def _mark_use(held: AuthorisationQuerySet, year: int, end: datetime.date) -> Block:
    with_codes = LabelBatch.objects.with_codes().filter(season__authorisation=OuterRef("pk"), decided_on__year=year)
    issued = with_codes.order_by().values("season__authorisation")
    batches = issued.annotate(number=Count("pk")).values("number")
    labels = issued.annotate(number=Sum("count")).values("number")
    found: Any = held.annotate(at_end=standing_on(end), batches=Subquery(batches), labels=Subquery(labels))
    rows = [
        [
            row.reference, row.enterprise.name_zh, row.enterprise.uscc, _product_name(row), row.effective_from,
            row.effective_to, str(AuthorisationState(row.at_end).label), row.effective_from.year == year,
            row.batches or 0, row.labels or 0,
        ]
        for row in found
    ]  # fmt: skip
    columns = [_("Authorisation"), _("Enterprise"), _("Credit code"), _("Product"), _("From"), _("Until"),
               _("At the end of the year"), _("New in the year"), _("Batches of labels issued"),
               _("Labels issued")]  # fmt: skip
    return Block(_("2 Use of the mark"), _("Management of the use of the special mark"), columns, rows,
                 _("use by others than the enterprises authorised; inspections on site"))  # fmt: skip


def _protection(
    actors: Sequence[Actor], held: AuthorisationQuerySet, place: Division | None, year: int
) -> Block:
    rows = [*_suspicions(actors, place, year), *_signals(actors, place, year), *_ends(actors, place, year)]
    columns = [_("What"), _("Reference"), _("Day"), _("Product"), _("Ground"), _("Outcome")]
    lacks = _("cases, fines and confiscations of other authorities; complaints that came by other ways")
    return Block(_("3 Protection"), _("Administrative protection"), columns, rows, lacks)


def _inside(place: Division | None, column: str) -> Q:
    return Q(**{f"{column}__in": Division.objects.within(place.code).values("pk")}) if place else Q()


def _suspicions(actors: Sequence[Actor], place: Division | None, year: int) -> Iterator[list[Any]]:
    found = report_facts.read_by(actors).filter(_inside(place, "division"), received_at__year=year)
    found = found.exclude(batch__season__authorisation__enterprise__uscc__regex=DEMONSTRATION_CODE)
    for row in found.order_by("received_at", "pk"):
        product = _product_name(row.batch.season.authorisation) if row.batch else row.goods
        outcome = row.get_outcome_display() if row.outcome else row.get_state_display()
        yield [_("suspect report"), row.reference, timezone.localdate(row.received_at), product,
               row.get_suspicion_display(), outcome]  # fmt: skip


def _watched(actors: Sequence[Actor], place: Division | None) -> Any:
    rows: Any = supervised.watched_by(actors).real().filter(_inside(place, "watched_in"))
    return rows.order_by().values("pk")


def _signals(actors: Sequence[Actor], place: Division | None, year: int) -> Iterator[list[Any]]:
    found = CopySignal.objects.filter(
        batch__season__authorisation__in=_watched(actors, place), noticed_at__year=year
    ).select_related("batch__season__authorisation__product")
    for row in found.order_by("noticed_at", "pk"):
        product = _product_name(row.batch.season.authorisation)
        yield [_("copy signal"), row.reference or row.batch.reference, timezone.localdate(row.noticed_at), product,
               row.get_kind_display(), row.get_state_display()]  # fmt: skip


def _ends(actors: Sequence[Actor], place: Division | None, year: int) -> Iterator[list[Any]]:
    mine, whose = _watched(actors, place), ("authorisation__product", "authorisation__enterprise")
    suspended = Suspension.objects.filter(authorisation__in=mine, effective_from__year=year).select_related(*whose)
    for row in suspended.order_by("effective_from", "pk"):
        until = _("lifted on {date}").format(date=row.effective_to) if row.effective_to else _("suspended still")
        yield [_("suspension"), row.authorisation.reference, row.effective_from, _product_name(row.authorisation),
               row.get_ground_display(), until]  # fmt: skip
    ended = StopCase.objects.filter(authorisation__in=mine, state=StopState.DECIDED, decided_on__year=year)
    for case in ended.select_related(*whose).order_by("decided_on", "pk"):
        yield [_("end of an authorisation"), case.authorisation.reference, case.decided_on,
               _product_name(case.authorisation), case.get_ground_display(),
               case.authorisation.get_state_display()]  # fmt: skip


def _output(reports: Sequence[UseReport]) -> Block:
    rows = []
    for one in reports:
        row = one.authorisation
        unit = one.get_unit_display() if one.unit else ""
        rows.append([
            _product_name(row), row.enterprise.name_zh, row.enterprise.uscc, row.reference, use_words.plain(one.output),
            unit, one.output_value, one.related_value, one.sales_value, one.export_value, one.labels_printed,
            one.labels_used, one.employees, one.households, one.premium, one.version,
        ])  # fmt: skip
    columns = [_("Product"), _("Enterprise"), _("Credit code"), _("Authorisation"), _("Output"), _("Unit"),
               _("Direct output value (yuan)"), _("Related output value (yuan)"), _("Sales (yuan)"),
               _("Sold abroad (yuan)"), _("Labels printed"), _("Labels used"), _("Employees"), _("Farming households"),
               _("Price premium (%)"), _("Version")]  # fmt: skip
    return Block(_("4 Output value"), _("Yearly output value"), columns, rows,
                 _("output of producers who use the name and not the mark"))  # fmt: skip


def _standards(products: QuerySet[Product], reports: Sequence[UseReport]) -> Block:
    named = Counter(one.standard.strip() for one in reports if one.standard.strip())
    mine = Prefetch("products", products.order_by("number"), "mine")
    found = Standard.objects.filter(products__in=products.order_by().values("pk")).distinct().prefetch_related(mine)
    rows: Rows = []
    for row in found:
        names = [product.name_zh for product in row.mine]
        rows.append([row.number, row.title, names, row.effective_from, row.effective_to, named.pop(row.number, 0)])
    rows += [[text, "", "", None, None, number] for text, number in sorted(named.items())]
    columns = [_("Standard"), _("Title"), _("Products"), _("From"), _("Until"), _("Reports that name it")]
    return Block(_("5 Standards"), _("Standards system"), columns, rows,
                 _("kind and issuer of the standards; standards in preparation"))  # fmt: skip


def _testing(products: QuerySet[Product], reports: Sequence[UseReport]) -> Block:
    made: dict[int | None, list[UseReport]] = defaultdict(list)
    for one in reports:
        made[one.authorisation.product_id].append(one)
    wanted = products.filter(Q(testing_scopes__isnull=False) | Q(pk__in=[key for key in made if key])).distinct()
    rows: Rows = []
    for product in wanted.prefetch_related("testing_scopes__body").order_by("number"):
        stated = [one for one in made.get(product.pk, []) if one.tests is not None]
        rows.append([
            product.name_zh, sorted({scope.body.name_zh for scope in product.testing_scopes.all()}), len(stated),
            sum(one.tests or 0 for one in stated) if stated else None,
            sum(one.tests_failed or 0 for one in stated) if stated else None,
        ])  # fmt: skip
    columns = [_("Product"), _("Testing bodies"), _("Reports that state tests"), _("Tests made"), _("Tests failed")]
    return Block(_("6 Testing"), _("Testing system"), columns, rows,
                 _("accreditation of the testing bodies; random inspections by the authority"))  # fmt: skip


def _training(place: Division | None, year: int) -> Block:
    found = Training.objects.filter(_inside(place, "division"), held_on__year=year, struck_on=None)
    found = found.filter(demonstration=False).prefetch_related("counties").order_by("held_on", "pk")
    rows = [
        [row.held_on, row.get_kind_display(), row.topic, row.office, [one.name_zh for one in row.counties.all()],
         row.attendance]
        for row in found
    ]  # fmt: skip
    columns = [_("Day"), _("Kind"), _("Topic"), _("Office"), _("Counties"), _("People")]
    return Block(_("7 Publicity and training"), _("Publicity and training"), columns, rows,
                 _("publicity in the media, fairs and exhibitions"))  # fmt: skip


# --- The workbook ---


def about(actors: Sequence[Actor], place: Division | None, year: int, found: Iterable[Block]) -> list[tuple[str, str]]:
    """What the return is, how much of it is there, and what is missing."""
    held = _held(actors, place, year)
    expected = held.count()
    received = len(_accepted(held, year))
    share = received * 100 // expected if expected else 0
    return [
        (_("Territory"), name_of(place) if place else _("the whole country")),
        (_("Year"), str(year)),
        (_("Data as of"), f"{year}-12-31"),
        (_("Drawn up on"), timezone.localdate().isoformat()),
        (_("Reports of enterprises"), _("{received} of {expected} accepted ({share} %)").format(
            received=received, expected=expected, share=share)),
        (_("Rule"), _("Accepted reports of real enterprises, confirmed authorisations that stood in the year. Direct "
                      "and related output value are never added. Demonstration data are left out.")),
        *[(_("Not held by the register: {block}").format(block=one.title), one.lacks) for one in found],
        (_("Source"), f"{settings.SITE_URL}/"),
        ("Attribution", ATTRIBUTION),
    ]  # fmt: skip


def workbook(found: Sequence[Block], facts: Sequence[tuple[str, str]]) -> IO[bytes]:
    """One sheet a block, and what it all is on the last one; every text stays a text, never a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)

    def add(name: str, lines: Iterable[Sequence[Any]], *, head: bool) -> None:
        sheet = book.create_sheet(name)
        if head:
            sheet.freeze_panes = "A2"
        for line in lines:
            cells = []
            for value in map(flat, line):
                cell = WriteOnlyCell(sheet, value[:CELL_LENGTH] if isinstance(value, str) else value)
                if isinstance(value, str):
                    cell.data_type = "s"
                cells.append(cell)
            sheet.append(cells)

    for one in found:
        add(one.sheet, [one.columns, *one.rows], head=True)
    add(_("About this return"), facts, head=False)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return file
