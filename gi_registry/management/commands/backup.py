"""`manage.py backup [FOLDER]`: the database of one moment and all files, in one encrypted archive."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gi_registry import backing_up, backup_contents
from gi_registry.backup_archive import BackupFault


class Command(BaseCommand):
    help = (
        "Write the database, as it is at one moment, and all files of the register into one encrypted archive. The "
        "site stays up meanwhile. With --keys: the keys of this installation instead, into a file of their own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, help="where to; GI_HOME/backups unless told otherwise"
        )
        parser.add_argument("--keys", action="store_true", help="back up the keys, and nothing else")
        parser.add_argument(
            "--keep", type=int, default=0, metavar="DAYS",
            help="afterwards keep the newest backup of each of so many days and of 12 months; delete the others",
        )  # fmt: skip
        parser.add_argument("--unencrypted", action="store_true", help="a plain tar; refused in production")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = (options["folder"] or backing_up.own_folder()).resolve()
        if options["keep"] < 0:
            raise CommandError("--keep takes a number of days.")
        try:
            if options["keys"]:
                file = backing_up.make_keys(folder)
                self.stdout.write(
                    f"{file}\nKeep it apart from the backups of the data: who has both can make label codes."
                )
                return
            told = backing_up.make(folder, encrypted=not options["unencrypted"], keep=options["keep"])
        except (BackupFault, OSError) as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(told["path"])
        count = sum(files for folder, (files, _size) in told["files"].items() if folder != "database")
        self.stdout.write(
            f"{told['rows']:,} rows and {count:,} files; {told['bytes'] / 1e6:,.1f} MB in {told['seconds']} s;"
            f" journal at {told['journal_head'][0]}."
        )
        if not backup_contents.media_are_here():
            self.stdout.write("Media lie in an object store and are not in it: keep its versions there.")
        if told["gone"]:
            self.stdout.write(f"{len(told['gone'])} files were erased while it was made and are not in it.")
        for name in told["deleted"]:
            self.stdout.write(f"deleted {name}")
