"""Migrations that the site survives while it runs: `python -m tests.migration_rules`, a step of `make check`.

While a release goes out, the old code runs against the new tables for a while, and on PostgreSQL a lock on a table
stops everybody who uses it. So every migration after those of BEFORE is held to these rules:

* what the old code uses neither goes nor changes its name or type;
* a new column may be left out by who inserts (null=True or db_default) and brings no index;
* indexes come and go by AddIndexSafely and RemoveIndexSafely, checks by AddCheckNotValid and later ValidateCheck;
* steps that change rows have a way back and stand in a migration of their own;
* whatever nobody has thought about yet is refused.

docs/migrations.md has the table of all rules with their reasons.

Tables that the same migration creates hold no rows and are used by nobody: there only the reverse is asked for.
State operations of SeparateDatabaseAndState change no table. A migration that must break a rule says so with its
reason: `exempt = {"RemoveField product.colour": "no release since 2.3 reads or writes it"}`; one that is not needed
is a fault too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from gi_registry import safe_operations as safe

# The last migration of each app that was written before the rules.
BEFORE = {
    "gi_registry": "0006_events_of_protection",
    "products": "0008_suggested_products",
    "enterprises": "0007_inspections",
    "cms": "0003_search_index",
}
SHORTEST_REASON = 20  # characters

SAFE = (
    migrations.CreateModel, migrations.AlterModelOptions, migrations.AlterModelManagers, migrations.RemoveConstraint,
    migrations.RenameIndex, migrations.AlterConstraint,
    safe.AddCheckNotValid, safe.ValidateCheck, safe.AddIndexSafely, safe.RemoveIndexSafely,
)  # fmt: skip
REFUSED = {
    migrations.RemoveField: "the release before still uses the column: first one that does not, then this",
    migrations.DeleteModel: "the release before still uses the table: first one that does not, then this",
    migrations.RenameField: "the release before knows the old name: add a column, copy, remove",
    migrations.RenameModel: "the release before knows the old name: keep db_table, or add a table and copy",
    migrations.AlterModelTable: "the release before knows the old name",
    migrations.AddIndex: "stops all writing while it is built: gi_registry.safe_operations.AddIndexSafely",
    migrations.RemoveIndex: "waits for and stops every reader: gi_registry.safe_operations.RemoveIndexSafely",
}


def faults_of(migration: Any, before: ProjectState) -> list[str]:
    """What is against the rules in a migration, given the tables before it. [] for a good one."""
    exempt = dict(getattr(migration, "exempt", {}))
    faults, used = [], set()
    for where, fault in _faults(migration, before):
        if where in exempt and len(exempt[where].strip()) >= SHORTEST_REASON:
            used.add(where)
        else:
            faults.append(f"{where}: {fault}")
    faults += [f"{where}: exempt without a need, or without a reason" for where in exempt if where not in used]
    return faults


def _faults(migration: Any, before: ProjectState) -> Iterator[tuple[str, str]]:
    state, made, touching, rows = before.clone(), set(), [], []
    for operation, in_database in _flat(migration.operations):
        if in_database:
            model = _model_of(operation)
            if isinstance(operation, migrations.CreateModel):
                made.add(model)
            if fault := "" if model in made else _fault(operation, state, migration):
                yield _name(operation), fault
            if isinstance(operation, migrations.RunPython | migrations.RunSQL):
                rows.append(_name(operation))
            elif model not in made and not _changes_nothing(operation, state, migration.app_label):
                touching.append(_name(operation))
        operation.state_forwards(migration.app_label, state)
    if rows and touching:
        yield rows[0], f"stands beside {touching[0]}, whose lock would be held while rows change: two migrations"


def _flat(operations: list[Operation]) -> Iterator[tuple[Operation, bool]]:
    """Each operation, and whether it changes the database."""
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
            yield from ((one, False) for one in operation.state_operations)
        else:
            yield operation, True


def _fault(operation: Operation, state: ProjectState, migration: Any) -> str:
    if isinstance(operation, NotInTransactionMixin) and migration.atomic:
        return "needs atomic = False in its migration"
    if isinstance(operation, SAFE):
        return ""
    if isinstance(operation, migrations.RunPython | migrations.RunSQL):
        return "" if operation.reversible else "has no way back"
    if isinstance(operation, migrations.AddField):
        return _added(operation.field)
    if isinstance(operation, migrations.AlterField):
        old = _old_field(operation, state, migration.app_label)
        return _altered(old, operation.field)
    if isinstance(operation, migrations.AddConstraint):
        if isinstance(operation.constraint, models.CheckConstraint):
            return "reads all rows under a lock: gi_registry.safe_operations.AddCheckNotValid"
        return "builds its index under a lock that stops all writing"
    return REFUSED.get(type(operation), "is not in the table of rules")


def _added(field: Any) -> str:
    if field.many_to_many:
        return ""
    if not field.null and field.db_default is models.NOT_PROVIDED:
        return "the release before inserts rows without it: null=True or db_default=…"
    if _indexed(field):
        return "comes with an index that is built under a lock: db_index=False, then AddIndexSafely"
    return ""


def _altered(old: Any, new: Any) -> str:
    if _column(old) != _column(new):
        return "gives the column another name"
    if old.null and not new.null:
        return "takes NULL away: first AddCheckNotValid and ValidateCheck, then say so"
    if _indexed(new) and not _indexed(old):
        return "comes with an index that is built under a lock"
    if _size(new) < _size(old):
        return "takes room away that values may need"
    if _kind(old) != _kind(new) and (_kind(old), _kind(new)) != ("varchar", "text"):
        return "changes the type of the column"
    return ""


def _changes_nothing(operation: Operation, state: ProjectState, app: str) -> bool:
    """Whether an operation changes what Python knows and nothing of the tables, as another list of choices does."""
    if isinstance(operation, migrations.AlterField):
        old, new = _old_field(operation, state, app), operation.field
        return _shape(old) == _shape(new)
    return isinstance(operation, migrations.AlterModelOptions | migrations.AlterModelManagers)


def _old_field(operation: Any, state: ProjectState, app: str) -> Any:
    return state.models[app, operation.model_name_lower].get_field(operation.name)


def _column(field: Any) -> str:
    return field.db_column or ""


def _indexed(field: Any) -> bool:
    return bool(field.unique or field.db_index)


def _shape(field: Any) -> tuple[Any, ...]:
    return _column(field), _kind(field), _size(field), _indexed(field), field.null


def _size(field: Any) -> float:
    if isinstance(field, models.CharField):
        return float("inf") if field.max_length is None else field.max_length
    return float("inf")


def _kind(field: Any) -> str:
    """The family of the column's type: what PostgreSQL changes without rewriting a table stays within one."""
    if isinstance(field, models.DecimalField):
        return f"numeric {field.max_digits} {field.decimal_places}"
    if isinstance(field, models.CharField | models.FileField | models.URLField):
        return "varchar"
    return "text" if isinstance(field, models.TextField) else field.get_internal_type()


def _model_of(operation: Operation) -> str:
    if isinstance(operation, migrations.CreateModel | migrations.DeleteModel | migrations.RenameModel):
        return str(getattr(operation, "name_lower", getattr(operation, "old_name_lower", "")))
    return str(getattr(operation, "model_name", "") or getattr(operation, "name", "") or "").lower()


def _name(operation: Operation) -> str:
    """How an exemption names it: "AddField product.colour"."""
    parts = [_model_of(operation)]
    if getattr(operation, "model_name", ""):
        name = getattr(operation, "name", None) or getattr(getattr(operation, "index", None), "name", None)
        parts.append(name or getattr(getattr(operation, "constraint", None), "name", "") or "")
    return f"{type(operation).__name__} {'.'.join(filter(None, parts))}".strip()


def judged() -> Iterator[tuple[str, list[str]]]:
    """Every migration after those of BEFORE, with its faults."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None)
    for app, name in sorted(loader.disk_migrations):
        if app in BEFORE and name > BEFORE[app]:
            migration = loader.get_migration(app, name)
            yield f"{app}.{name}", faults_of(migration, loader.project_state((app, name), at_end=False))


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gi_registry.settings")
    django.setup()
    found = [f"{name}: {fault}" for name, faults in judged() for fault in faults]
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(f"{len(found)} faults; docs/migrations.md says what to do instead." if found else 0)
