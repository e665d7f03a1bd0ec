"""What all writers do in the same way: ask for the permission, store what differs, write the journal.

A load of thousands of rows calls the same writers as a person does; inside `batch` their journal entries
are collected and written together, still in the transaction of the changes.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import JournalHead
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission

CHUNK = 500  # rows that `at_end` brings in step together


class Change(NamedTuple):
    """A value that differs."""

    before: Any
    after: Any


@dataclass
class Batch:
    """Journal entries to be written together."""

    by: Actor
    events: list[Event] = field(default_factory=list)
    later: dict[Callable[[set[int]], object], set[int]] = field(default_factory=dict)

    @contextmanager
    def row(self) -> Iterator[None]:
        """One row of a load: when it fails, its changes and its journal entries are both undone."""
        mark = len(self.events)
        try:
            with transaction.atomic():
                yield
        except BaseException:
            del self.events[mark:]
            raise

    def discard(self) -> None:
        """Undo everything at the end: what was tried is shown, not kept."""
        self.events.clear()
        self.later.clear()
        transaction.set_rollback(True)


_batch: ContextVar[Batch | None] = ContextVar("journal_batch", default=None)


@contextmanager
def batch(*, by: Actor) -> Iterator[Batch]:
    """One transaction for many calls of writers by the same actor, with one insert into the journal.

    It holds the journal's head from its start: of two loads at the same time the second waits and then sees
    what the first has done.
    """
    with transaction.atomic():
        JournalHead.objects.select_for_update().get_or_create(pk=1, defaults={"hash": journal.GENESIS})
        collected = Batch(by)
        token = _batch.set(collected)
        try:
            yield collected
        finally:
            _batch.reset(token)
        for function, keys in collected.later.items():
            ordered = sorted(keys)
            for start in range(0, len(ordered), CHUNK):
                function(set(ordered[start : start + CHUNK]))
        if collected.events:
            journal.record_all(collected.events, by=by)


def write(event: Event, *, by: Actor) -> None:
    """Put an event into the journal, or into the open batch of the same actor."""
    collected = _batch.get()
    if collected is not None and collected.by == by:
        collected.events.append(event)
    else:
        journal.record(event, by=by)


def at_end(function: Callable[[set[int]], object], key: int) -> None:
    """Call `function` with the key: at once, or in a batch at its end, with many keys together.

    For columns that only repeat what other rows say. A key may be of a row that was undone meanwhile.
    """
    collected = _batch.get()
    if collected is not None:
        collected.later.setdefault(function, set()).add(key)
    else:
        function({key})


def require(by: Actor, permission: Permission) -> None:
    """Refuse an actor whose role does not carry the permission."""
    if not by.has(permission):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))


def insert(record: models.Model) -> None:
    """Store a new row whose columns are valid. Raises `ValidationError` otherwise.

    SQLite would store texts that are too long; PostgreSQL would not: so it is checked here for both.
    """
    check(record)
    record.save(force_insert=True)


def check(record: models.Model) -> None:
    """Lengths, choices and blanks of the row's own columns; relations are left to the database."""
    record.clean_fields(exclude={column.name for column in record._meta.concrete_fields if column.is_relation})


def in_one_line(error: ValidationError) -> str:
    """The faults of a row's columns in one line."""
    return "; ".join(f"{column}: {' '.join(messages)}" for column, messages in error.message_dict.items())


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Change]:
    """The values of `after` that are not the same before."""
    return {name: Change(before[name], value) for name, value in after.items() if before[name] != value}


def update(record: models.Model, changes: Mapping[str, Change], columns: Iterable[str]) -> None:
    """Store those of the changes that are columns of the row itself."""
    own = [name for name in columns if name in changes]
    for name in own:
        setattr(record, name, changes[name].after)
    if own:
        check(record)
        record.save(update_fields=own)


def enter(
    record: models.Model,
    values: Mapping[str, Any],
    *,
    by: Actor,
    event: EventType,
    subject: Callable[[Any], Subject],
    source: str = "",
    effective_on: datetime.date | None = None,
) -> None:
    """Store a new row and write the journal entry that tells its values."""
    require(by, Permission.KEEP_REGISTER)
    insert(record)
    write(Event(event, subject(record), {"values": plain(values)}, effective_on, source), by=by)


def amend(
    record: models.Model,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    by: Actor,
    event: EventType,
    subject: Callable[[Any], Subject],
    source: str = "",
    columns: Iterable[str] | None = None,
) -> dict[str, Change]:
    """Store what differs in the row itself (`columns`, default all) and write it into the journal.

    Returns the differences; an amendment without any leaves no trace.
    """
    require(by, Permission.KEEP_REGISTER)
    changes = differences(before, after)
    if changes:
        update(record, changes, columns if columns is not None else changes)
        write(Event(event, subject(record), as_payload(changes), source=source), by=by)
    return changes


def as_payload(changes: Mapping[str, Change]) -> dict[str, Any]:
    """Changes as the journal keeps them."""
    return {"changes": {name: {"before": plain(old), "after": plain(new)} for name, (old, new) in changes.items()}}


def plain(value: Any) -> Any:
    """A value as text, whole number, boolean, None, list or map; rows of other tables by their name."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return str(getattr(value, "key", value))
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    parts = [plain(part) for part in value]
    return sorted(parts, key=str) if isinstance(value, set | frozenset) else parts

