"""`manage.py load_boundaries FILE`: province outlines from a file of the operator, for the maps of the site."""

import json
import os
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from products import maps, outlines
from products.map_grid import PROVINCES


class Command(BaseCommand):
    help = (
        "Read province boundaries from a GeoJSON FeatureCollection in degrees and store thinned outlines for the"
        " maps. Provinces are known by a property gb (156 and the code), adcode or code. The register ships no"
        " geometry: maps of China need an approval number, which belongs to the operator's file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="GeoJSON with all 34 province-level units")
        parser.add_argument("--approval-number", default="", help="map approval number, shown under each map")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"]
        try:
            drawn = outlines.outlines(json.loads(source.read_text(encoding="utf-8-sig")), PROVINCES)
        except OSError as error:
            raise CommandError(f"{source} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{source} is not text in UTF-8.") from error
        except json.JSONDecodeError as error:
            raise CommandError(f"{source} is not JSON: line {error.lineno}, {error.msg}.") from error
        except outlines.WrongFile as error:
            raise CommandError(f"{source}: {error} Nothing was changed.") from error
        approval = options["approval_number"].strip()
        text = json.dumps({"approval_number": approval, **drawn}, ensure_ascii=False, separators=(",", ":"))
        store(maps.outline_file(), text)
        count = f"{len(drawn['shapes'])} outlines and {len(drawn['lines'])} lines"
        self.stdout.write(f"Stored {count}, {len(text)} characters.")
        if not approval:
            self.stdout.write("Without --approval-number they are shown for demonstration only, never in production.")


def store(file: Path, text: str) -> None:
    """Write under another name first: a page that reads meanwhile sees the old file or the new one, whole."""
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
