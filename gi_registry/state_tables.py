"""The shape of a state table: each app lists its moves as rows in its `states.py`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from gi_registry.event_types import EventType
from gi_registry.roles import Permission


@dataclass(frozen=True)
class Move:
    """One row of a state table.

    `guard` gets the record and the actor and returns a sentence that says why not, or nothing. What the actor
    may do at all follows from `permission`, and from the territory that its role is held for.
    """

    name: str
    label: str | Promise
    sources: frozenset[str]
    target: str
    permission: Permission
    event: EventType
    needs_reason: bool = False
    guard: Callable[[Any, Any], str | Promise | None] = field(default=lambda record, by: None)


class MoveRefused(Exception):
    """A move that cannot be made. `code` is for machines, the message for the person who tried."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
