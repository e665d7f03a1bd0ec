"""Full-text index over one token column, the same on SQLite (FTS5) and PostgreSQL (GIN).

A table that inherits `SearchText` holds, for each record, one text of tokens made by `search_text.py`.
On SQLite a contentless FTS5 table follows it by triggers; on PostgreSQL an expression index does.
`filter(search_text__tokens__matches=query)` asks either one with the same meaning.
"""

from collections.abc import Callable
from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Lookup, TextField

from gi_registry import search_text

SQLITE = [
    "CREATE VIRTUAL TABLE {table}_fts USING fts5(tokens, content='', tokenize='unicode61 remove_diacritics 0')",
    """CREATE TRIGGER {table}_fts_insert AFTER INSERT ON {table} BEGIN
       INSERT INTO {table}_fts(rowid, tokens) VALUES (new.{key}, new.tokens); END""",
    """CREATE TRIGGER {table}_fts_delete AFTER DELETE ON {table} BEGIN
       INSERT INTO {table}_fts({table}_fts, rowid, tokens) VALUES ('delete', old.{key}, old.tokens); END""",
    """CREATE TRIGGER {table}_fts_update AFTER UPDATE ON {table} BEGIN
       INSERT INTO {table}_fts({table}_fts, rowid, tokens) VALUES ('delete', old.{key}, old.tokens);
       INSERT INTO {table}_fts(rowid, tokens) VALUES (new.{key}, new.tokens); END""",
]
SQLITE_UNDO = ["DROP TABLE {table}_fts"] + [
    f"DROP TRIGGER {{table}}_fts_{event}" for event in ("insert", "delete", "update")
]
POSTGRESQL = ["CREATE INDEX {table}_fts ON {table} USING gin (to_tsvector('simple', tokens))"]
POSTGRESQL_UNDO = ["DROP INDEX {table}_fts"]

Step = Callable[[Apps, BaseDatabaseSchemaEditor], None]


def create(table: str, key: str) -> Step:
    """Migration step: index `table`, whose integer primary key column is `key`."""
    return _step({"sqlite": SQLITE, "postgresql": POSTGRESQL}, table, key)


def drop(table: str, key: str) -> Step:
    """Migration step that undoes `create`."""
    return _step({"sqlite": SQLITE_UNDO, "postgresql": POSTGRESQL_UNDO}, table, key)


def _step(statements: dict[str, list[str]], table: str, key: str) -> Step:
    def run(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for statement in statements[schema_editor.connection.vendor]:
            # With parameters given, even none, the statement's own % and quotes are left alone.
            schema_editor.execute(statement.format(table=table, key=key), params=None)

    return run


@TextField.register_lookup
class Matches(Lookup):  # type: ignore[type-arg]
    """`tokens__matches=parse_query(text)`: the rows whose tokens answer the query."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        column = self.lhs
        table, key = column.target.model._meta.db_table, column.target.model._meta.pk.column
        quote = connection.ops.quote_name
        return (
            f"{quote(column.alias)}.{quote(key)} IN"
            f" (SELECT rowid FROM {quote(table + '_fts')} WHERE {quote(table + '_fts')} MATCH %s)",
            [search_text.to_fts5(self.rhs)],
        )

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        lhs, params = self.process_lhs(compiler, connection)
        return (
            f"to_tsvector('simple', {lhs}) @@ to_tsquery('simple', %s)",
            [*params, search_text.to_tsquery(self.rhs)],
        )
