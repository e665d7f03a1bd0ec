"""LEAF. Countries, languages and goods of agreement lists, in the language of the page.

The lists write countries as ISO 3166-1 codes and goods in English, mostly in the words of the EU's classes. What
is not here is shown as the source writes it.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

COUNTRIES = {
    "AT": _("Austria"),
    "AU": _("Australia"),
    "BE": _("Belgium"),
    "BG": _("Bulgaria"),
    "CH": _("Switzerland"),
    "CN": _("China"),
    "CY": _("Cyprus"),
    "CZ": _("Czechia"),
    "DE": _("Germany"),
    "DK": _("Denmark"),
    "ES": _("Spain"),
    "EU": _("European Union"),
    "FI": _("Finland"),
    "FR": _("France"),
    "GB": _("United Kingdom"),
    "GE": pgettext_lazy("country", "Georgia"),
    "GR": _("Greece"),
    "HR": _("Croatia"),
    "HU": _("Hungary"),
    "IE": _("Ireland"),
    "IT": _("Italy"),
    "JP": _("Japan"),
    "KR": _("Korea"),
    "LT": _("Lithuania"),
    "NL": _("Netherlands"),
    "PL": _("Poland"),
    "PT": _("Portugal"),
    "RO": _("Romania"),
    "RU": _("Russia"),
    "SE": _("Sweden"),
    "SI": _("Slovenia"),
    "SK": _("Slovakia"),
    "TH": _("Thailand"),
}

GOODS = {
    "beer": _("beer"),
    "cheese": _("cheese"),
    "coffee": _("coffee"),
    "condiment": _("condiments"),
    "confectionery": _("confectionery"),
    "dried fruit": _("dried fruit"),
    "essential oils": _("essential oils"),
    "fish": _("fish"),
    "fish, molluscs and crustaceans": _("fish, molluscs and crustaceans"),
    "fresh meat (and offal)": _("fresh meat"),
    "fruit, vegetables and cereals": _("fruit, vegetables and cereals"),
    "fruit, vegetables and cereals (table olives)": _("table olives"),
    "fruit, vegetables and cereals fresh or processed": _("fruit, vegetables and cereals"),
    "fresh fish, molluscs, and crustaceans and products derived therefrom": _(
        "fish, molluscs and crustaceans"
    ),
    "handicraft": _("handicrafts"),
    "honey": _("honey"),
    "hops": _("hops"),
    "meat product": _("meat products"),
    "meat products": _("meat products"),
    "natural gums and resins": _("natural gums and resins"),
    "oils and fats": _("oils and fats"),
    "oils and fats (olive oil)": _("olive oil"),
    "olive oil": _("olive oil"),
    "other": _("other"),
    "other products of annex i of the treaty (spices etc.)": _("other agricultural products"),
    "pasta": _("pasta"),
    "spices": _("spices"),
    "spirit drink": _("spirits"),
    "tea": _("tea"),
    "vinegar": _("vinegar"),
    "wine": _("wine"),
}
_CLASS_NUMBER = re.compile(r"class \d+\.\d+\.\s*")


# The language that names from a country are mostly written in; countries with several are left out.
LANGUAGES = {
    "AT": "de", "BG": "bg", "CN": "zh-Hans", "CY": "el", "CZ": "cs", "DE": "de", "DK": "da", "ES": "es",
    "FR": "fr", "GB": "en", "GE": "ka", "GR": "el", "HR": "hr", "HU": "hu", "IE": "en", "IT": "it", "JP": "ja",
    "KR": "ko", "LT": "lt", "NL": "nl", "PL": "pl", "PT": "pt", "RO": "ro", "RU": "ru", "SE": "sv", "SI": "sl",
    "SK": "sk",
}  # fmt: skip


def countries(text: str) -> tuple[str, ...]:
    """Country codes of an entry; a name that spans countries has several, as in 'BE;DE;FR;NL'."""
    return tuple(part.strip().upper() for part in text.split(";") if part.strip())


def language_of(text: str) -> str:
    """The language of names from these countries, '' where they do not share one."""
    found = {LANGUAGES.get(code, "") for code in countries(text)}
    return found.pop() if len(found) == 1 else ""


def country_name(code: str) -> str:
    """The name of a country; a code that is not known stands for itself."""
    return str(COUNTRIES.get(code, code))


def goods(text: str) -> str:
    """A kind of goods in the language of the page, where it is one of the usual ones."""
    return str(GOODS.get(_CLASS_NUMBER.sub("", text.strip().lower()), text))
