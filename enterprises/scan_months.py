"""LEAF. The months by which scans are kept and forgotten: those of UTC, like the keys of visitors.

A month is named by its first day. Minutes are whole minutes since 1970 (UTC).
"""

from __future__ import annotations

import datetime

KEEP_DAYS = 90  # nothing of a visitor is kept for longer


def month_of(day: datetime.date) -> datetime.date:
    """The month of a day."""
    return day.replace(day=1)


def following(month: datetime.date) -> datetime.date:
    """The month after."""
    return month_of(month + datetime.timedelta(days=31))


def first_minute(month: datetime.date) -> int:
    """The minute with which a month begins."""
    return int(datetime.datetime(month.year, month.month, 1, tzinfo=datetime.UTC).timestamp()) // 60


def first_kept(today: datetime.date) -> datetime.date:
    """The oldest month that is kept whole: none of its scans is older than 90 days. All before it are forgotten."""
    edge = today - datetime.timedelta(days=KEEP_DAYS)
    return edge if edge.day == 1 else following(edge)
