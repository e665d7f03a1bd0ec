"""Database triggers that keep the journal append-only even against plain SQL.

The statements live here and not in a migration alone, because a migration that rebuilds the table on
SQLite drops its triggers: such a migration must call `install` again, and `verify_journal` says so when
they are missing.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "gi_registry_journalentry"

INSTALL = {
    "sqlite": [
        f"""CREATE TRIGGER IF NOT EXISTS journal_no_update BEFORE UPDATE ON {TABLE}
            BEGIN SELECT RAISE(ABORT, 'journal entries cannot be changed'); END""",
        f"""CREATE TRIGGER IF NOT EXISTS journal_no_delete BEFORE DELETE ON {TABLE}
            BEGIN SELECT RAISE(ABORT, 'journal entries cannot be deleted'); END""",
    ],
    "postgresql": [
        """CREATE OR REPLACE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'journal entries cannot be changed or deleted'; END $$""",
        f"""CREATE OR REPLACE TRIGGER journal_no_update BEFORE UPDATE OR DELETE ON {TABLE}
            FOR EACH ROW EXECUTE FUNCTION journal_is_append_only()""",
        f"""CREATE OR REPLACE TRIGGER journal_no_delete BEFORE TRUNCATE ON {TABLE}
            FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only()""",
    ],
}
REMOVE = {
    "sqlite": ["DROP TRIGGER IF EXISTS journal_no_update", "DROP TRIGGER IF EXISTS journal_no_delete"],
    "postgresql": [
        f"DROP TRIGGER IF EXISTS journal_no_update ON {TABLE}",
        f"DROP TRIGGER IF EXISTS journal_no_delete ON {TABLE}",
    ],
}
PRESENT = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'journal_no_%'",
    # Of the table that is in use: a restore may have moved an older one aside.
    "postgresql": f"""SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'journal_no_%' AND tgenabled <> 'D'
                      AND tgrelid = to_regclass('{TABLE}')""",
}


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers on; harmless when they are there."""
    _run(connection, INSTALL[connection.vendor])


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers off: for the tests that must empty the tables, and for undoing the migration."""
    _run(connection, REMOVE[connection.vendor])


def installed(connection: BaseDatabaseWrapper) -> bool:
    """Whether both triggers stand."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT[connection.vendor])
        return bool(cursor.fetchone()[0] == 2)
