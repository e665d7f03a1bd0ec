"""LEAF. Kinds of goods that both sides of an agreement have in common, to put their names side by side.

The lists write goods in the words of several classifications; a name whose list states none has its own kind.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class GoodsKind(TextChoices):
    """A broad kind of goods, in the order of the pages."""

    TEA = "tea", _("tea")
    WINE = "wine", _("wine")
    SPIRITS = "spirits", _("spirits")
    BEER = "beer", _("beer and hops")
    CHEESE = "cheese", _("cheese")
    MEAT = "meat", _("meat and meat products")
    FISH = "fish", _("fish, molluscs and crustaceans")
    FRUIT = "fruit", _("fruit, vegetables and cereals")
    OILS = "oils", _("oils and fats")
    SEASONING = "seasoning", _("spices, vinegar and condiments")
    SWEETS = "sweets", _("confectionery, bakery and pasta")
    COFFEE = "coffee", _("coffee")
    CRAFT = "craft", _("handicrafts")
    OTHER = "other", _("other goods")
    NOT_STATED = "not_stated", _("goods not stated")


# The first row with a word that occurs decides; so "oils and fats (olive oil)" is an oil and "table olives" fruit.
_WORDS: tuple[tuple[GoodsKind, tuple[str, ...]], ...] = (
    (GoodsKind.SPIRITS, ("spirit",)),
    (GoodsKind.WINE, ("wine",)),
    (GoodsKind.BEER, ("beer", "hops")),
    (GoodsKind.CHEESE, ("cheese",)),
    (GoodsKind.MEAT, ("meat",)),
    (GoodsKind.FISH, ("fish",)),
    (GoodsKind.FRUIT, ("fruit", "vegetable", "cereal")),
    (GoodsKind.SEASONING, ("spice", "vinegar", "condiment")),
    (GoodsKind.SWEETS, ("confectionery", "pasta", "bread", "bakery", "糕点", "面包")),
    (GoodsKind.COFFEE, ("coffee",)),
    (GoodsKind.CRAFT, ("handicraft",)),
    (GoodsKind.OTHER, ("essential oil",)),
    (GoodsKind.OILS, ("oil", "fats")),
    (GoodsKind.TEA, ("tea",)),
)


def kind_of(goods: str) -> GoodsKind:
    """The broad kind of what a list says of the goods."""
    text = goods.strip().lower()
    if not text:
        return GoodsKind.NOT_STATED
    found = (kind for kind, words in _WORDS if any(word in text for word in words))
    return next(found, GoodsKind.OTHER)
