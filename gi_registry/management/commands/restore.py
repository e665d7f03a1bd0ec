"""`manage.py restore FILE`: a register out of its backup, proved row by row and file by file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gi_registry import restoring
from gi_registry.backup_archive import BackupFault


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty place: unpack and compare everything first, put it in place in one go, prove "
        "tables, journal and register. With --replace the register that is here is moved aside, never deleted."
    )
    requires_system_checks: list[str] = []  # there may be nothing to check yet

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", type=Path, metavar="FILE", help="file with the private key")
        parser.add_argument(
            "--replace", action="store_true", help="move aside what is here; server and worker are stopped"
        )
        parser.add_argument(
            "--keys", action="store_true", help="FILE is one of backup --keys: restore the keys"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            private = restoring.identities(options["key"])
            if options["keys"]:
                for line in restoring.restore_keys(options["file"], private, replace=options["replace"]):
                    self.stdout.write(line)
                return
            restoring.restore(options["file"], private, replace=options["replace"], say=self._say)
        except (BackupFault, OSError) as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write("Restored.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
