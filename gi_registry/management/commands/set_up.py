"""`manage.py set_up`: everything between installed packages and a site that can be served."""

import hashlib
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from gi_registry import demo_labels

# Number 1 is the installation of packages, which the Makefile has done before.
STEPS = [
    ("2/6 Preparing the database", "migrate", {"verbosity": 0}),
    ("3/6 Loading reference data", "load_reference", {}),
    ("4/6 Creating the first pages", "create_site", {}),
    ("5/6 Creating guides, regulations, stories and news", "create_content", {}),
    ("6/6 Creating demonstration accounts", "seed_demo", {}),
]


def fingerprint() -> str:
    """Hash of all that decides what the database holds: code and data of our apps, packages, database.

    Whole folders on purpose: a list of "the files that matter" would one day lack one, and the price of
    a needless run of idempotent commands is some seconds.
    """
    database = settings.DATABASES["default"]
    digest = hashlib.sha256(f"{database['HOST']}/{database['NAME']}".encode())
    folders = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    files = [file for folder in folders for file in folder.rglob("*") if "__pycache__" not in file.parts]
    for file in sorted([*files, settings.BASE_DIR / "requirements.txt"]):
        if file.is_file():
            digest.update(f"\n{file.relative_to(settings.BASE_DIR)}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


class Command(BaseCommand):
    help = (
        "Migrate, load the reference data, create the pages and the demonstration accounts. Does "
        "nothing when neither code nor data have changed since the last time."
    )
    # They read every view of the site, a second's work: asked below, where there is something to do.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="", help="where the site will be served; printed at the end")
        parser.add_argument("--again", action="store_true", help="run every step even if nothing has changed")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("set_up makes demonstration accounts with known passwords; not in production.")
        settings.STATIC_ROOT.mkdir(exist_ok=True)  # filled by collectstatic, which is for production only
        stamp = settings.GI_HOME / "set-up"
        wanted = fingerprint()
        done = stamp.read_text() if stamp.exists() else ""
        # A database removed by hand takes its tables along, but not the stamp.
        empty = "django_migrations" not in connection.introspection.table_names()
        if done != wanted or empty or options["again"]:
            self._run_steps()
            stamp.write_text(wanted)
        if options["address"]:
            self._say_what_to_open(options["address"])

    def _run_steps(self) -> None:
        self.check()
        for title, command, arguments in STEPS:
            self.stdout.write(f"{title} ...")
            self.stdout.flush()
            start = time.monotonic()
            call_command(command, stdout=self.stdout, stderr=self.stderr, **arguments)
            self.stdout.write(f"    done in {time.monotonic() - start:.1f} s")

    def _say_what_to_open(self, address: str) -> None:
        accounts = settings.GI_HOME / "demo-accounts.txt"
        self.stdout.write(f"\nThe register is served at  {address}/   (English: {address}/en/)")
        # From the setting, not reversed: the views need not be read to print this.
        editor = f"{address}/{settings.CMS_PATH}"
        self.stdout.write(f"Search {address}/products/   Editing {editor}   Stop with Ctrl-C")
        if shown := demo_labels.addresses():
            self.stdout.write("Labels to check, one for each answer:")
            for word, path in shown:
                self.stdout.write(f"  {word:<24} {address}{path}")
        if accounts.exists():
            self.stdout.write(f"Demonstration accounts ({accounts}):")
            self.stdout.write(accounts.read_text(encoding="utf-8").rstrip())
        self.stdout.write("")
        self.stdout.flush()
