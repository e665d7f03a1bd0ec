"""LEAF. What a browser says of itself: kind of device, whether a person looks, whether in Chinese.

All of it can be made up. Nothing here protects anything; it keeps counts honest where nobody cheats.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

# --- Kind of device ---

# The first whose words all stand in what the browser says. WeChat is most people's scanner and names its system.
DEVICES = (
    (("MicroMessenger/", "WindowsWechat"), "desktop"),
    (("MicroMessenger/", "MacWechat"), "desktop"),
    (("MicroMessenger/", "iPhone"), "wechat-ios"),
    (("MicroMessenger/", "iPad"), "wechat-ios"),
    (("MicroMessenger/",), "wechat-android"),
    (("HarmonyOS",), "harmony"),
    (("OpenHarmony",), "harmony"),
    (("iPhone",), "ios"),
    (("iPad",), "ios"),
    (("Android",), "android"),
    (("Windows NT",), "desktop"),
    (("Macintosh",), "desktop"),
    (("X11;",), "desktop"),
)
FAMILIES = {
    "wechat-android": _("WeChat on Android or HarmonyOS"),
    "wechat-ios": _("WeChat on iPhone"),
    "android": _("Android"),
    "harmony": _("HarmonyOS"),
    "ios": _("iPhone or iPad"),
    "desktop": _("computer"),
    "other": _("other device"),
}
READ = 600  # characters of a user agent that are read; real ones have 80 to 450


@lru_cache(maxsize=4096)  # a few hundred browsers make most of the visits
def device_family(user_agent: str) -> str:
    """One of `FAMILIES`: few enough to say nothing of a person, enough to tell two phones in one network apart."""
    said = user_agent[:READ]
    return next((family for words, family in DEVICES if all(word in said for word in words)), "other")


# --- Visits that are no scan ---

# Who opens an address without a person looking at the page: previews in messengers, crawlers, tools. WeChat's share
# cards are made on the phone and need no visit; its servers check addresses under names that nobody has published.
STARTS = (
    "axios", "curl/", "feedfetcher", "go-http", "guzzle", "java/", "mediapartners", "node", "okhttp/", "php", "postman",
    "ruby", "viber", "wget", "whatsapp/",
)  # fmt: skip
WORDS = (
    "crawl", "embedly", "externalagent", "externalfetcher", "externalhit", "google-inspectiontool",
    "google-read-aloud", "headlesschrome", "httpclient", "iframely", "libwww", "lighthouse", "mastodon/", "phantomjs",
    "pinterest/", "preview", "python", "scrapy", "slurp", "spider", "unfurl", "uptime", "vkshare",
)  # fmt: skip
BOT = re.compile("(?<!cu)bot")  # Cubot makes phones


@lru_cache(maxsize=4096)
def is_machine(user_agent: str) -> bool:
    """Whether what opens a page names itself a crawler, a maker of previews or a tool."""
    said = user_agent[:READ].lower()
    if said.startswith(STARTS) or any(word in said for word in WORDS):
        return True
    return "bot" in said and BOT.search(said) is not None


AHEAD = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
AHEAD_HEADERS = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")


def is_preview(request: HttpRequest) -> bool:
    """Whether nobody looks at the answer (HEAD, loading ahead, link previews, crawlers): such a visit is no scan."""
    if request.method == "HEAD" or is_machine(request.META.get("HTTP_USER_AGENT", "")):
        return True
    return any(AHEAD.search(request.META.get(header, "")) for header in AHEAD_HEADERS)


# --- Language ---

LANGUAGES_READ = 100
QUALITY = re.compile(r"^\s*q\s*=\s*(1(?:\.0{0,3})?|0(?:\.\d{0,3})?)\s*$", re.IGNORECASE)


@lru_cache(maxsize=1024)
def prefers_chinese(accept_language: str) -> bool:
    """Whether a page that has Chinese and English is better shown in Chinese to whoever sends this header.

    Chinese without a header or with nothing but "*" in it, and where any Chinese ranks before English; English for
    all others, for who lists neither is a visitor from elsewhere. What cannot be read is passed over.
    """
    best: dict[str, float] = {}
    for entry in accept_language.split(",", LANGUAGES_READ)[:LANGUAGES_READ]:
        tag, *rest = entry.split(";")
        quality = QUALITY.match(rest[0]) if rest else None
        language = re.match(r"\s*([a-z]{2,8})(?:-[a-z0-9-]*)?\s*$", tag, re.IGNORECASE)
        if language and (quality or not rest):
            name = language[1].lower()
            rank = float(quality[1]) if quality else 1.0
            if rank > best.get(name, 0.0):
                best[name] = rank
    chinese, english = best.get("zh", 0.0), best.get("en", 0.0)
    if chinese and chinese == english:  # the one listed first
        return list(best).index("zh") < list(best).index("en")
    return chinese > english if chinese or english else not best
