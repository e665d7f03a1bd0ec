"""LEAF. Set phrases of the reference tables in the reader's language.

The tables keep the words of whoever compiled them ("review_passed; date in the source: 2018"). They are parts
joined by semicolons; a part that is not known here is shown as it stands, marked as English.
"""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

PHRASES: dict[str, str | Promise] = {
    # how a listed unit is supported
    "sourced": _("read in a named source"),
    "sourced (P13-LIST)": _("read in a named source"),
    "general knowledge": _("general knowledge: to be verified before official use"),
    "general knowledge, checked by province total": _("general knowledge, checked against the total of the province"),
    "general knowledge, checked by national totals": _("general knowledge, checked against the national totals"),
    "key sourced (PKEY), area general knowledge": _("key county from a named source, area from general knowledge"),
    "whole region (general knowledge)": _("the whole region is listed (general knowledge)"),
    # how a province, a name or an area is supported
    "from the source or general knowledge": _("from the source or from general knowledge"),
    "named in the source": _("named in the source"),
    "EU-China agreement list (English name sourced; match to the Chinese name is ours)": _(
        "English name from a list of the China–EU agreement; the match to the Chinese name is the register's own"
    ),
    # states of rights
    "general_knowledge": _("general knowledge"),
    "review_passed": _("expert review passed; registration not seen"),
    "public_notice": _("published for objections; registration not seen"),
    "pending": _("accepted for examination"),
    "eu_agreement_listed": _("on a list of the China–EU agreement"),
    "eu_registered": _("registered in the EU"),
    "amended": _("amended"),
    # states of agreements
    "in force": _("in force"),
    "completed 2012-11-30": _("completed on 30 November 2012"),
    "publication completed": _("publication completed"),
    "entry into protection not verified": _("entry into protection not verified"),
    "exists": _("an arrangement exists"),
    "details not verified": _("details not verified"),
    "announced": _("announced"),
    "list not published in a source read": _("no list found in a source that was read"),
    # states of names on agreement lists
    "protected": _("protected"),
    "unverified": _("not verified"),
    "in_2019_list_of_100_not_in_annex_iv": _("in the list of 100 of 2019, not in Annex IV"),
    "in_2019_list_of_100_not_in_annex_iv (unverified)": _("in the list of 100 of 2019, not in Annex IV; not verified"),
    "protected_per_2017_publication_list": _("on the list published in 2017"),
    "listed_annex_vi": _("listed in Annex VI"),
    "published for opposition 2022-12-02": _("published for objections on 2 December 2022"),
    "published for opposition 2022-12-02 (OJ C 459)": _("published for objections on 2 December 2022"),
    "already protected in China": _("already protected in China"),
    "listed_annex_v": _("listed in Annex V"),
    "listed (batch to be checked)": _("listed; which list is to be checked"),
    "listed": _("listed"),
    "second list inferred (annex not seen)": _("second list inferred; annex not seen"),
    "annex not seen": _("annex not seen"),
    # notes on sources
    "read in a copy or a report that quotes it": _("read in a copy or a report that quotes it"),
    "read in a stored copy or excerpt": _("read in a stored copy or excerpt"),
    "check against the official page before official use": _("check against the official page before official use"),
    "to be verified before official use": _("to be verified before official use"),
    "page date": _("date of the page"),
    "number and date not shown": _("number and date not shown"),
    "press report": _("press report"),
    "reported for the first list (to be checked)": _("reported for the first list; to be checked"),
}
DATE = re.compile(r"date in the source: ([0-9]{4}(?:-[0-9]{2}){0,2})")

# An announcement of which the source tells neither issuer nor number.
UNNUMBERED = re.compile(r"announcement \((?:(before )?([0-9]{4}-[0-9]{2})|undated)(?:, ([0-9]+) enterprises)?\)")


def announcement_name(text: str) -> str | None:
    """Name of an announcement without issuer and number in the reader's language; None for one that has them."""
    match = UNNUMBERED.fullmatch(text)
    if match is None:
        return None
    before, date, enterprises = match.groups()
    if not date:
        name = gettext("announcement without number and date")
    elif before:
        name = gettext("announcement without number, before %(date)s") % {"date": date}
    else:
        name = gettext("announcement without number, %(date)s") % {"date": date}
    count = gettext(" (%(number)s enterprises)") % {"number": enterprises} if enterprises else ""
    return name + count


def in_words(text: str) -> list[tuple[str, bool]]:
    """The parts of a table's words: (text, whether it is in the reader's language)."""
    if text in PHRASES:
        return [(str(PHRASES[text]), True)]
    parts = []
    for part in text.split("; "):
        if dated := DATE.fullmatch(part):
            parts.append((gettext("date in the source: %(date)s") % {"date": dated[1]}, True))
        else:
            parts.append((str(PHRASES.get(part, part)), part in PHRASES))
    return parts
