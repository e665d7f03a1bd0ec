"""LEAF. The answer when the database is away or too busy, or no file can be written: 503, not "something broke".

It is made where Django answers for an error (`handler500`): every transaction has been rolled back by then, whatever
raised the error, so that the page may say that nothing was stored.
"""

from __future__ import annotations

import errno

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

RETRY_AFTER = 10  # seconds
NOT_WRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})  # a disk that is full or for reading only
READ_ONLY = "25006"  # PostgreSQL: this server has just become a copy of another


def is_busy(error: BaseException | None) -> bool:
    """Whether an error says that database or disk cannot be used now; not that a question to them was wrong."""
    if isinstance(error, OSError):
        return error.errno in NOT_WRITABLE
    if not isinstance(error, DatabaseError | InterfaceError):
        return False
    if getattr(error.__cause__, "pgcode", None) == READ_ONLY:
        return True
    # SQLite reports a wrong statement as an "operational" error too.
    wrong = getattr(error.__cause__, "sqlite_errorname", "") == "SQLITE_ERROR"
    return isinstance(error, OperationalError | InterfaceError) and not wrong


def answer(request: HttpRequest) -> HttpResponse:
    """The page, or the same as a problem (RFC 9457) for a program. Asks no database."""
    response: HttpResponse
    if request.path_info.startswith("/api/"):
        problem = {
            "type": "about:blank",
            "title": "Service Unavailable",
            "status": 503,
            "detail": "The register is busy. Nothing was stored. Try again in a few seconds.",
        }
        response = JsonResponse(problem, status=503, content_type="application/problem+json")
    else:
        response = render(None, "503.html", status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response
