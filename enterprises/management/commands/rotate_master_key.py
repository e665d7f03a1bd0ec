"""`manage.py rotate_master_key`: seal every secret under the first of GI_MASTER_KEYS. Codes stay as they are."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enterprises import key_rotation
from enterprises.label_keys import SealBroken
from gi_registry.journal import Actor


class Command(BaseCommand):
    help = (
        "Seal the secrets of label batches under the first key of GI_MASTER_KEYS. Put the new key first, keep the "
        "old one behind it, run this, then remove the old one."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = key_rotation.reseal(by=Actor.system("rotate_master_key"))
        except SealBroken as fault:
            raise CommandError(f"{fault} Nothing was changed.") from fault
        self.stdout.write(f"{count} secrets sealed anew; codes are unchanged.")
