"""READER. How the register runs: is this server fit to answer, what waits, what is late, what the ledgers hold.

The same checks and figures answer `/readyz`, `/metrics` and the operator's page. A check is `ok`; `degraded`, where the
register answers rightly but slower or with something undone; or `failed`, where it should get no visitors.
"""

from __future__ import annotations

import datetime
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, F, Min, Q, Sum
from django.utils import dateparse, timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from enterprises.application_models import Deadline
from enterprises.label_models import LabelBatch, LabelEvent, OutputStatement, Season
from enterprises.label_states import WITH_CODES, BatchState, StatementState, Unit
from gi_registry import operation_notes
from gi_registry.models import JournalEntry, JournalHead
from gi_registry.operation_notes import BACKUP, VERIFIED, WORKER
from products.case_models import CaseDeadline

PATIENCE_MS = 2000  # for the database's answer to a check
LITTLE_DISK, NO_DISK = 1024**3, 100 * 1024**2  # bytes
SILENT = 300  # seconds without a sign of the worker
OFF = 10  # seconds between the times of two machines
WAITING_LONG = 600  # seconds that something has waited in the queue
CLOCKS: tuple[tuple[str, Any], ...] = (("application", Deadline), ("case", CaseDeadline))
KEPT_FOR = 15  # seconds for which figures are kept: several askers cost as much as one
OK, DEGRADED, FAILED = "ok", "degraded", "failed"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and the numbers seen. Nothing in it is secret."""

    name: str
    state: str
    seen: dict[str, Any]


# --- Is this server fit to answer ---


def checks() -> list[Check]:
    """All checks, in the order of what rests on what; none takes long, and none raises."""
    found = [_looked("database", FAILED, _database)]
    if found[0].state == OK:
        found += [_looked("migrations", FAILED, _migrations), _looked("time", DEGRADED, _time)]
        found += [_looked("worker", DEGRADED, _worker)]
    return [*found, _looked("cache", DEGRADED, _cache), _looked("disk", FAILED, _disk)]


def state_of(found: list[Check]) -> str:
    """The worst of them: ok, degraded or failed."""
    return max((one.state for one in found), key=(OK, DEGRADED, FAILED).index)


def _looked(name: str, at_worst: str, look: Callable[[], tuple[str, dict[str, Any]]]) -> Check:
    begun = time.perf_counter()
    try:
        state, seen = look()
    except Exception as fault:  # whatever a library raises when its server is away
        state, seen = at_worst, {"fault": type(fault).__name__}
    return Check(name, state, seen | {"ms": round((time.perf_counter() - begun) * 1000, 1)})


def _database() -> tuple[str, dict[str, Any]]:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
        head = JournalHead.objects.values_list("sequence", flat=True).first()
    return OK, {"journal_head": head or 0}


_migrated: list[bool] = []  # once they are applied they stay applied


def _migrations() -> tuple[str, dict[str, Any]]:
    if _migrated:
        return OK, {"missing": 0}
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not missing:
        _migrated.append(True)
    return FAILED if missing else OK, {"missing": missing}


def _time() -> tuple[str, dict[str, Any]]:
    """Days and terms are written by this machine's time. It should be that of the database, and not before what was
    written last; which of the two is wrong cannot be told from here."""
    newest = JournalEntry.objects.order_by("-sequence").values_list("recorded_at", flat=True).first()
    now = timezone.now()
    off = max(0.0, (newest - now).total_seconds()) if newest else 0.0
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            off = max(off, abs((cursor.fetchone()[0] - timezone.now()).total_seconds()))
    return (DEGRADED if off > OFF else OK), {"off_seconds": round(off, 1)}


def _cache() -> tuple[str, dict[str, Any]]:
    """Redis itself, where there is one: the cache in front of it hides that it is away."""
    if settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5) as server:
            server.ping()
    cache.set("readyz", "1", 10)
    return (OK if cache.get("readyz") == "1" else DEGRADED), {}


def _disk() -> tuple[str, dict[str, Any]]:
    with tempfile.TemporaryFile(dir=settings.GI_HOME) as file:
        file.write(b"1")
        file.flush()
    free = shutil.disk_usage(settings.GI_HOME).free
    return (FAILED if free < NO_DISK else DEGRADED if free < LITTLE_DISK else OK), {"free_bytes": free}


def _worker() -> tuple[str, dict[str, Any]]:
    """What waits stands in the database and is seen from every host; the sign of life only on the worker's own."""
    waits, silent = queue(timezone.now()), seconds_since(operation_notes.read(WORKER).get("at"))
    late = (silent or 0) > SILENT or waits.oldest_seconds > WAITING_LONG
    return (DEGRADED if late else OK), {"silent_seconds": silent, "oldest_waits_seconds": waits.oldest_seconds}


def seconds_since(moment: Any, now: datetime.datetime | None = None) -> int | None:
    """Whole seconds since a moment in ISO form; None where there is none. Clocks that run ahead count as now."""
    try:
        found = dateparse.parse_datetime(str(moment))
    except ValueError:
        return None
    if found is None:
        return None
    found = timezone.make_aware(found) if timezone.is_naive(found) else found
    return max(0, int(((now or timezone.now()) - found).total_seconds()))


# --- Figures ---


@dataclass(frozen=True)
class Queue:
    """What the worker has before it. `oldest_seconds`: how long the first has waited; 0 where none waits."""

    waiting: int
    running: int
    failed: int
    oldest_seconds: int


def queue(now: datetime.datetime) -> Queue:
    """The queue in one query. What is to be done later does not wait yet."""
    state, due = Q(status=TaskResultStatus.READY), Q(run_after__lte=now) | Q(run_after__year=9999)
    row = DBTaskResult.objects.order_by().aggregate(
        waiting=Count("pk", filter=state & due),
        running=Count("pk", filter=Q(status=TaskResultStatus.RUNNING)),
        failed=Count("pk", filter=Q(status=TaskResultStatus.FAILED)),
        oldest=Min("enqueued_at", filter=state & due),
    )
    oldest = max(0, int((now - row.pop("oldest")).total_seconds())) if row["waiting"] else 0
    row.pop("oldest", None)
    return Queue(**row, oldest_seconds=oldest)


@dataclass(frozen=True)
class Figures:
    """Figures of the register at a moment. `labels`: issued is the sum of the others; `certified`: in thousandths."""

    at: datetime.datetime
    queue: Queue
    overdue: dict[str, int]
    labels: dict[str, int]
    ledgers_agree: bool
    certified: dict[str, int]
    journal_head: int
    database_bytes: int


def figures() -> Figures:
    """The figures of the last seconds. Raises DatabaseError."""
    try:
        found: Figures | None = cache.get("operation-figures")
    except Exception:  # the cache is away: reckon anew
        found = None
    if found is None:
        found = _reckoned(timezone.now())
        try:
            cache.set("operation-figures", found, KEPT_FOR)
        except Exception:
            return found
    return found


def _reckoned(now: datetime.datetime) -> Figures:
    late = Q(stopped_on=None, due_on__lt=timezone.localdate(now))
    sums = LabelBatch.objects.filter(state__in=sorted(WITH_CODES)).order_by().aggregate(
        issued=Sum("count", default=0), active=Sum("active", default=0),
        void=Sum("void", default=0), returned=Sum("returned", default=0),
    )  # fmt: skip
    certified = OutputStatement.objects.filter(state=StatementState.CERTIFIED).order_by().values_list("season__unit")
    return Figures(
        at=now,
        queue=queue(now),
        overdue={name: model.objects.filter(late).count() for name, model in CLOCKS},
        labels=sums | {"waiting": sums["issued"] - sums["active"] - sums["void"] - sums["returned"]},
        ledgers_agree=_ledgers_agree(),
        certified={str(unit): 0 for unit in Unit} | dict(certified.annotate(Sum("quantity"))),
        journal_head=JournalHead.objects.values_list("sequence", flat=True).first() or 0,
        database_bytes=_database_bytes(),
    )


def _ledgers_agree() -> bool:
    """Whether what all seasons have stored is the sum of their statements, batches and events (`label_facts`)."""
    names = ("certified", "committed", "reserved")
    stored = Season.objects.aggregate(**{name: Sum(name, default=0) for name in names})
    certified = OutputStatement.objects.filter(state=StatementState.CERTIFIED).aggregate(Sum("quantity", default=0))
    with_codes = LabelBatch.objects.filter(state__in=sorted(WITH_CODES))
    proposed = LabelBatch.objects.filter(state=BatchState.PROPOSED)
    issued, reserved = (
        rows.order_by().aggregate(all=Sum(F("count") * F("pack"), default=0)) for rows in (with_codes, proposed)
    )
    back = LabelEvent.objects.aggregate(all=Sum(F("unused") * F("batch__pack"), default=0))
    told = {
        "certified": certified["quantity__sum"], "committed": issued["all"] - back["all"], "reserved": reserved["all"],
    }  # fmt: skip
    return stored == told


def _database_bytes() -> int:
    postgresql = "SELECT pg_database_size(current_database())"
    sqlite = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    with connection.cursor() as cursor:
        cursor.execute(postgresql if connection.vendor == "postgresql" else sqlite)
        return int(cursor.fetchone()[0])


def figures_or_none() -> Figures | None:
    """The figures, or None where the database is away."""
    try:
        return figures()
    except DatabaseError:
        return None


# --- What commands have noted ---


@dataclass(frozen=True)
class Notes:
    """What was noted on this machine; each empty where nothing was. Times in ISO form under `at`."""

    worker: dict[str, Any]
    verified: dict[str, Any]
    backup: dict[str, Any]
    open_data: dict[str, Any]


def notes() -> Notes:
    """The notes of worker, proof of the journal, backup and open data."""
    backup, dumps = operation_notes.read(BACKUP), operation_notes.open_data()
    return Notes(
        operation_notes.read(WORKER),
        operation_notes.read(VERIFIED),
        backup | {"at": backup.get("made_at")} if backup else {},
        dumps | {"at": dumps.get("made_at")} if dumps else {},
    )
