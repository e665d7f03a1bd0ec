"""Many callers at the same moment, each with a database connection of its own; for the tests and the benchmark.

A race is a list of calls that all wait at a barrier. Whoever is refused gets a `MoveRefused` with a sentence; any
other exception (a deadlock, "database is locked") is an error of the register.
"""

import shutil
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from enterprises import announcing, drafts
from enterprises.application_models import MarkApplication
from enterprises.models import Authorisation, Enterprise, Membership
from enterprises.states import ApplicationKind, ApplicationState, DocumentKind
from gi_registry.models import JournalEntry, User
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from tests.case_world import STEPS, World, demo_code, pdf

# What a caller may be told who came a moment too late.
TOO_LATE = {"someone_was_faster", "wrong_state"}


@dataclass
class Outcome:
    """How a race ended: what the winners returned, how the others were refused, and what must not happen."""

    results: list[Any] = field(default_factory=list)
    refused: list[MoveRefused] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    @property
    def codes(self) -> set[str]:
        return {refusal.code for refusal in self.refused}

    def faults(self, *, winners: int = 1, codes: set[str] = TOO_LATE) -> list[str]:
        """What is wrong with a race that should have had so many winners; nothing when all is well."""
        found = [f"{type(error).__name__}: {error}" for error in self.errors]
        if len(self.results) != winners:
            found.append(f"{len(self.results)} winners instead of {winners}")
        if unknown := self.codes - codes:
            found.append(f"refused as {', '.join(sorted(unknown))}")
        if any(len(str(refusal)) < 8 for refusal in self.refused):
            found.append("somebody was refused without a sentence")
        return found


class Crowd:
    """Threads that stand ready for one race after the other; each keeps a database connection of its own."""

    def __init__(self, size: int) -> None:
        self.size, self.pool = size, ThreadPoolExecutor(size)

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_error: object) -> None:
        self.at_once([connections.close_all] * self.size)  # each in its own thread, because all wait for all
        self.pool.shutdown()

    def at_once(self, calls: Sequence[Callable[[], object]]) -> Outcome:
        """Make all calls at the same moment, and wait for all."""
        assert len(calls) <= self.size
        outcome, barrier = Outcome(), threading.Barrier(len(calls))

        def run(call: Callable[[], object]) -> None:
            try:
                connection.ensure_connection()  # the race is about the change, not about connecting
                barrier.wait(timeout=60)
                outcome.results.append(call())
            except MoveRefused as refusal:
                outcome.refused.append(refusal)
            except BaseException as error:
                barrier.abort()
                outcome.errors.append(error)

        wait([self.pool.submit(run, call) for call in calls])
        return outcome


def at_once(calls: Sequence[Callable[[], object]]) -> Outcome:
    """Make all calls at the same moment, each in a thread with a connection of its own, and wait for all."""
    with Crowd(len(calls)) as crowd:
        return crowd.at_once(calls)


def copies(file: MarkApplication, number: int) -> list[MarkApplication]:
    """The same file as so many people have it on their screens."""
    return [MarkApplication.objects.get(pk=file.pk) for _ in range(number)]


def file_faults(file: MarkApplication, *, since: int, state: str, clocks: list[str], notes: list[str]) -> list[str]:
    """What a race left wrong in a file: one entry since a place in the journal, one note, the clocks of the state."""
    entries = JournalEntry.objects.about("application", file.reference).filter(sequence__gt=since)
    found = {
        "state": (MarkApplication.objects.get(pk=file.pk).state, state),
        "journal": ([entry.payload["to"] for entry in entries], [state]),
        "clocks": ([row.kind for row in file.deadlines.filter(stopped_on=None)], clocks),
        "notes": (list(file.notes.filter(kind__in=["decision", "withdrawal"]).values_list("kind", flat=True)), notes),
    }
    return [f"{what}: {is_} instead of {should}" for what, (is_, should) in found.items() if is_ != should]


def last_entry() -> int:
    """The place in the journal where it ends now."""
    return JournalEntry.objects.values_list("sequence", flat=True).first() or 0


# --- People and files that meet in a race ---


def another_enterprise(world: World, number: int, *, uscc: str = "") -> World:
    """The same world as somebody else's: its owner and its files are those of another enterprise."""
    enterprise = Enterprise.objects.create(
        reference=f"NX{number}", name_zh=f"示例第{number}茶行", uscc=uscc or demo_code(500 + number), basis="sourced"
    )
    owner = User.objects.create_user(f"owner of {number}", f"owner{number}@example.org")
    Membership.objects.create(user=owner, enterprise=enterprise, role=Role.ENTERPRISE_OWNER)
    return replace(world, enterprise=enterprise, people={**world.people, "owner": owner})


def approved_change(world: World, authorisation: Authorisation, **values: Any) -> MarkApplication:
    """A change of the terms that waits for its announcement."""
    owner = world.actor("owner")
    change = drafts.start(
        world.enterprise, by=owner, nonce=uuid.uuid4(), kind=ApplicationKind.CHANGE, authorisation=authorisation
    )
    drafts.save_draft(change, by=owner, version=change.version, **values)
    drafts.set_sites(change, by=owner, version=change.version, sites=[(world.county, "Tea Road 2")])
    for kind in (DocumentKind.APPLICATION_FORM, DocumentKind.PROOF_OF_CHANGE):
        cleaned = pdf(f"{change.pk} {kind}")
        drafts.add_document(
            change, by=owner, kind=kind, title=str(kind), cleaned=cleaned, name=f"{uuid.uuid4().hex}.pdf"
        )
    for step in STEPS[ApplicationState.APPROVED]:
        step(world, change)
    return change


def publish(world: World, *files: MarkApplication, number: int, **more: Any) -> Callable[[], object]:
    """The call by which the officer announces files of the world."""
    return lambda: announcing.publish(
        files, by=world.actor("officer"), text=f"示例公告第{number}号", number=number,
        published_on=timezone.localdate(), **more,
    )  # fmt: skip


# --- SQLite in tests: threads share a file, not a database in memory ---


def write_to_file(path: Path) -> None:
    """Copy the test database from memory into a file."""
    connection.ensure_connection()
    target = sqlite3.connect(path)
    connection.connection.backup(target)
    target.close()


@contextmanager
def using_file(template: Path, path: Path) -> Iterator[None]:
    """Let this thread, and all that start meanwhile, use a copy of a database file."""
    shutil.copy(template, path)
    in_memory, settings = connections["default"], connections.settings["default"]
    connections.settings["default"] = {**settings, "NAME": str(path)}
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"], connections["default"] = settings, in_memory
