"""LEAF. The rule of coverage: what counts, how an area reaches a unit, and what is said of the unit then.

Words, the same here, on the pages and in docs/coverage.md
  listed unit   a row of a poverty list, under the name it had there; it is tied to none, one or several divisions
  qualifying    a right confirmed and in force on the date (`products.models.in_force`), on a chosen track
  covered       a qualifying area, named in a source, reaches the unit: it names a division of the unit or something
                inside it (the whole, a part, or an extent not stated), or the whole of a larger division around it
  not proven    something reaches the unit that the rule does not count: an area inferred from a name; a larger
                division of which no source says whether the whole is meant; by the stricter rule "whole county"
                also an area that is a part only or whose extent is not stated
  in procedure  none of these, but an application is under way that would reach it, by an area named or inferred
  blank         nothing reaches it; a unit tied to no division cannot be told and counts as blank, with a note
An area that is only a part of a larger division proves nothing of what lies in it: which part is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from products.states import AreaBasis, Extent, Track


class Counted(TextChoices):
    """Which legal tracks count; shown beside every figure, because published figures differ in it."""

    GI_PRODUCT = "gi_product", gettext_lazy("GI products")
    WITH_AGRICULTURAL = "with_agricultural", gettext_lazy("GI products and agricultural GIs")
    WITH_MARKS = "with_marks", gettext_lazy("GI products and GI trademarks")
    ALL = "all", gettext_lazy("all tracks, trademarks included")


MARKS = frozenset({Track.COLLECTIVE_MARK, Track.CERTIFICATION_MARK, Track.TRADEMARK})
TRACKS: dict[str, frozenset[str]] = {
    Counted.GI_PRODUCT: frozenset({Track.GI_PRODUCT}),
    Counted.WITH_AGRICULTURAL: frozenset({Track.GI_PRODUCT, Track.AGRICULTURAL_GI}),
    Counted.WITH_MARKS: frozenset({Track.GI_PRODUCT, *MARKS}),
    Counted.ALL: frozenset(Track.values),
}


class Cover(TextChoices):
    """The answer for one unit; each unit has exactly one, so that the four counts add up to the units listed."""

    COVERED = "covered", gettext_lazy("covered")
    UNPROVEN = "unproven", gettext_lazy("not proven")
    IN_PROCEDURE = "in_procedure", gettext_lazy("in procedure")
    BLANK = "blank", gettext_lazy("blank")


class Reach(IntEnum):
    """How a product reaches a unit, best first. Only NAMED covers it.

    WIDER: by an area whose extent does not prove it. INFERRED: only by a guess from a name. PROCEDURE: not yet.
    """

    NAMED = 0
    WIDER = 1
    INFERRED = 2
    PROCEDURE = 3


@dataclass(frozen=True)
class Rule:
    """The choices of a count; the default is the rule of the provincial plans of 2018.

    `counted`: the legal tracks. `whole`: only areas that hold the whole county count. `inferred`: areas guessed from
    a name count too. `own`: areas of larger divisions around the county do not count.
    """

    counted: str = Counted.GI_PRODUCT
    whole: bool = False
    inferred: bool = False
    own: bool = False

    @property
    def tracks(self) -> frozenset[str]:
        """The legal tracks that count."""
        return TRACKS[self.counted]

    @property
    def parameters(self) -> dict[str, str]:
        """The rule as values of a query string; nothing for the default."""
        chosen = {"track": self.counted} if self.counted != Counted.GI_PRODUCT else {}
        return chosen | {name: "yes" for name in ("whole", "inferred", "own") if getattr(self, name)}

    def words(self) -> list[str]:
        """What stands beside every figure."""
        return [
            str(Counted(self.counted).label),
            _("whole county") if self.whole else _("whole county or any part of it"),
            _("areas inferred from names counted") if self.inferred else _("only areas named in a source"),
            _("the county's own only") if self.own else _("areas of larger divisions counted where the whole is meant"),
        ]


DEFAULT = Rule()


def reach_of(extent: str, basis: str, near: bool, rule: Rule) -> Reach | None:
    """How one qualifying area reaches a unit, None for not at all.

    `near`: it names a division of the unit or something inside it; otherwise a larger division around the unit.
    """
    if not near and (rule.own or extent == Extent.PART):
        return None
    if basis == AreaBasis.INFERRED_FROM_NAME and not rule.inferred:
        return Reach.INFERRED
    proven = extent == Extent.WHOLE or (near and not rule.whole)
    return Reach.NAMED if proven else Reach.WIDER


def cover_of(best: Reach | None) -> Cover:
    """The answer for a unit whose best product reaches it so."""
    if best is None:
        return Cover.BLANK
    if best == Reach.NAMED:
        return Cover.COVERED
    return Cover.IN_PROCEDURE if best == Reach.PROCEDURE else Cover.UNPROVEN
