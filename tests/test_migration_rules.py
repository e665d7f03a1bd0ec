"""The rules for migrations find what would stop a running site, and let the rest pass."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations import RunPython
from django.db.migrations.state import ModelState, ProjectState

from gi_registry import safe_operations as safe
from tests import migration_rules

VARCHAR = models.CharField(max_length=20)
CHECK = models.CheckConstraint(condition=models.Q(size__gte=0), name="size_positive")
INDEX = models.Index(fields=["name"], name="by_name")


def tables():
    """One table with rows."""
    fields = [
        ("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=20)),
        ("size", models.IntegerField(null=True)), ("note", models.TextField()),
    ]  # fmt: skip
    state = ProjectState()
    state.add_model(ModelState("products", "Thing", fields))
    return state


def judge(*operations, **attributes):
    migration = migrations.Migration("0099_sample", "products")
    migration.operations = list(operations)
    for name, value in attributes.items():
        setattr(migration, name, value)
    return migration_rules.faults_of(migration, tables())


def nothing(apps, editor):
    pass


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (migrations.RemoveField("thing", "size"), "still uses the column"),
        (migrations.DeleteModel("Thing"), "still uses the table"),
        (migrations.RenameField("thing", "name", "title"), "old name"),
        (migrations.RenameModel("Thing", "Object"), "old name"),
        (migrations.AlterModelTable("thing", "things"), "old name"),
        (migrations.AddField("thing", "colour", models.CharField(max_length=9, default="")), "db_default"),
        (migrations.AddField("thing", "key", models.IntegerField(null=True, unique=True)), "under a lock"),
        (migrations.AddField("thing", "of", models.ForeignKey("products.Thing", models.CASCADE, null=True)), "lock"),
        (migrations.AlterField("thing", "name", models.CharField(max_length=10)), "takes room away"),
        (migrations.AlterField("thing", "note", models.CharField(max_length=900)), "room"),
        (migrations.AlterField("thing", "name", models.IntegerField()), "type"),
        (migrations.AlterField("thing", "size", models.BigIntegerField(null=True)), "type"),
        (migrations.AlterField("thing", "size", models.IntegerField()), "NULL"),
        (migrations.AlterField("thing", "name", models.CharField(max_length=20, db_index=True)), "index"),
        (migrations.AlterField("thing", "name", models.CharField(max_length=20, db_column="n")), "another name"),
        (migrations.AddIndex("thing", INDEX), "AddIndexSafely"),
        (safe.AddIndexSafely("thing", INDEX), "atomic = False"),
        (migrations.AddConstraint("thing", CHECK), "AddCheckNotValid"),
        (migrations.AddConstraint("thing", models.UniqueConstraint(fields=["name"], name="one")), "under a lock"),
        (RunPython(nothing), "no way back"),
        (migrations.RunSQL("SELECT 1"), "no way back"),
        (migrations.AlterUniqueTogether("thing", {("name", "size")}), "not in the table"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_what_would_stop_a_running_site_is_found(operation, words):
    faults = judge(operation)
    assert len(faults) == 1
    assert words in faults[0]


@pytest.mark.parametrize(
    "operations",
    [
        [migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))])],
        [migrations.AddField("thing", "colour", models.CharField(max_length=9, db_default=""))],
        [migrations.AddField("thing", "colour", models.CharField(max_length=9, null=True))],
        [migrations.AddField("thing", "friends", models.ManyToManyField("products.Thing"))],
        [migrations.AlterField("thing", "name", models.CharField(max_length=40, help_text="longer"))],
        [migrations.AlterField("thing", "name", models.TextField())],
        [migrations.AlterField("thing", "note", models.TextField(null=True))],
        [safe.AddCheckNotValid("thing", CHECK)],
        [RunPython(nothing, nothing)],
        [migrations.SeparateDatabaseAndState([], [migrations.RemoveField("thing", "size")])],
        # What the same migration creates is used by nobody yet.
        [
            migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
            migrations.AddField("other", "key", models.IntegerField(unique=True)),
            migrations.AddIndex("other", models.Index(fields=["key"], name="by_key")),
            RunPython(nothing, nothing),
        ],
        # Another list of choices changes no table: rows may be changed beside it.
        [
            migrations.AlterField("thing", "name", models.CharField(max_length=20, choices=[("a", "b")])),
            RunPython(nothing, nothing),
        ],
    ],
)
def test_what_a_running_site_survives_passes(operations):
    assert judge(*operations) == []


def test_an_index_outside_of_a_transaction_passes():
    assert judge(safe.AddIndexSafely("thing", INDEX), atomic=False) == []


def test_rows_are_not_changed_while_a_table_is_locked():
    column = migrations.AddField("thing", "colour", models.CharField(max_length=9, null=True))
    faults = judge(column, RunPython(nothing, nothing))
    assert len(faults) == 1
    assert "two migrations" in faults[0]


def test_a_rule_is_broken_only_with_a_reason_that_is_needed():
    remove = migrations.RemoveField("thing", "size")
    where = "RemoveField thing.size"
    assert judge(remove, exempt={where: "no release since 2.3 reads or writes it"}) == []
    assert len(judge(remove, exempt={where: "why not"})) == 2
    assert "without a need" in judge(exempt={where: "no release since 2.3 reads or writes it"})[0]


def test_the_migrations_of_the_register_obey():
    assert {name: faults for name, faults in migration_rules.judged() if faults} == {}


def test_the_last_migrations_before_the_rules_are_there():
    from django.db.migrations.loader import MigrationLoader

    known = set(MigrationLoader(None).disk_migrations)
    assert set(migration_rules.BEFORE.items()) <= known


@pytest.mark.django_db(transaction=True)
def test_the_safe_operations_do_the_same_on_both_databases():
    """An index and a check come, hold, and go again."""
    table = migrations.CreateModel(
        "Thing", [("id", models.BigAutoField(primary_key=True)), ("size", models.IntegerField())],
        options={"db_table": "sample_things"},
    )  # fmt: skip
    index = safe.AddIndexSafely("thing", models.Index(fields=["size"], name="sample_size"))
    check = safe.AddCheckNotValid("thing", CHECK)
    steps = [table, index, check, safe.ValidateCheck("thing", "size_positive")]
    states = [ProjectState()]
    try:
        for step in steps:
            states.append(states[-1].clone())
            step.state_forwards("products", states[-1])
            with connection.schema_editor(atomic=False) as editor:
                step.database_forwards("products", editor, states[-2], states[-1])
        assert {"sample_size", "size_positive"} <= set(constraints())
        for place in (2, 1):
            with connection.schema_editor(atomic=False) as editor:
                steps[place].database_backwards("products", editor, states[place + 1], states[place])
        assert not {"sample_size", "size_positive"} & set(constraints())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS sample_things")


def constraints():
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, "sample_things")
