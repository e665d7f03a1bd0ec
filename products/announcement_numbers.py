"""LEAF. Numbers of announcements (公告号) as sources write them.

AQSIQ and the provinces number by year; CNIPA and the ministries of agriculture run one series over all years,
so there the number alone is the key and a year that a site added is only a date.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gi_registry import partial_dates


class Issuer(TextChoices):
    AQSIQ = "aqsiq", _("General Administration of Quality Supervision, Inspection and Quarantine")
    CNIPA = "cnipa", _("China National Intellectual Property Administration")
    MOA = "moa", _("Ministry of Agriculture")
    MARA = "mara", _("Ministry of Agriculture and Rural Affairs")
    PROVINCIAL = "provincial", _("Provincial body")
    OTHER = "other", _("Other or not stated")


class KindHint(TextChoices):
    MARK_USE = "mark_use", _("Use of the special mark")


ISSUER_NAMES = {
    "质检总局": Issuer.AQSIQ,
    "国家质检总局": Issuer.AQSIQ,
    "国家质量监督检验检疫总局": Issuer.AQSIQ,
    "国家知识产权局": Issuer.CNIPA,
    "农业部": Issuer.MOA,
    "中华人民共和国农业部": Issuer.MOA,
    "农业农村部": Issuer.MARA,
    "中华人民共和国农业农村部": Issuer.MARA,
}
RUNNING_SERIES = frozenset({Issuer.CNIPA, Issuer.MOA, Issuer.MARA})


@dataclass(frozen=True)
class ParsedAnnouncement:
    """What an announcement number says.

    `issuer_text`: the issuer's name as written, '' if the text names none. `year`: only for series that start
    anew each year. `number`: None if the source shows none. `date_text`: a date stated beside the number, in a form
    that `partial_dates.parse` reads, or ''. `note`: other remarks in brackets. `text`: the cell as given, trimmed.
    """

    issuer: Issuer
    issuer_text: str
    year: int | None
    number: int | None
    kind_hint: KindHint | None
    date_text: str
    note: str
    text: str

    @property
    def key(self) -> tuple[str, str, int | None, int] | None:
        """Identity (issuer, issuer's name where the issuer is no single body, year, number); None without number."""
        if self.number is None:
            return None
        name = self.issuer_text if self.issuer in (Issuer.PROVINCIAL, Issuer.OTHER) else ""
        return (self.issuer.value, name, self.year, self.number)


_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_ZEROS = str.maketrans("○〇", "零零")  # U+25CB, U+3007: both stand for zero in printed numbers
_CHINESE_NUMBER = "零一二三四五六七八九十百千"

_LAST_BRACKET = re.compile(r" ?\(([^()]*)\) ?$")
_HEAD = re.compile(
    r"(?P<issuer>[^0-9()\[\]〔〕号]*?)(?P<word>公告|announcement)?"
    r"(?:[\[〔(]?(?P<year>[0-9]{4}|[零一二三四五六七八九]{4})(?:[\]〕)]?年|[\]〕)]|(?=第)))?"
    rf"(?:第?(?P<number>[0-9]+|[{_CHINESE_NUMBER}]+)号(?:公告)?)?"
)
_PROVINCE = re.compile(r"\w{2,8}?(?:省|自治区|市|生产建设兵团)")
_MARK_WORDS = ("专用标志", "special mark")


def chinese_number(text: str) -> int:
    """Value of a number in Arabic or Chinese digits: '475', '四七五', '五○八', '四十二', '一百零八'.

    Raises ValueError for anything else.
    """
    text = unicodedata.normalize("NFKC", text).translate(_ZEROS)
    if re.fullmatch(r"[0-9]+", text):
        return int(text)
    if not text or any(character not in _CHINESE_NUMBER for character in text):
        raise ValueError(f"{text!r} is not a number")
    if not any(character in _UNITS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text))
    total = digit = 0
    for character in text:
        if character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit


def parse(text: str) -> ParsedAnnouncement:
    """Read one announcement number with the remarks in brackets behind it.

    Raises ValueError, naming the text, if it is neither numbered nor called an announcement.
    """
    folded = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().translate(_ZEROS)
    head, remarks = _split_remarks(folded)
    match = _HEAD.fullmatch(head.replace(" ", ""))
    if match is None or not (match["word"] or match["number"]):
        raise ValueError(f"{text.strip()!r} is not an announcement number")
    issuer_text = match["issuer"]
    issuer = _issuer(issuer_text)
    year = chinese_number(match["year"]) if match["year"] else None
    date_text, note = _date_and_note(remarks)
    if issuer in RUNNING_SERIES and year is not None:
        date_text, year = date_text or str(year), None
    return ParsedAnnouncement(
        issuer=issuer,
        issuer_text=issuer_text,
        year=year,
        number=chinese_number(match["number"]) if match["number"] else None,
        kind_hint=KindHint.MARK_USE if any(word in folded for word in _MARK_WORDS) else None,
        date_text=date_text,
        note=note,
        text=text.strip(),
    )


def parse_list(cell: str) -> list[ParsedAnnouncement]:
    """Read a cell of announcement numbers separated by semicolons; an empty cell is an empty list."""
    return [parse(part) for part in re.split(r"[;；]", cell) if part.strip()]


def _split_remarks(text: str) -> tuple[str, list[str]]:
    """Cut off the brackets at the end; '(2006)年第109号' keeps its bracketed year in the head."""
    remarks: list[str] = []
    while match := _LAST_BRACKET.search(text):
        remarks[:0] = [part.strip() for part in match[1].split(",")]
        text = text[: match.start()]
    return text, remarks


def _date_and_note(remarks: list[str]) -> tuple[str, str]:
    dates = [remark for remark in remarks if _is_date(remark)]
    notes = [remark for remark in remarks if remark and remark not in dates and remark not in _MARK_WORDS]
    return (dates[0] if dates else ""), ", ".join(notes)


def _is_date(text: str) -> bool:
    try:
        return partial_dates.parse(text) is not None
    except ValueError:
        return False


def _issuer(name: str) -> Issuer:
    if name in ISSUER_NAMES:
        return ISSUER_NAMES[name]
    # A national body has 国家 or 中华 in front; '市' inside 国家市场监督管理总局 is no city.
    if not name.startswith(("国家", "中华")) and _PROVINCE.match(name):
        return Issuer.PROVINCIAL
    return Issuer.OTHER
