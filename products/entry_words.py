"""LEAF. Words of names on agreement lists: what a source says of their status, and what their values are called."""

from __future__ import annotations

import re
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from products.states import EntryStatus

# The first rule whose pattern is found decides; the source's own words stand beside the answer.
STATUS_RULES: Final[tuple[tuple[str, EntryStatus], ...]] = (
    # What the register writes itself: the bare status, or the status and behind a semicolon the act that moved it.
    *((rf"^{status.value}(;|$)", status) for status in EntryStatus),
    (r"^in_2019_list_of_100_not_in_annex_iv", EntryStatus.WITHDRAWN),
    # The list published for objections in 2017 is not the annex in force: a name on it is likely protected,
    # but the annex itself was not read.
    (r"^protected_per_2017_publication_list$", EntryStatus.LISTED),
    (r"^protected\b", EntryStatus.PROTECTED),
    # Left out of the publication because China protected these names before; so the protection is the fact.
    (r"already protected in China$", EntryStatus.PROTECTED),
    (r"^listed", EntryStatus.LISTED),
    (r"unverified|reported|requested|recommended|application|^named in", EntryStatus.PROPOSED),
)

# What the values of a name are called, wherever somebody reads that one of them has changed.
VALUE_NAMES: Final[dict[str, str | Promise]] = {
    "batch": _("Batch"),
    "annex": _("Annex"),
    "side": _("Side"),
    "seq": _("Place on the list"),
    "name_native": _("Name in its own writing"),
    "name_transcription": _("Transcription"),
    "name_zh": _("Name in Chinese"),
    "name_en": _("Name in English"),
    "country": _("Country"),
    "product_category": _("Kind of goods"),
    "status": _("Status"),
    "status_text": _("Words of the source on the status"),
    "protected_from": _("Protected since"),
    "sources": _("Sources"),
    "home_right": _("Right at home"),
    "home_number": _("Number at home"),
    "left_out_on": _("No longer on the list since"),
    "product": _("Product"),
    "match_basis": _("Tied by"),
}


def status_of(words: str) -> EntryStatus | None:
    """What is known of a name, from the words of a file; None for words of no known kind."""
    return next((status for pattern, status in STATUS_RULES if re.search(pattern, words)), None)


def status_words(status: str, act: str) -> str:
    """Words on the status that the register writes itself; `status_of` reads them again. At most 200 characters."""
    return f"{status}; {act}"[:200]
