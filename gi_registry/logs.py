"""LEAF. What is written into logs and mails about errors: enough to find a fault, and nothing of a person.

No address of a visitor, no path (secret links and codes of labels stand there), no query, nothing that was typed. A
request is told by the name of its address in `urls.py`, and by a reference that its answer carries too. Of an
exception the kind and the places in the code are told; its message only where it tells of machines, because
those of databases and forms repeat what was typed.
"""

from __future__ import annotations

import datetime
import logging
import re
import secrets
import sys
import threading
import time
import traceback
from contextvars import ContextVar, Token
from pathlib import Path
from typing import Any

from django.db.utils import InterfaceError, OperationalError
from django.http import HttpRequest
from pythonjsonlogger.json import JsonFormatter

SILENCE = 600.0  # seconds in which one fault is told by one mail
MOST_MAILS = 20  # of all faults of a process within that time
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
TELLING = (OSError, OperationalError, InterfaceError)  # their messages name machines, files and time-outs
EXTRA = ("method", "status", "ms", "user")
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


# --- The request in hand ---


def begin(request: HttpRequest) -> Token[HttpRequest | None]:
    """From here on every line belongs to this request. A proxy's X-Request-ID is kept where it is well-formed."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    request.reference = given if WELL_FORMED.fullmatch(given) else secrets.token_hex(8)  # type: ignore[attr-defined]
    return _request.set(request)


def end(token: Token[HttpRequest | None]) -> None:
    """The request is answered."""
    _request.reset(token)


def reference() -> str:
    """What a caller can quote and the logs can be searched for; "" where no request is in hand."""
    return getattr(_request.get(), "reference", "")


def route_of(request: HttpRequest | None) -> str:
    """The name of an address, as in 'enterprises:desk_case'; "" where none was found."""
    match = getattr(request, "resolver_match", None)
    return str(match.view_name or match.route) if match else ""


def process_name() -> str:
    """What this process does: 'web', or the command of manage.py ('work')."""
    script, *words = [Path(sys.argv[0]).name, *sys.argv[1:]] if sys.argv else [""]
    return words[0] if script == "manage.py" and words and words[0] != "runserver" else "web"


# --- Lines ---


def told(kind: type[BaseException] | None, fault: BaseException | None) -> str:
    """An exception and what led to it: places in the code, kinds, no values."""
    lines: list[str] = []
    seen: set[int] = set()
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        message = f": {fault}" if isinstance(fault, TELLING) else ""
        frames = traceback.extract_tb(fault.__traceback__)
        places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        lines = [*places, f"{type(fault).__module__}.{type(fault).__qualname__}{message}", *lines]
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    return "\n".join(lines)


def said(record: logging.LogRecord) -> str:
    """The message. Django's own lines about requests name the path; the name of the address stands there instead."""
    request = getattr(record, "request", None)
    if request is None or record.name == "django.server":  # of a developer's own server
        return record.getMessage()
    args = record.args if isinstance(record.args, tuple) else ()
    known = tuple(route_of(request) or "-" if isinstance(one, str) and "/" in one else one for one in args)
    return record.msg % known if known and isinstance(record.msg, str) else "A request failed."


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """All that a line tells."""
    request = getattr(record, "request", None) or _request.get()
    found: dict[str, Any] = {
        "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "process": process_name(),
        "message": said(record),
        "request_id": getattr(request, "reference", ""),
        "route": route_of(request),
    }
    found |= {name: getattr(record, name) for name in EXTRA if hasattr(record, name)}
    if record.exc_info and record.exc_info[1]:
        found["fault"] = told(record.exc_info[0], record.exc_info[1])
    return {name: value for name, value in found.items() if value != ""}


class JsonLine(JsonFormatter):
    """One line of JSON for each record, with the fields above and no others."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return self.serialize_log_record(fields(record))


class PlainLine(logging.Formatter):
    """One line for people, with the fault beneath it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told_of = fields(record)
        more = [str(told_of[name]) for name in ("method", "route", "status", "request_id") if name in told_of]
        head = " ".join([told_of["time"], told_of["level"], told_of["logger"], told_of["message"], *more])
        return f"{head}\n{self.formatException(record.exc_info)}" if record.exc_info else head


# --- Mails ---


class ErrorMail(logging.Handler):
    """Tells the operators of an error by mail; of the same one at most once in ten minutes in each process."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.last: dict[tuple[Any, ...], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Send it, by a thread of its own: nobody's answer waits for a mail server."""
        now = time.monotonic()
        key = self._key(record)
        more = self.last.get(key, (0.0, 0))[1]
        self.last = {one: kept for one, kept in self.last.items() if now - kept[0] < SILENCE}
        if key in self.last:
            self.last[key] = (self.last[key][0], more + 1)
            return
        if len(self.last) >= MOST_MAILS:
            return
        self.last[key] = (now, 0)
        found = fields(record)
        fault = found.pop("fault", "")
        lines = [*(f"{name}: {value}" for name, value in found.items()), f"before this, not told: {more}", "", fault]
        kind = fault.rpartition("\n")[2].partition(":")[0] or found["message"]
        subject = " ".join(f"[register] {kind} {found.get('route', '')}".split())[:120]
        threading.Thread(target=_mail, args=(subject, "\n".join(lines))).start()

    def _key(self, record: logging.LogRecord) -> tuple[Any, ...]:
        fault = record.exc_info[1] if record.exc_info else None
        frames = traceback.extract_tb(fault.__traceback__) if fault else []
        place = (frames[-1].filename, frames[-1].lineno) if frames else ()
        return (record.name, str(record.msg), type(fault), *place)


def _mail(subject: str, text: str) -> None:
    from django.conf import settings
    from django.core.mail import EmailMessage

    to = [address for _name, address in settings.ADMINS]
    try:
        EmailMessage(subject, text, settings.SERVER_EMAIL, to).send()
    except Exception as fault:  # an error here must not be told by mail
        logging.getLogger(__name__).warning("A mail about an error could not be sent: %s", type(fault).__name__)


# --- Settings ---


def configuration(level: str, form: str, *, mails: bool) -> dict[str, Any]:
    """`LOGGING` of the settings. `form`: json (one object a line) or line; `mails`: whether operators are named."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": JsonLine, "json_ensure_ascii": False, "json_default": str},
            "line": {"()": PlainLine},
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": form},
            "mail": {"()": ErrorMail},
        },
        "loggers": {
            # Django's own handler would mail settings and local variables.
            "django": {"handlers": [], "level": "INFO"},
            # Addresses that lead nowhere are no warning: guessed label codes would fill the log.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},  # so are guessed host names
            "gi.requests": {"level": "INFO" if form == "json" else "WARNING"},
        },
        "root": {"handlers": ["stderr", "mail"] if mails else ["stderr"], "level": level},
    }


