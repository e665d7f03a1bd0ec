"""What the load needs in the register: labels to scan, batches to issue, drafts to send, people who are signed in.

Run inside the register's own process (`Stack.run`); the same people and writers as in the tests.
"""

import json
import time
from importlib import import_module
from typing import Any

from soak.stack import Stack

LABELS_A_STEP = 5  # labels that one form activates
SEED = """
import json
from soak import world
print(json.dumps(world.make({sizes!r})))
"""
CHECK = """
import json
from soak import world
print(json.dumps(world.faults()))
"""
STORED = """
import json, sys
from soak import world
print(json.dumps(world.lost(json.loads({acknowledged!r}))))
"""


def seed(stack: Stack, *, reference: bool = False, codes: int = 3000, steps: int = 60) -> Any:
    """Fill the register of a stack; returns sessions, codes with their numbers, batches and drafts.

    `reference`: all real records and pages first, so that a search has something to find.
    """
    if reference:
        for command in ("load_reference", "create_site", "create_content"):
            stack.manage(command)
    return stack.run(SEED.format(sizes={"codes": codes, "steps": steps, "reference": reference}))


def full(stack: Stack) -> Any:
    """The world of the long parts: all real records and pages, and enough for some minutes of use."""
    return seed(stack, reference=True, codes=9000, steps=250)


def make(sizes: dict[str, Any]) -> dict[str, Any]:
    """In the register's process: the world of the tests, among the real records where they were loaded."""
    from django.db import transaction
    from django.utils import translation

    from bench import races
    from enterprises import label_codes, label_keys
    from enterprises.application_models import Document
    from enterprises.scan_models import label_key
    from tests import case_world, label_world

    translation.activate("en")
    with transaction.atomic():
        found = label_world.make_labels(
            certified=10**9, world=races.make_world() if sizes["reference"] else case_world.make_world()
        )
        people = found.world.people
        sessions = {name: session_of(people[name], official=name != "owner") for name in ("owner", "reviewer")}
        asked = [found.request(100).reference for _ in range(sizes["steps"])]
        batch = found.batch(sizes["steps"] * LABELS_A_STEP)
        drafts = [found.world.draft().reference for _ in range(sizes["steps"])]
        for document in Document.objects.all():  # the world of the tests keeps no files
            write(document.name, case_world.pdf(f"{document.application_id} {document.kind}").content)
        scanned = found.batch(sizes["codes"], active=(1, sizes["codes"]))
        secret = label_keys.unseal(scanned.key_id, scanned.secret, f"batch:{scanned.pk}")
        order = label_keys.order_key()
        codes = {
            label_codes.make(scanned.pk, index, secret=secret, order_key=order): label_key(scanned.pk, index)
            for index in range(1, sizes["codes"] + 1)
        }
    return {"sessions": sessions, "issue": asked, "activate": batch.reference, "submit": drafts, "codes": codes}


def write(name: str, content: bytes) -> None:
    """A document of an application, as if it had been uploaded."""
    from enterprises.document_store import folder

    file = folder() / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def session_of(user: Any, *, official: bool) -> str:
    """A session as after signing in; officials with their second factor."""
    from allauth.mfa.totp.internal.auth import TOTP
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    if official:
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.update({
        SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        # As if they proved who they are anew whenever they are asked: the trials last longer than a proof.
        "account_authentication_methods": [{"method": "password", "at": time.time() + 24 * 3600}],
        "account_authentication_methods_user": str(user.pk),
    })  # fmt: skip
    session.save()
    return str(session.session_key)


def check(stack: Stack) -> list[str]:
    """What is wrong with the register now: the journal, the ledgers, anything done twice."""
    return list(stack.run(CHECK))


def faults() -> list[str]:
    """The same, in the register's process."""
    from django.db.models import Count

    from enterprises.label_models import LabelBatch
    from enterprises.scan_models import Scan, ScannedLabel
    from gi_registry import journal
    from gi_registry.models import JournalEntry
    from tests.label_world import assert_balance

    found = [str(line) for line in journal.verify()]
    try:
        assert_balance()
    except AssertionError as error:
        found.append(f"a ledger does not balance: {error}")
    issued = JournalEntry.objects.filter(event_type="batch.issued").values("subject_id").annotate(n=Count("pk"))
    found += [f"batch {row['subject_id']} was issued {row['n']} times" for row in issued if row["n"] > 1]
    for batch in LabelBatch.objects.with_codes().filter(secret=None):
        found.append(f"batch {batch.reference} was issued without a secret")
    counted = dict(ScannedLabel.objects.values_list("label", "count"))
    rows = dict(Scan.objects.values_list("label").annotate(n=Count("minute")))
    found += [f"label {label}: {number} scans, counted {counted.get(label)}"
              for label, number in rows.items() if counted.get(label) != number]  # fmt: skip
    return found


def lost(acknowledged: dict[str, list[Any]]) -> list[str]:
    """In the register's process: what was acknowledged and is not there. Keys by kind, as `soak.load` notes them."""
    from enterprises.application_models import MarkApplication
    from enterprises.label_models import LabelBatch, LabelEvent
    from enterprises.scan_models import Scan, SuspectReport

    questions = {
        "scan": (Scan, "label"), "report": (SuspectReport, "nonce"), "start": (MarkApplication, "nonce"),
        "submit": (MarkApplication.objects.exclude(state="draft"), "reference"),
        "issue": (LabelBatch.objects.filter(state="issued"), "reference"), "activate": (LabelEvent, "nonce"),
    }  # fmt: skip
    found = []
    for kind, keys in acknowledged.items():
        source, field = questions[kind]
        rows = getattr(source, "objects", source).filter(**{f"{field}__in": keys})
        there = {str(value) for value in rows.values_list(field, flat=True)}
        found += [f"{kind} {key} was acknowledged and is not there" for key in keys if str(key) not in there]
    return found


def lost_in(stack: Stack, acknowledged: dict[str, list[Any]]) -> list[str]:
    """What of all that was acknowledged is not there."""
    return list(stack.run(STORED.format(acknowledged=json.dumps(acknowledged))))
