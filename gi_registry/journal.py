"""The journal: what was decided, when, in which role, and proof that nobody rewrote it.

Writers call `record` inside the transaction of the change itself. Each entry carries the SHA-256 of its
own content and of the entry before (canonical JSON, RFC 8785), so that changing or dropping any entry
breaks every hash after it.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from django.db import connection, transaction
from django.utils import timezone

from gi_registry import journal_guards
from gi_registry.event_types import EventType
from gi_registry.models import Division, JournalEntry, JournalHead, User
from gi_registry.roles import RULES, Permission, Role

GENESIS = "0" * 64
# What an entry's hash covers, in the names of its columns.
HASHED = [
    "sequence", "recorded_at", "event_type", "effective_on", "actor", "actor_role", "actor_division", "subject_kind",
    "subject_id", "subject_label", "parent_kind", "parent_id", "source", "payload", "previous_hash",
]  # fmt: skip


@dataclass(frozen=True)
class Actor:
    """Who acts: an opaque reference, the role acted in, and the division it is held for."""

    reference: str
    role: Role
    division: Division | None = None

    @classmethod
    def system(cls, name: str) -> Actor:
        """A command of the operator, such as the load of reference data."""
        return cls(reference=f"system:{name}", role=Role.SYSTEM)

    @classmethod
    def user(cls, user: User, role: Role, division: Division | None = None) -> Actor:
        """A signed-in person; the name stays out of the journal."""
        return cls(reference=f"user:{user.pk}", role=role, division=division)

    @property
    def person(self) -> int:
        """Key of the person who acts. Raises ValueError for a command: some steps need a person."""
        kind, _colon, key = self.reference.partition(":")
        if kind != "user":
            raise ValueError(f"{self.reference} is no person")
        return int(key)

    def has(self, permission: Permission) -> bool:
        """Whether the role carries the permission; the territory is asked in `territory.may`."""
        return permission in RULES[self.role].permissions


@dataclass(frozen=True)
class Subject:
    """What an entry is about, and what that belongs to. All frozen as text."""

    kind: str
    reference: str
    label: str
    parent_kind: str = ""
    parent_reference: str = ""


@dataclass(frozen=True)
class Event:
    """One thing to write down. `payload` is public and holds text, whole numbers, booleans, None, lists, maps."""

    type: EventType
    subject: Subject
    payload: Mapping[str, Any]
    effective_on: datetime.date | None = None
    source: str = ""


def record(event: Event, *, by: Actor) -> JournalEntry:
    """Write one entry; must run inside the transaction of the change it tells of."""
    return record_all([event], by=by)[0]


def record_all(events: Iterable[Event], *, by: Actor) -> list[JournalEntry]:
    """Write entries in order with one insert. Raises TransactionManagementError outside a transaction."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("The journal is written in the transaction of its change.")
    # The lock on this row is what keeps the sequence without gaps; SQLite locks the whole file at BEGIN.
    head, _created = JournalHead.objects.select_for_update().get_or_create(pk=1, defaults={"hash": GENESIS})
    now = timezone.now()
    entries = []
    for event in events:
        entry = JournalEntry(
            sequence=head.sequence + 1,
            recorded_at=now,
            event_type=event.type,
            effective_on=event.effective_on,
            actor=by.reference,
            actor_role=by.role,
            actor_division=by.division.code if by.division else "",
            subject_kind=event.subject.kind,
            subject_id=event.subject.reference,
            subject_label=event.subject.label[:200],
            parent_kind=event.subject.parent_kind,
            parent_id=event.subject.parent_reference,
            source=event.source[:400],
            payload=dict(event.payload),
            previous_hash=head.hash,
        )
        entry.hash = digest(entry)
        head.sequence, head.hash = entry.sequence, entry.hash
        entries.append(entry)
    JournalEntry.objects.bulk_create(entries, batch_size=200)
    head.save()
    return entries


def digest(entry: JournalEntry) -> str:
    """SHA-256 in hex over the canonical JSON of everything but the hash itself."""
    return hashlib.sha256(rfc8785.dumps(as_json(entry))).hexdigest()


def as_json(entry: JournalEntry) -> dict[str, Any]:
    """The hashed content of an entry; dates as ISO 8601, the time in UTC with microseconds."""
    content = {name: getattr(entry, name) for name in HASHED}
    content["recorded_at"] = entry.recorded_at.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    content["effective_on"] = entry.effective_on.isoformat() if entry.effective_on else None
    content["event_type"], content["actor_role"] = str(entry.event_type), str(entry.actor_role)
    return content


def verify() -> Iterator[str]:
    """Every broken rule of the chain as a sentence; nothing when the journal is whole."""
    sequence, previous = 0, GENESIS
    for entry in JournalEntry.objects.order_by("sequence").iterator(chunk_size=2000):
        if entry.sequence != sequence + 1:
            yield f"Entry {sequence + 1} is missing: entry {entry.sequence} follows entry {sequence}."
        if entry.previous_hash != previous:
            yield f"Entry {entry.sequence} does not name the hash of the entry before it."
        if digest(entry) != entry.hash:
            yield f"Entry {entry.sequence} was changed: its content does not give its hash."
        sequence, previous = entry.sequence, entry.hash
    head = JournalHead.objects.filter(pk=1).first()
    if (head.sequence, head.hash) != (sequence, previous) if head else sequence:
        yield f"The journal's head does not match its last entry {sequence}."
    if not journal_guards.installed(connection):
        yield "The database triggers that guard the journal are missing."
