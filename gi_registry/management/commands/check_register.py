"""`manage.py check_register`: what must be true of all rows together, and which rows break it."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from enterprises import record_words
from enterprises.models import Enterprise, EnterpriseSearchText
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


RULES: list[Callable[[], Iterator[str]]] = [
    summaries_agree,
    products_have_rights,
    rights_have_their_days,
    areas_lie_in_divisions_of_today,
    old_numbers_are_free,
    search_texts_agree,
    every_record_has_a_history,
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
