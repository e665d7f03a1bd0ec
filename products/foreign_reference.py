"""Foreign GIs as a part of a load: the records that the foreign names on the lists add up to."""

from __future__ import annotations

from typing import Any

from gi_registry.csv_files import Table
from gi_registry.journal import Actor
from products import foreign_registrar, foreign_values
from products.importing import Part
from products.recognition_models import ForeignGI
from products.reference_agreements import ENTRY_FILE, entry_key


def foreign_part(table: Table, by: Actor) -> Part:
    """Made after the names are stored. A record keeps its number, and a name its record, in every later load."""
    wanted = foreign_values.from_lists()
    places = {(row["agreement_code"], entry_key(row)): row.line for row in table.rows}
    lines = {
        key: min((places.get((entry.agreement.code, entry.key), 0) for entry in values["entries"]), default=0)
        for key, values in wanted.items()
    }

    def amend(record: ForeignGI, values: Any) -> None:
        foreign_registrar.amend(record, by=by, source=ENTRY_FILE, **values)

    return Part(
        title="foreign GIs", file=ENTRY_FILE, wanted=wanted, lines=lines,
        present={row.number: row for row in ForeignGI.objects.prefetch_related("entries")},
        values_of=foreign_values.foreign_values, identity=foreign_values.foreign_subject,
        enter=lambda _key, values: foreign_registrar.enter(by=by, source=ENTRY_FILE, **values), amend=amend,
    )  # fmt: skip
