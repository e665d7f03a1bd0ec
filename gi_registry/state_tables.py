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

    `guard` gets the record and returns a sentence that says why not, or nothing.
    """

    name: str
    label: str | Promise
    sources: frozenset[str]
    target: str
    permission: Permission
    event: EventType
    needs_reason: bool = False
    guard: Callable[[Any], str | Promise | None] = field(default=lambda record: None)
