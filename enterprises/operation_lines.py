"""READER. The operator's page in words: every line with its figure, its time, and whether it wants attention."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import dateparse, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enterprises import operation_facts
from enterprises.label_facts import quantity_text
from enterprises.operation_facts import DEGRADED, FAILED, OK, Check, Figures, Notes
from gi_registry import software

BACKUP_DUE = 26 * 3600  # seconds: a day and some time to make it
PROOF_DUE = 26 * 3600
CHECKS: dict[str, str | Promise] = {
    "database": gettext_lazy("Database"),
    "migrations": gettext_lazy("Tables in step with the software"),
    "time": gettext_lazy("Time of this machine"),
    "worker": gettext_lazy("Worker and queue"),
    "cache": gettext_lazy("Cache"),
    "disk": gettext_lazy("Disk"),
}
WORDS: dict[str, tuple[str, str | Promise]] = {  # kind of pill, word
    OK: ("live", gettext_lazy("in order")),
    DEGRADED: ("look", gettext_lazy("look at it")),
    FAILED: ("stopped", gettext_lazy("broken")),
    "": ("", ""),
}


@dataclass(frozen=True)
class Line:
    """What is looked at, what was seen, since when; `kind` and `word` of its pill."""

    label: str
    text: str
    at: datetime.datetime | None
    kind: str
    word: str


@dataclass(frozen=True)
class Section:
    """Lines that belong together."""

    title: str
    lines: list[Line]


def sections() -> list[Section]:
    """The whole page, looked up now."""
    now = timezone.now()
    found, figures, notes = operation_facts.checks(), operation_facts.figures_or_none(), operation_facts.notes()
    return [
        Section(_("This server"), [*(_check(one, now) for one in found), *_server(figures, now)]),
        Section(_("Work that waits"), _work(figures, notes, now)),
        Section(_("Safe keeping"), _keeping(figures, notes, now)),
        Section(_("Labels"), _labels(figures)),
    ]


def _line(label: Any, text: Any, at: datetime.datetime | None, state: str = "") -> Line:
    kind, word = WORDS[state]
    return Line(str(label), str(text), at, kind, str(word))


def _check(check: Check, now: datetime.datetime) -> Line:
    seen = check.seen
    texts = {
        "migrations": lambda: _number(
            ngettext("{number} step is missing", "{number} steps are missing", seen["missing"]), seen["missing"]
        ),
        "time": lambda: _("off by {number} s").format(number=seen["off_seconds"]),
        "worker": lambda: _("longest wait {time}").format(time=span(seen["oldest_waits_seconds"])),
        "disk": lambda: _("{size} free").format(size=filesizeformat(seen["free_bytes"])),
    }
    if "fault" in seen:
        text = _("no answer ({fault})").format(fault=seen["fault"])
    elif check.name in texts:
        text = texts[check.name]()
    else:
        text = _("answered in {number} ms").format(number=seen["ms"])
    return _line(CHECKS[check.name], text, now, check.state)


def _server(figures: Figures | None, now: datetime.datetime) -> Iterable[Line]:
    if figures:
        yield _line(_("Size of the database"), filesizeformat(figures.database_bytes), figures.at)
    yield _line(_("Version of the software"), software.version(), now)
    shared = settings.CACHES["default"]["BACKEND"].rpartition(".")[2] != "LocMemCache"
    text = _("shared by all processes") if shared else _("one for each process: limits and figures are kept apart")
    yield _line(_("Memory of limits"), text, now)


def _work(figures: Figures | None, notes: Notes, now: datetime.datetime) -> list[Line]:
    silent = operation_facts.seconds_since(notes.worker.get("at"), now)
    text = _("no sign on this machine") if silent is None else _("last sign {time} ago").format(time=span(silent))
    state = "" if silent is None else DEGRADED if silent > operation_facts.SILENT else OK
    lines = [_line(_("Worker"), text, moment(notes.worker), state)]
    if figures:
        waits, late = figures.queue, sum(figures.overdue.values())
        text = _("{waiting} waiting, {running} in hand, longest wait {time}").format(
            waiting=waits.waiting, running=waits.running, time=span(waits.oldest_seconds)
        )
        long = waits.oldest_seconds > operation_facts.WAITING_LONG
        lines += [
            _line(_("Queue"), text, figures.at, DEGRADED if long else OK),
            _line(_("Given up after five tries"), waits.failed, figures.at, DEGRADED if waits.failed else OK),
            _line(
                _("Clocks overdue"),
                _("{applications} of applications, {cases} of protection cases").format(
                    applications=figures.overdue["application"], cases=figures.overdue["case"]
                ),
                figures.at, DEGRADED if late else OK,
            ),
        ]  # fmt: skip
    return lines


def _keeping(figures: Figures | None, notes: Notes, now: datetime.datetime) -> list[Line]:
    lines = []
    if figures:
        text = _("entry {number}").format(number=figures.journal_head)
        lines.append(_line(_("Last entry of the journal"), text, figures.at))
    text = _("never on this machine") if not notes.verified else _("entry {number}, {hash}…").format(
        number=notes.verified.get("sequence", "?"), hash=str(notes.verified.get("hash", ""))[:16]
    )
    lines.append(_line(_("Journal last proved"), text, moment(notes.verified), _due(notes.verified, PROOF_DUE, now)))
    backup = notes.backup
    if not backup:
        text = _("no backup noted")
    elif not backup.get("ok"):
        text = _("failed; the log of the command says why")
    else:
        sequence = next(iter(backup.get("journal_head") or []), "?")  # [sequence, hash]
        text = _("{size}, up to entry {number}").format(
            size=filesizeformat(backup.get("bytes") or 0), number=sequence
        )
    lines.append(_line(_("Last backup"), text, moment(backup), _due(backup, BACKUP_DUE, now)))
    text = _("made") if notes.open_data else _("none made on this machine")
    lines.append(_line(_("Open data"), text, moment(notes.open_data)))
    return lines


def _due(note: dict[str, Any], seconds: int, now: datetime.datetime) -> str:
    if note and not note.get("ok"):
        return FAILED
    age = operation_facts.seconds_since(note.get("at"), now)
    return DEGRADED if age is None or age > seconds else OK


def _labels(figures: Figures | None) -> list[Line]:
    if figures is None:
        return []
    labels = figures.labels
    text = _("{issued} issued = {waiting} waiting + {active} active + {void} void + {returned} returned").format(
        **{name: f"{number:,}" for name, number in labels.items()}
    )
    certified = [quantity_text(amount, unit) for unit, amount in figures.certified.items() if amount]
    return [
        _line(_("Sum of all ledgers"), text, figures.at, OK if figures.ledgers_agree else FAILED),
        _line(_("Certified output"), " · ".join(certified) or _("none"), figures.at),
    ]


def moment(note: dict[str, Any]) -> datetime.datetime | None:
    """When something was noted, in the register's time; None where it was not, or cannot be read."""
    try:
        found = dateparse.parse_datetime(str(note.get("at")))
    except ValueError:
        return None
    if found is None:
        return None
    return timezone.localtime(timezone.make_aware(found) if timezone.is_naive(found) else found)


def _number(text: str, number: int) -> str:
    return text.format(number=number)


def span(seconds: int | None) -> str:
    """A length of time in its largest unit: '0 s', '12 min', '3 h', '5 d'."""
    number = seconds or 0
    for size, text in ((86_400, _("{number} d")), (3_600, _("{number} h")), (60, _("{number} min"))):
        if number >= size:
            return _number(text, number // size)
    return _number(_("{number} s"), number)
