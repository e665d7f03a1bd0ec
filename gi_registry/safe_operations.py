"""LEAF. Operations for migrations that leave a running site running, on both databases (docs/migrations.md).

On PostgreSQL they do without the lock that stops all writing; a migration that holds one of the first three must say
`atomic = False`. On SQLite, which one machine uses and stops for a deployment, they are Django's own.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddConstraint, AddIndex, RemoveIndex
from django.db.migrations.state import ProjectState

Editor = BaseDatabaseSchemaEditor


def _is_postgresql(editor: Editor) -> bool:
    return editor.connection.vendor == "postgresql"


class AddIndexSafely(AddIndexConcurrently):
    """An index on a table with rows: written to while it is built."""

    def database_forwards(self, app_label: str, editor: Editor, old: ProjectState, new: ProjectState) -> None:
        kind: Any = AddIndexConcurrently if _is_postgresql(editor) else AddIndex
        kind.database_forwards(self, app_label, editor, old, new)

    def database_backwards(self, app_label: str, editor: Editor, old: ProjectState, new: ProjectState) -> None:
        kind: Any = AddIndexConcurrently if _is_postgresql(editor) else AddIndex
        kind.database_backwards(self, app_label, editor, old, new)


class RemoveIndexSafely(RemoveIndexConcurrently):
    """Takes an index away without waiting for those who read by it."""

    def database_forwards(self, app_label: str, editor: Editor, old: ProjectState, new: ProjectState) -> None:
        kind: Any = RemoveIndexConcurrently if _is_postgresql(editor) else RemoveIndex
        kind.database_forwards(self, app_label, editor, old, new)

    def database_backwards(self, app_label: str, editor: Editor, old: ProjectState, new: ProjectState) -> None:
        kind: Any = RemoveIndexConcurrently if _is_postgresql(editor) else RemoveIndex
        kind.database_backwards(self, app_label, editor, old, new)


class AddCheckNotValid(AddConstraintNotValid):
    """A CheckConstraint that holds for new rows at once; `ValidateCheck` in a later migration looks at the old ones."""

    def database_forwards(self, app_label: str, editor: Editor, old: ProjectState, new: ProjectState) -> None:
        kind: Any = AddConstraintNotValid if _is_postgresql(editor) else AddConstraint
        kind.database_forwards(self, app_label, editor, old, new)


class ValidateCheck(ValidateConstraint):
    """Looks whether the old rows obey too. Reading and writing go on meanwhile. SQLite has looked already."""

    def database_forwards(self, app_label: str, editor: Editor, old: ProjectState, new: ProjectState) -> None:
        if _is_postgresql(editor):
            super().database_forwards(app_label, editor, old, new)
