"""`manage.py check_register`: what must be true of all rows together, and which rows break it."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q

from enterprises import document_store, label_keys, record_words
from enterprises.application_models import Document
from enterprises.label_models import LabelBatch, Season
from enterprises.label_states import Fate, StatementState
from enterprises.models import Authorisation, Enterprise, EnterpriseSearchText
from enterprises.states import OVER, USABLE, AuthorisationBasis
from gi_registry import journal
from gi_registry.models import DivisionStatus, JournalEntry
from products import summaries
from products.models import FormerNumber, Product, ProductSearchText, ProtectedArea, Right
from products.states import CONFIRMED, ProductStatus


def summaries_agree() -> Iterator[str]:
    """The summary columns of a product say what its rights say."""
    for product in Product.objects.prefetch_related("rights"):
        wanted = summaries.summary_of(list(product.rights.all()))
        for name, value in wanted.items():
            if getattr(product, name) != value:
                yield f"Product {product.number}: {name} is {getattr(product, name)}, its rights give {value}."


def products_have_rights() -> Iterator[str]:
    """A product stands for at least one right."""
    for product in Product.objects.filter(rights=None):
        yield f"Product {product.number}: it has no right."


def rights_have_their_days() -> Iterator[str]:
    """Confirmed rights have a first day, others none unless they were revoked; revoked ones have a last day."""
    for right in Right.objects.filter(status__in=CONFIRMED, effective_from=None):
        yield f"Right {right.reference}: confirmed without a first day."
    for right in Right.objects.filter(effective_from__isnull=False).exclude(
        status__in=[*CONFIRMED, ProductStatus.REVOKED]
    ):
        yield f"Right {right.reference}: not confirmed, but with a first day."
    for right in Right.objects.filter(Q(status=ProductStatus.REVOKED) ^ Q(effective_to__isnull=False)):
        yield f"Right {right.reference}: status {right.status} does not go with its last day."


def areas_lie_in_divisions_of_today() -> Iterator[str]:
    """An area that has not ended names a division that exists, or one that nothing has taken the place of."""
    gone = ProtectedArea.objects.filter(effective_to=None, division__successor__isnull=False)
    for area in gone.exclude(division__status=DivisionStatus.CURRENT).select_related("right", "division"):
        yield f"Right {area.right.reference}: its area names {area.division}, which no longer exists."


def old_numbers_are_free() -> Iterator[str]:
    """A number that redirects is no product's own."""
    for former in FormerNumber.objects.filter(number__in=Product.objects.values("number")):
        yield f"Product {former.number}: the number redirects to another product too."


def search_texts_agree() -> Iterator[str]:
    """Every product and enterprise is found by the names that it has now."""
    stored = dict(ProductSearchText.objects.values_list("product", "tokens"))
    for product in Product.objects.prefetch_related(*summaries.PREFETCH):
        if stored.get(product.pk) != summaries.search_tokens(product):
            yield f"Product {product.number}: its search text is not in step with its names."
    stored = dict(EnterpriseSearchText.objects.values_list("enterprise", "tokens"))
    for enterprise in Enterprise.objects.public():
        if stored.get(enterprise.pk) != record_words.search_tokens(enterprise):
            yield f"Enterprise {enterprise.reference}: its search text is not in step with its names."


def every_record_has_a_history() -> Iterator[str]:
    """Products, rights and enterprises came in through the journal."""
    known = set(JournalEntry.objects.values_list("subject_kind", "subject_id").distinct())
    references: list[tuple[str, Any]] = [
        ("product", Product.objects.values_list("number", flat=True)),
        ("right", Right.objects.values_list("reference", flat=True)),
        ("enterprise", Enterprise.objects.public().values_list("reference", flat=True)),
    ]
    for kind, rows in references:
        for reference in rows:
            if (kind, str(reference)) not in known:
                yield f"{kind.capitalize()} {reference}: the journal does not know it."


def authorisations_stand_on_protection() -> Iterator[str]:
    """An authorisation that was decided here stands only while its product is protected, and has one current terms."""
    live = Authorisation.objects.filter(basis=AuthorisationBasis.DECIDED, state__in=USABLE)
    for row in live.exclude(product__in=Product.objects.in_force().values("pk")):
        yield f"Authorisation {row.reference}: it stands although the product is not protected."
    decided = Authorisation.objects.filter(terms__isnull=False).distinct()
    for row in decided.annotate(current=Count("terms", filter=Q(terms__effective_to=None))):
        if row.current != (row.state not in OVER):  # type: ignore[attr-defined]
            yield f"Authorisation {row.reference}: state {row.state} does not go with {row.current} current terms."


def documents_are_on_the_disk() -> Iterator[str]:
    """Every document of a file lies where its row says, as it came."""
    for document in Document.objects.select_related("application").iterator():
        path = document_store.folder() / document.name
        if not path.is_file():
            yield f"File {document.application.reference}: document {document.pk} is missing on the disk."
        elif hashlib.sha256(path.read_bytes()).hexdigest() != document.sha256:
            yield f"File {document.application.reference}: document {document.pk} is not what was sent."


def the_ledger_balances() -> Iterator[str]:
    """Output, labels and what happened to them add up: each figure computed anew from its rows is the stored one."""
    for season in Season.objects.prefetch_related("statements", "batches__events"):
        certified = sum(row.quantity for row in season.statements.all() if row.state == StatementState.CERTIFIED)
        committed = 0
        for batch in season.batches.all():
            if not batch.has_codes:
                continue
            events = list(batch.events.all())
            size = {fate: sum(event.size for event in events if event.fate == fate) for fate in Fate}
            replaced = sum(event.size - event.unused for event in events if event.fate == Fate.VOID)
            told = (size[Fate.ACTIVE] - replaced, size[Fate.VOID], size[Fate.RETURNED])
            if told != (batch.active, batch.void, batch.returned):
                yield f"Batch {batch.reference}: its counters do not agree with its events."
            committed += batch.pack * (batch.count - sum(event.unused for event in events))
        reserved = sum(row.quantity for row in season.batches.all() if row.state == "proposed")
        if (season.certified, season.committed, season.reserved) != (certified, committed, reserved):
            yield f"Season {season.name} of authorisation {season.authorisation_id}: its figures do not add up."


def secrets_open() -> Iterator[str]:
    """The secret of every batch opens under the keys of this installation."""
    for batch in LabelBatch.objects.with_codes().iterator():
        try:
            label_keys.unseal(batch.key_id or 0, batch.secret or b"", f"batch:{batch.pk}")
        except label_keys.SealBroken as fault:
            yield f"Batch {batch.reference}: {fault}"


RULES: list[Callable[[], Iterator[str]]] = [
    summaries_agree,
    products_have_rights,
    rights_have_their_days,
    areas_lie_in_divisions_of_today,
    old_numbers_are_free,
    search_texts_agree,
    every_record_has_a_history,
    authorisations_stand_on_protection,
    documents_are_on_the_disk,
    the_ledger_balances,
    secrets_open,
    journal.verify,
]


class Command(BaseCommand):
    help = "Check what must be true of all rows together, and list every row that breaks a rule."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for rule in RULES:
            for fault in rule():
                self.stderr.write(fault)
                broken += 1
        if broken:
            raise CommandError(f"{broken} rules of the register are broken.")
        self.stdout.write(f"The register is in order: {len(RULES)} rules hold for all rows.")
