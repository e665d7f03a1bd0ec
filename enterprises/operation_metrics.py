"""READER. The figures of `/metrics` in the form of Prometheus.

What the processes of this server have counted (`gi_registry/figures.py`) stands beside what the database and the
notes of commands tell when somebody asks. Where the database is away, `gi_up` is 0 and its figures are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from enterprises import operation_facts
from enterprises.operation_facts import OK
from gi_registry import figures


class _Register(Collector):
    """What is asked anew each time."""

    def collect(self) -> Iterator[Metric]:
        found = operation_facts.figures_or_none()
        yield GaugeMetricFamily("gi_up", "Whether the register reaches its database.", int(found is not None))
        if found is not None:
            yield from _of_database(found)
        checks = {one.name: int(one.state == OK) for one in operation_facts.checks()}
        yield _family("gi_check_ok", "Whether a check of /readyz is in order.", "check", checks)
        notes = operation_facts.notes()
        ages = {
            name: operation_facts.seconds_since(note.get("at"))
            for name, note in (
                ("worker", notes.worker), ("journal_proof", notes.verified), ("backup", notes.backup),
                ("open_data", notes.open_data),
            )
        }  # fmt: skip
        known = {name: age for name, age in ages.items() if age is not None}
        yield _family("gi_age_seconds", "Since something was last done; left out where it never was.", "what", known)
        fine = {"journal_proof": notes.verified.get("ok"), "backup": notes.backup.get("ok")}
        told = {name: int(bool(value)) for name, value in fine.items() if value is not None}
        yield _family("gi_last_ok", "Whether the last one went well.", "what", told)


def _of_database(found: operation_facts.Figures) -> Iterator[Metric]:
    tasks = {"waiting": found.queue.waiting, "running": found.queue.running, "failed": found.queue.failed}
    yield _family("gi_tasks", "Tasks in the worker's queue by state.", "state", tasks)
    yield GaugeMetricFamily(
        "gi_task_oldest_seconds", "How long the first waiting task has waited.", found.queue.oldest_seconds
    )
    yield _family("gi_clocks_overdue", "Running clocks whose last day is over.", "of", found.overdue)
    yield _family("gi_labels", "Labels by what has become of them.", "state", found.labels)
    yield GaugeMetricFamily("gi_ledgers_agree", "Whether all ledgers of labels add up.", int(found.ledgers_agree))
    yield _family("gi_certified_thousandths", "Certified output, in thousandths of a unit.", "unit", found.certified)
    yield GaugeMetricFamily("gi_journal_head", "Sequence number of the last journal entry.", found.journal_head)
    yield GaugeMetricFamily("gi_database_bytes", "Size of the database.", found.database_bytes)


def _family(name: str, text: str, label: str, values: dict[str, Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def exposition() -> bytes:
    """All figures as text in Prometheus' format."""
    register = CollectorRegistry()
    register.register(_Register())
    counted = REGISTRY
    if figures.SEVERAL_PROCESSES:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    return generate_latest(register) + generate_latest(counted)
