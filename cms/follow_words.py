"""LEAF. Letters to followers: the secret in their links, the hour they are due, and what one letter holds."""

from __future__ import annotations

import base64
import datetime
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

# --- links

NAME_BYTES = 16
NAME_LENGTH = 22  # characters of so many bytes
SALT = "cms.follow/1"


def new_name() -> str:
    """A name for a row that nobody can guess: what the database holds of a link."""
    return secrets.token_urlsafe(NAME_BYTES)


def link_of(name: str) -> str:
    """The secret of a link in a letter: the name of the row and a seal under the secret key of the site.

    Who reads the database alone can make no link.
    """
    return name + _seal(name, settings.SECRET_KEY)


def name_in(link: str) -> str:
    """The name of the row that a link leads to, '' for a link that this site has not made.

    Links made under a secret key that was replaced work while it stands in SECRET_KEY_FALLBACKS.
    """
    name, seal = link[:NAME_LENGTH], link[NAME_LENGTH:]
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return name if any(constant_time_compare(_seal(name, key), seal) for key in keys) else ""


def _seal(name: str, key: str) -> str:
    digest = salted_hmac(SALT, name, secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest[:NAME_BYTES]).decode().rstrip("=")


# --- when

HOUR = 7  # of the register's time zone; weekly letters come on Monday
KEPT_UNCONFIRMED = datetime.timedelta(days=7)


def last_due(rhythm: str, now: datetime.datetime) -> datetime.datetime:
    """The latest moment up to `now` at which the letters of a rhythm ("daily", "weekly") were due."""
    local = timezone.localtime(now)
    due = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    step = datetime.timedelta(days=1)
    if rhythm == "weekly":
        due -= datetime.timedelta(days=due.weekday())
        step = datetime.timedelta(days=7)
    return due - step if due > local else due


# --- what


@dataclass(frozen=True)
class Window:
    """What a follower has not been told: entries with `after` < sequence <= `until`, pages from `since` to `to`."""

    after: int
    until: int
    since: datetime.datetime
    to: datetime.datetime

    def as_json(self) -> list[int | str]:
        """For the queue."""
        return [self.after, self.until, self.since.isoformat(), self.to.isoformat()]

    @classmethod
    def from_json(cls, written: Sequence[int | str]) -> Window:
        """What `as_json` wrote."""
        after, until, since, to = written
        parse = datetime.datetime.fromisoformat
        return cls(int(after), int(until), parse(str(since)), parse(str(to)))


@dataclass(frozen=True)
class Followed:
    """What can be followed, in the words of the active language. `kind`: a FollowedKind; `address`: its page.

    `is_typed`: name and address hold words that somebody typed; nobody is written to in them who did not type them.
    """

    kind: str
    key: str
    name: str
    address: str
    is_typed: bool = False

    @property
    def is_chinese(self) -> bool:
        """Whether the name has Chinese characters, which a page in English marks as such."""
        return any(letter >= "\u3400" for letter in self.name)


@dataclass(frozen=True)
class Item:
    """One thing that happened: a sentence, what it is about, the day it was told, and where to read more.

    `times`: how often the same was told on that day.
    """

    day: datetime.date
    sentence: str
    about: str
    address: str
    effective_on: datetime.date | None = None
    times: int = 1


@dataclass(frozen=True)
class Section:
    """What happened to one thing that is followed. `further`: how many more there are than `items`.

    `name`: of the row of the follower, for the link that ends it.
    """

    followed: Followed
    name: str
    items: tuple[Item, ...]
    further: int
