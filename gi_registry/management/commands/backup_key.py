"""`manage.py backup_key FILE`: a pair of keys for backups; the private one never stays on this machine."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gi_registry import backing_up


class Command(BaseCommand):
    help = (
        "Make a pair of keys for backups. The private key goes into FILE, outside of GI_HOME, or with - is printed "
        "once; the public one is noted, and every backup from now on is encrypted for it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="new file for the private key, or - to print it")

    def handle(self, *args: Any, **options: Any) -> None:
        pair = pyrage.x25519.Identity.generate()
        if options["file"] == "-":
            self.stdout.write(str(pair))
        else:
            self._store(Path(options["file"]).resolve(), str(pair))
        noted = backing_up.recipients_file()
        noted.parent.mkdir(mode=0o700, exist_ok=True)
        with noted.open("a") as stream:
            stream.write(f"{pair.to_public()}\n")
        self.stdout.write(f"Public key: {pair.to_public()}")
        if settings.BACKUP_RECIPIENTS:
            self.stdout.write("GI_BACKUP_RECIPIENTS is set and goes before it: add the public key there.")
        self.stdout.write(
            "Without the private key no backup can be read. Keep it in two places, neither on this machine."
        )

    def _store(self, file: Path, private: str) -> None:
        if file.is_relative_to(settings.GI_HOME):
            raise CommandError(f"{file} lies in GI_HOME, beside what it protects: name a place outside.")
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as fault:
            raise CommandError(f"{file} is there already; a key is never overwritten.") from fault
        except OSError as fault:
            raise CommandError(f"{file} cannot be written: {fault.strerror}.") from fault
        with os.fdopen(handle, "w") as stream:
            stream.write(f"{private}\n")
        self.stdout.write(f"Private key: {file}")
