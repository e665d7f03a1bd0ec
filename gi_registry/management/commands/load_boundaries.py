"""`manage.py load_boundaries FILE`: outlines from a file of the operator, for the maps of the site."""

import json
import os
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gi_registry.models import Division, DivisionLevel
from products import maps, outlines
from products.map_grid import PROVINCES

COUNTY = "county"
# Its map would have to show the islands of the South China Sea, beside which its counties are too small to see.
KEEPS_ITS_TILES = "460000"
SHOWN = 10  # names of counties that the file lacks


class Command(BaseCommand):
    help = (
        "Read boundaries from a GeoJSON FeatureCollection in degrees and store thinned outlines for the maps: of the"
        " provinces or, with --level county, of the counties of each province. Units are known by a property gb (156"
        " and the code), adcode or code. The register ships no geometry: maps of China need an approval number, which"
        " belongs to the operator's file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="GeoJSON with all 34 province-level units, or with the counties")
        parser.add_argument("--approval-number", default="", help="map approval number, shown under each map")
        parser.add_argument("--level", choices=["province", COUNTY], default="province")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"]
        approval = options["approval_number"].strip()
        try:
            content = json.loads(source.read_text(encoding="utf-8-sig"))
            (self._counties if options["level"] == COUNTY else self._provinces)(content, approval)
        except OSError as error:
            raise CommandError(f"{source} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{source} is not text in UTF-8.") from error
        except json.JSONDecodeError as error:
            raise CommandError(f"{source} is not JSON: line {error.lineno}, {error.msg}.") from error
        except outlines.WrongFile as error:
            raise CommandError(f"{source}: {error} Nothing was changed.") from error
        if not approval:
            self.stdout.write("Without --approval-number they are shown for demonstration only, never in production.")

    def _provinces(self, content: object, approval: str) -> None:
        drawn = outlines.outlines(content, PROVINCES)
        size = store(maps.outline_file(), drawn, approval)
        self.stdout.write(f"Stored {len(drawn['shapes'])} outlines and {len(drawn['lines'])} lines, {size} characters.")

    def _counties(self, content: object, approval: str) -> None:
        places = counties_by_code()
        today = {code for code, (county, _province) in places.items() if code == county}
        drawings = outlines.county_outlines(content, places)
        drawings.pop(KEEPS_ITS_TILES, None)
        drawn = {shape["code"] for drawing in drawings.values() for shape in drawing["shapes"]}
        if not drawn:
            raise outlines.WrongFile("The file has no county that the register knows.")
        sizes = {code: store(maps.outline_file(code), drawing, approval) for code, drawing in drawings.items()}
        for code, counties in outlines.county_geometries(content, places).items():
            if code in drawings:
                store(maps.degrees_file(code), {"counties": counties}, approval)
        largest = max(sizes, key=lambda code: sizes[code])
        self.stdout.write(
            f"Stored {len(drawn)} counties of {len(sizes)} provinces, {sum(sizes.values())} characters,"
            f" {sizes[largest]} of them for {largest}."
        )
        wanted = {code for code in today if places[code][1] in drawings}
        if missing := sorted(wanted - drawn):
            more = " …" if len(missing) > SHOWN else ""
            self.stdout.write(
                f"{len(missing)} counties of these provinces have no outline in the file:"
                f" {', '.join(missing[:SHOWN])}{more}. They stand in the tables beneath the maps."
            )


def counties_by_code() -> dict[str, tuple[str, str]]:
    """Codes of counties, those of the past too, with the county of today and its province."""
    rows = Division.objects.filter(level=DivisionLevel.COUNTY).select_related(
        "parent__parent", "successor__parent__parent"
    )
    places = {}
    # A code may have been used before: the county that has it today comes last and wins.
    for row in sorted(rows, key=lambda row: row.status == "current"):
        now = row if row.status == "current" else row.successor
        if now is not None and now.level == DivisionLevel.COUNTY:
            places[row.code] = (now.code, now.lineage()[0].code)
    return places


def store(file: Path, drawing: dict[str, Any], approval: str) -> int:
    """Write under another name first: a page that reads meanwhile sees the old file or the new one, whole.

    Returns the number of characters.
    """
    text = json.dumps({"approval_number": approval, **drawing}, ensure_ascii=False, separators=(",", ":"))
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(draft, 0o644)
        os.replace(draft, file)
    except BaseException:
        os.unlink(draft)
        raise
    return len(text)
