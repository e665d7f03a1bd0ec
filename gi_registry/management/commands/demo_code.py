"""`manage.py demo_code`: the one-time code of the demonstration accounts of this moment."""

import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gi_registry.management.commands.seed_demo import secrets_in

STEP = 30  # seconds that a code is shown


class Command(BaseCommand):
    help = "Print the one-time code with which demonstration officials and editors sign in now."

    def handle(self, *args: Any, **options: Any) -> None:
        known = secrets_in(settings.GI_HOME / "demo-accounts.txt")
        if settings.PRODUCTION or known is None:
            raise CommandError("There are no demonstration accounts here; make run makes them.")
        counter, gone = divmod(int(time.time()), STEP)
        self.stdout.write(f"{format_hotp_value(hotp_value(known[1], counter))}   (for {STEP - gone} more seconds)")
