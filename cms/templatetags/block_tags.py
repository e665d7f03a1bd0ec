"""What the pieces of a text ask the register, and small words for tables and videos. EDGE."""

import datetime
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from cms import live_figures, live_records
from gi_registry.language_runs import marked
from products.models import Announcement
from products.states import Category

register = template.Library()
THIN_SPACE = "\u202f"  # between thousands, as `grouped` writes it


@register.simple_tag
def today() -> datetime.date:
    """The day the live pieces answer for."""
    return timezone.localdate()


@register.simple_tag
def product_cards(value: Any) -> live_records.Cards:
    """The products that a piece names or asks for."""
    return live_records.product_cards(value)


@register.simple_tag
def users_of_product(value: Any) -> live_records.Users | None:
    """Who may use the mark for the product of a piece; None where there is no such product any more."""
    return live_records.users_of(value["product"], value["limit"]) if value["product"] else None


@register.simple_tag
def counts_of_agreement(value: Any) -> live_figures.Recognition | None:
    """The counts of the agreement of a piece; None where there is no such agreement any more."""
    return live_figures.recognition_of(value["agreement"]) if value["agreement"] else None


@register.simple_tag
def coverage_of_list(value: Any) -> live_figures.Coverage | None:
    """The figures of the poverty list of a piece; None where there is no such list any more."""
    if not value["poverty_list"]:
        return None
    return live_figures.coverage_of(value["poverty_list"], value["province"], with_map=value["with_map"])


@register.simple_tag
def announcements_of_piece(value: Any) -> list[Announcement]:
    """The latest announcements that a piece asks for."""
    return live_records.latest_announcements(value["product"], value["limit"])


@register.filter
def category_words(category: str) -> str:
    """A kind of goods in words."""
    return str(Category(category).label)


@register.simple_tag(takes_context=True)
def typed(context: template.Context, text: Any) -> SafeString:
    """What an editor typed, with names in the other language marked: the editor of rich text keeps no such marks."""
    return marked(text, getattr(context.get("page"), "text_language", None) or get_language() or "zh-hans")


# --- tables


@register.filter
def table_rows(table: Any) -> list[list[dict[str, Any]]]:
    """The rows of a table; each cell with the heading of its column, numbers written as the register does."""
    columns = [(column["heading"], column["block"].name == "number") for column in table.columns]
    return [
        [
            {"heading": heading, "is_number": is_number, "text": _cell(cell.value)}
            for (heading, is_number), cell in zip(columns, row, strict=True)
        ]
        for row in table.rows
    ]


def _cell(value: Any) -> Any:
    """A number without needless zeros and with its thousands set apart; anything else as it is."""
    if not isinstance(value, Decimal):
        return "" if value is None else value
    shown = f"{value:,f}".replace(",", THIN_SPACE)
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


# --- videos


@dataclass(frozen=True)
class Video:
    """How a video is offered: `plays` only after a click, and only where the operator allows its host."""

    key: str
    host: str
    may_play: bool
    plays: bool


@register.simple_tag(takes_context=True)
def video_of(context: template.Context, value: Any) -> Video:
    """What may be done with the video of a piece. The click is a link of this page: nothing is loaded before."""
    address = urlsplit(value["address"])
    host = address.hostname or ""
    key = hashlib.sha256(value["address"].encode()).hexdigest()[:8]
    may_play = address.scheme == "https" and host in settings.VIDEO_HOSTS
    request = context.get("request")
    asked = request.GET.get("play") if request is not None else ""
    return Video(key, host, may_play, may_play and asked == key)
