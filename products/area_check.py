"""READER. Whether a place lies in the protected area of a product, as far as the register can tell."""

from __future__ import annotations

import datetime

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gi_registry.models import Division
from products.models import Product, ProtectedArea, Right
from products.states import AreaBasis, Extent


class Place(TextChoices):
    """Where a place lies."""

    INSIDE = "inside", _("inside the protected area")
    OUTSIDE = "outside", _("outside the protected area")
    UNKNOWN = "unknown", _("cannot be told from the data of the register; the site check decides")


def where_is(product: Product | None, division: Division, on: datetime.date | None = None) -> Place:
    """Whether all of a division lies inside the area of a product on a date (default today).

    Inside: a right in force names the division, or one that holds it, as a whole. Outside: every right in force has
    an area named in a source, and none touches the division. Everything else cannot be told: parts of a division,
    an extent that no source states, an area only inferred from the name, or none on record.
    """
    if product is None:
        return Place.UNKNOWN
    on = on or timezone.localdate()
    rights = list(Right.objects.in_force(on).filter(product=product).values_list("pk", flat=True))
    areas = list(ProtectedArea.objects.on(on).filter(right__in=rights).select_related("division__parent__parent"))
    named = [area for area in areas if area.basis == AreaBasis.NAMED_IN_SOURCE]
    around = {part.pk for part in division.lineage()}
    if any(area.extent == Extent.WHOLE and area.division_id in around for area in named):
        return Place.INSIDE
    touching = [
        area for area in areas
        if area.division_id in around or any(part.pk == division.pk for part in area.division.lineage())
    ]  # fmt: skip
    if not rights or touching or {area.right_id for area in named} != set(rights):
        return Place.UNKNOWN
    return Place.OUTSIDE
