"""READER. What must be true of products, rights, areas, requirements and lists together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F, Max, Q

from gi_registry.dated_rows import backwards, overlapping
from gi_registry.models import DivisionStatus, JournalEntry
from products import summaries
from products.models import (
    AgreementEntry,
    FormerNumber,
    ListedUnit,
    ListVersion,
    PovertyList,
    Product,
    ProductSearchText,
    ProtectedArea,
    Right,
)
from products.states import CONFIRMED, ProductStatus
from products.system_models import ProtectionRequirement, Standard


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
    for right in Right.objects.filter(effective_to__lt=F("effective_from")):
        yield f"Right {right.reference}: it ends before it begins."


def areas_lie_in_divisions_of_today() -> Iterator[str]:
    """An area that has not ended names a division that exists, or one that nothing has taken the place of."""
    gone = ProtectedArea.objects.filter(effective_to=None, division__successor__isnull=False)
    for area in gone.exclude(division__status=DivisionStatus.CURRENT).select_related("right", "division"):
        yield f"Right {area.right.reference}: its area names {area.division}, which no longer exists."


def areas_follow_each_other() -> Iterator[str]:
    """A division belongs to a right once at a time, and a confirmed right that ever had an area has one now."""
    rows = ProtectedArea.objects.select_related("right", "division")
    dated = [
        ((row.right_id, row.division_id), row.effective_from, row.effective_to,
         f"Right {row.right.reference}: its area names {row.division}")
        for row in rows
    ]  # fmt: skip
    for name in overlapping(dated):
        yield f"{name} twice at one time."
    for name in backwards(dated):
        yield f"{name} with an end before its beginning."
    counted = Right.objects.filter(status__in=CONFIRMED).annotate(
        all_rows=Count("areas"), now=Count("areas", filter=Q(areas__effective_to=None))
    )
    for right in counted.filter(all_rows__gt=0, now=0):
        yield f"Right {right.reference}: its whole area has ended, though it is confirmed."


def old_numbers_are_free() -> Iterator[str]:
    """A number that redirects is no product's own."""
    for former in FormerNumber.objects.filter(number__in=Product.objects.values("number")):
        yield f"Product {former.number}: the number redirects to another product too."


def search_texts_agree() -> Iterator[str]:
    """Every product is found by the names that it has now."""
    stored = dict(ProductSearchText.objects.values_list("product", "tokens"))
    for product in Product.objects.prefetch_related(*summaries.PREFETCH):
        if stored.get(product.pk) != summaries.search_tokens(product):
            yield f"Product {product.number}: its search text is not in step with its names."


def every_product_has_a_history() -> Iterator[str]:
    """Products and rights came in through the journal."""
    known = set(JournalEntry.objects.values_list("subject_kind", "subject_id").distinct())
    references: list[tuple[str, Any]] = [
        ("product", Product.objects.values_list("number", flat=True)),
        ("right", Right.objects.values_list("reference", flat=True)),
    ]
    for kind, rows in references:
        for reference in rows:
            if (kind, str(reference)) not in known:
                yield f"{kind.capitalize()} {reference}: the journal does not know it."


def requirements_follow_each_other() -> Iterator[str]:
    """Versions of the protection requirements of a right are numbered from 1 and end where the next begins."""
    before: ProtectionRequirement | None = None
    for row in ProtectionRequirement.objects.select_related("right").order_by("right", "version"):
        last = before if before and before.right_id == row.right_id else None
        if row.version != (last.version + 1 if last else 1):
            yield f"Right {row.right.reference}: version {row.version} of its requirements does not follow on another."
        elif last and last.effective_to != row.effective_from:
            yield f"Right {row.right.reference}: version {last.version} does not end where the next begins."
        before = row


def standards_end_after_they_begin() -> Iterator[str]:
    """A standard ends after it begins, and is not replaced by itself."""
    for row in Standard.objects.filter(Q(effective_to__lt=F("effective_from")) | Q(replaced_by=F("pk"))):
        yield f"Standard {row.number}: it ends before it begins, or is replaced by itself."


def lists_agree_with_their_versions() -> Iterator[str]:
    """A poverty list repeats its latest version; its units come and go with versions of that list, in their order."""
    for row in PovertyList.objects.prefetch_related("versions"):
        versions: list[ListVersion] = list(row.versions.all())
        if not versions:
            yield f"List {row.slug}: it has no version."
        elif (size := versions[-1].official_size) != row.official_size:
            yield f"List {row.slug}: its size is {row.official_size}, its last version says {size}."
    wrong = (
        ~Q(added_in__poverty_list=F("poverty_list"))
        | Q(dropped_in__isnull=False) & ~Q(dropped_in__poverty_list=F("poverty_list"))
        | Q(dropped_in__number__lte=F("added_in__number"))
    )
    for unit in ListedUnit.objects.filter(wrong).select_related("poverty_list"):
        yield f"List {unit.poverty_list.slug}: {unit.name_zh} comes and goes with versions that do not fit."


def names_abroad_have_their_stages() -> Iterator[str]:
    """A name on an agreement's list is where its last dated stage put it, unless a load was undone since."""
    undone = AgreementEntry.objects.filter(agreement__imports__undone_at__isnull=False).values("pk")
    rows = (
        AgreementEntry.objects.filter(stages__isnull=False)
        .exclude(pk__in=undone)
        .annotate(last=Max("stages__pk"))
    )
    for row in rows.prefetch_related("stages"):
        latest = max(row.stages.all(), key=lambda stage: (stage.effective_from, stage.pk))
        if latest.status != row.status:
            yield f"Agreement entry {row.pk}: it is {row.status}, its last stage is {latest.status}."


RULES = (
    summaries_agree, products_have_rights, rights_have_their_days, areas_lie_in_divisions_of_today,
    areas_follow_each_other, old_numbers_are_free, search_texts_agree, every_product_has_a_history,
    requirements_follow_each_other, standards_end_after_they_begin, lists_agree_with_their_versions,
    names_abroad_have_their_stages,
)  # fmt: skip
