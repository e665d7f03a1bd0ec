"""`manage.py load_reference`: the published tables in `gi_registry/reference/` become records, or stay in step."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import translation

from enterprises import reference as enterprises
from enterprises import reference_authorities as authorities
from gi_registry import amendments, csv_files, divisions, reference_divisions
from gi_registry.csv_files import RowRefused, Table, UnreadableFile
from gi_registry.journal import Actor
from gi_registry.models import Division, JournalEntry
from gi_registry.moves import MoveRefused
from products import foreign_reference, list_registrar, record_values, reference
from products import reference_agreements as agreements
from products import reference_cases as cases
from products import reference_plans as plans
from products import reference_poverty as poverty
from products import reference_rows as products
from products import reference_systems as systems
from products import reference_zones as zones
from products.importing import Difference, Divisions, Part, Report, diff
from products.models import Source

REFERENCE = Path(__file__).resolve().parent.parent.parent / "reference"
SOURCES, READING_PLACES = "sources.csv", "mutual_recognition/sources.csv"
FILES: dict[str, tuple[list[str], tuple[tuple[str, ...], ...]]] = {
    reference_divisions.FILE: (reference_divisions.COLUMNS, reference_divisions.KEYS),
    SOURCES: (["source_id", "kind", "title", "date", "note"], (("source_id",),)),
    READING_PLACES: (["source_id", "where_read"], (("source_id",),)),
    products.FILE: (products.COLUMNS, products.KEYS),
    poverty.POVERTY_FILE: (poverty.POVERTY_COLUMNS, poverty.POVERTY_KEYS),
    poverty.SUPPORT_FILE: (poverty.SUPPORT_COLUMNS, poverty.SUPPORT_KEYS),
    plans.PLAN_FILE: (plans.PLAN_COLUMNS, plans.PLAN_KEYS),
    plans.MEASURE_FILE: (plans.MEASURE_COLUMNS, plans.MEASURE_KEYS),
    plans.REPORTED_FILE: (plans.REPORTED_COLUMNS, plans.REPORTED_KEYS),
    agreements.AGREEMENT_FILE: (agreements.AGREEMENT_COLUMNS, agreements.AGREEMENT_KEYS),
    agreements.ENTRY_FILE: (agreements.ENTRY_COLUMNS, agreements.ENTRY_KEYS),
    systems.FILE: (systems.COLUMNS, systems.KEYS),
    zones.FILE: (zones.COLUMNS, zones.KEYS),
    cases.FILE: (cases.COLUMNS, cases.KEYS),
    enterprises.FILE: (enterprises.COLUMNS, enterprises.KEYS),
    authorities.FILE: (authorities.COLUMNS, authorities.KEYS),
}
ACTOR = Actor.system("load_reference")
SHOWN = 20  # records listed one by one in a dry run before "and N more"
REFUSALS = (RowRefused, MoveRefused, ValidationError, DatabaseError)


def read_files(folder: Path) -> dict[str, Table]:
    """All files, or `UnreadableFile` with the faults of all of them."""
    tables, faults = {}, []
    for name, (columns, keys) in FILES.items():
        try:
            tables[name] = csv_files.read(folder / name, name=name, columns=columns, keys=keys)
        except UnreadableFile as error:
            faults += error.faults
    if faults:
        raise UnreadableFile(faults)
    return tables


def reason(error: Exception) -> str:
    """A refusal in one line."""
    if isinstance(error, ValidationError):
        return amendments.in_one_line(error)
    return str(error).strip().splitlines()[0]


class Command(BaseCommand):
    help = (
        "Load the reference data that ship with the register: divisions, products, poverty lists, agreements,"
        " enterprises. Loading again changes what the files have changed; records that a person has amended"
        " in the register stay as they are, and nothing is ever deleted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
        parser.add_argument("--from", dest="folder", type=Path, default=REFERENCE, help="folder with other files")

    def handle(self, *args: Any, **options: Any) -> None:
        self.dry_run, self.verbosity, self.report = options["dry_run"], options["verbosity"], Report()
        try:
            tables = read_files(options["folder"])
        except UnreadableFile as error:
            self.stderr.write("\n".join(error.faults))
            raise CommandError("Files that cannot be read. Nothing was changed.") from error
        with translation.override("en"), amendments.batch(by=ACTOR) as self.batch:
            self._remember_who_wrote_what()
            self._load(tables)
            if self.dry_run:
                self.batch.discard()
        self._conclude()

    def _remember_who_wrote_what(self) -> None:
        written = set(JournalEntry.objects.values_list("subject_kind", "subject_id", "actor").distinct())
        self.loaded = {(kind, subject) for kind, subject, actor in written if actor == ACTOR.reference}
        self.decided = {(kind, subject) for kind, subject, actor in written if actor != ACTOR.reference}

    def _load(self, tables: dict[str, Table]) -> None:
        self._load_divisions(tables[reference_divisions.FILE])
        sources = reference.sources_wanted(tables[SOURCES], self.report)
        places = reference.reading_places_wanted(tables[READING_PLACES], self.report)
        self._load_sources(SOURCES, sources, elsewhere=set(places))
        self._load_sources(READING_PLACES, places, elsewhere=set(sources))
        for part in self._parts(tables):
            self._apply(part)

    def _parts(self, tables: dict[str, Table]) -> Iterator[Part]:
        """Each part is made after the one before is stored: it looks up what it refers to."""
        known, report = Divisions(), self.report
        rows = products.read_rows(tables[products.FILE], known, report)
        mentions = [mention for row in rows for mention, _kind in row.acts]
        mentions += enterprises.mentions(tables[enterprises.FILE]) + cases.mentions(tables[cases.FILE])
        yield reference.announcements_part(products.FILE, mentions, report, ACTOR)
        yield reference.products_part(rows, ACTOR)
        yield reference.rights_part(rows, report, ACTOR)
        yield poverty.poverty_lists_part(ACTOR)
        yield poverty.poverty_units_part(tables[poverty.POVERTY_FILE], known, report, ACTOR)
        yield poverty.support_units_part(tables[poverty.SUPPORT_FILE], known, report, ACTOR)
        yield plans.plans_part(tables[plans.PLAN_FILE], known, report, ACTOR)
        yield plans.measures_part(tables[plans.MEASURE_FILE], report, ACTOR)
        yield plans.reported_part(tables[plans.REPORTED_FILE], report, ACTOR)
        yield plans.standing_part(tables[plans.PLAN_FILE], ACTOR)
        yield agreements.agreements_part(tables[agreements.AGREEMENT_FILE], report, ACTOR)
        yield agreements.entries_part(tables[agreements.ENTRY_FILE], report, ACTOR)
        yield foreign_reference.foreign_part(tables[agreements.ENTRY_FILE], ACTOR)
        yield systems.standards_part(tables[systems.FILE], known, report, ACTOR)
        yield cases.cases_part(tables[cases.FILE], report, ACTOR)
        yield zones.zones_part(tables[zones.FILE], known, report, ACTOR)
        holders = enterprises.read_rows(tables[enterprises.FILE], known, report)
        yield enterprises.enterprises_part(holders, ACTOR)
        yield enterprises.authorisations_part(holders, ACTOR)
        yield authorities.authorities_part(tables[authorities.FILE], self.report, ACTOR)

    def _apply(self, part: Part) -> None:
        difference = part.difference()
        before, kept = len(self.report.refused), 0
        for key, values in difference.added.items():
            self._try(part, key, part.enter, key, values)
        for key, changes in difference.changed.items():
            subject = part.identity(part.present[key])
            if (subject.kind, subject.reference) in self.decided:
                kept += 1
                self.report.notes.append(f"{part.file}: {subject.label} was amended in the register and stays so")
            else:
                self._try(part, key, part.amend, part.present[key], changes)
        subjects = [(key, part.identity(part.present[key])) for key in difference.removed]
        missing = [key for key, subject in subjects if (subject.kind, subject.reference) in self.loaded]
        refused = len(self.report.refused) - before
        self._say(part.file, part.title, difference, missing, kept, refused)

    def _try(self, part: Part, key: Any, write: Any, *arguments: Any) -> None:
        try:
            with self.batch.row():
                write(*arguments)
        except REFUSALS as error:
            self.report.refuse(part.file, part.lines[key], reason(error))

    def _load_divisions(self, table: Table) -> None:
        wanted, refused = reference_divisions.read_rows(table)
        for line, why in refused:
            self.report.refuse(table.name, line, why)
        rows = Division.objects.select_related("parent", "successor")
        present = {divisions.key_of(row): divisions.values_of(row) for row in rows}
        found = diff(wanted, present)
        divisions.save_list(
            by=ACTOR, added=found.added, changed=found.changed, source=table.name, sha256=table.sha256
        )
        self._say(table.name, "divisions", found, found.removed)

    def _load_sources(self, name: str, wanted: dict[str, dict[str, str]], elsewhere: set[str]) -> None:
        columns = record_values.SOURCE_COLUMNS
        present = {row.key: record_values.columns_of(row, columns) for row in Source.objects.all()}
        found = diff(wanted, {key: values for key, values in present.items() if key not in elsewhere})
        list_registrar.save_sources(by=ACTOR, added=found.added, changed=found.changed, source=name)
        self._say(name, "sources", found, found.removed)

    def _say(
        self, file: str, title: str, found: Difference[Any], missing: list[Any], kept: int = 0, refused: int = 0
    ) -> None:
        added, changed = len(found.added), len(found.changed) - kept
        counts = f"{added} added, {changed} changed, {found.unchanged} unchanged"
        counts += f", {refused} refused" if refused else ""
        counts += f", {kept} kept as amended in the register" if kept else ""
        counts += f", {len(missing)} no longer in the file" if missing else ""
        total = added + len(found.changed) + found.unchanged
        self.stdout.write(f"{file:<34} {title}: {total} rows, {counts}")
        self.stdout.flush()
        if self.dry_run:
            self._list("added", [str(key) for key in found.added])
            self._list("changed", [f"{key}: {', '.join(values)}" for key, values in found.changed.items()])
        if self.dry_run or missing:
            self._list("no longer in the file, kept in the register", [str(key) for key in missing])

    def _list(self, what: str, lines: list[str]) -> None:
        shown = lines if self.verbosity > 1 else lines[:SHOWN]
        for line in shown:
            self.stdout.write(f"    {what}: {line}")
        if len(lines) > len(shown):
            self.stdout.write(f"    {what}: and {len(lines) - len(shown)} more (-v 2 lists all)")

    def _conclude(self) -> None:
        for note in self.report.notes:
            self.stdout.write(f"Note: {note}")
        if self.dry_run:
            self.stdout.write("Dry run: nothing was changed.")
        for file, line, why in self.report.refused:
            self.stderr.write(f"{file}:{line}: {why}")
        if self.report.refused:
            raise CommandError(f"{len(self.report.refused)} rows were refused; all others are loaded.")
