"""Permission matrix: webhooks at the desk, which the registry officer keeps and nobody else sees."""

import uuid

from gi_registry import webhooks
from tests.matrix import Row

OFFICER = {"officer"}

ROWS: dict[str, Row] = {
    "desk_webhooks": Row(OFFICER, None),
    "desk_webhook_new": Row(OFFICER, OFFICER),
    "desk_webhook": Row(OFFICER, None, "webhook"),
    "desk_webhook_step": Row(None, OFFICER, "webhook pause"),
}


def keys(world):
    """What the addresses name."""
    row, _secret = webhooks.enter(
        by=world.actor("officer"), nonce=uuid.uuid4(), holder="某机构", url="https://receiver.example/changes"
    )
    return {"webhook": [row.pk], "webhook pause": [row.pk, "pause"]}
