"""`manage.py build_ip_table OUT SOURCE…`: make the table that tells the province of a network."""

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gi_registry import ip_sources, ip_tables

DBIP = {
    "source": "IP to City Lite by DB-IP (https://db-ip.com), reduced to provinces and to /24 and /48 networks",
    "licence": "CC BY 4.0",
    "weak": list(ip_sources.DBIP_WEAK),
}


class Command(BaseCommand):
    help = (
        "Make a table of networks and provinces out of ip2region files (.xdb) or DB-IP's IP to City Lite (.mmdb; needs"
        " the package maxminddb), at most one file for IPv4 and one for IPv6. GI_IP_TABLE names the table to use."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", type=Path, help="the table to write")
        parser.add_argument("sources", type=Path, nargs="+", help="files of ip2region or DB-IP")
        parser.add_argument("--day", default="", help="day of the data, YYYY-MM-DD; default: that of the newest source")
        parser.add_argument("--licence", default="", help="what the owner of the data allows (ip2region)")

    def handle(self, *args: Any, **options: Any) -> None:
        sources: list[Path] = options["sources"]
        ranges: dict[int, Iterable[ip_tables.Range]] = {}
        try:
            newest = max(file.stat().st_mtime for file in sources)
            for file in sources:
                version, rows = dbip(file) if file.suffix == ".mmdb" else ip_sources.xdb_ranges(file.read_bytes())
                if version in ranges:
                    raise CommandError(f"{file}: there is already a file for IPv{version}.")
                ranges[version] = rows
            about = DBIP if any(file.suffix == ".mmdb" for file in sources) else {"weak": [], "source": "ip2region"}
            about |= {"licence": options["licence"]} if options["licence"] else {}
            day = options["day"] or datetime.fromtimestamp(newest).astimezone().date().isoformat()
            table = ip_tables.write(options["out"], about | {"day": day}, ranges)
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read or written: {error.strerror}.") from error
        except ip_tables.WrongTable as error:
            raise CommandError(f"{error}. Nothing was written.") from error
        rows_of = ", ".join(f"IPv{version} {len(starts)} rows" for version, starts in table.starts.items())
        self.stdout.write(f"{options['out']}: {rows_of}, {options['out'].stat().st_size} bytes.")


def dbip(file: Path) -> tuple[int, Iterable[ip_tables.Range]]:
    try:
        import maxminddb  # only whoever renews the table needs it
    except ImportError as error:
        raise CommandError("Reading .mmdb files needs a package: pip install maxminddb") from error
    reader = maxminddb.open_database(file)
    return reader.metadata().ip_version, ip_sources.dbip_ranges(reader)
