"""A server that is killed while labels are issued, activated or scanned has done each step whole or not at all, has
done all that it acknowledged, and does nothing twice when the same form or the same scan comes again.

A real granian on a database file, killed with SIGKILL. The file is read before the server is started again.
"""

import contextlib
import http.client
import itertools
import os
import sqlite3
import threading
import time
import uuid
from dataclasses import dataclass

import pytest

from tests import server_process
from tests.server_process import Server, duration, killed_while

# Asked like this because the bench uses this file without the suite's own set-up.
ON_POSTGRESQL = os.environ.get("GI_TEST_ON_POSTGRESQL") == "1"
pytestmark = pytest.mark.skipif(ON_POSTGRESQL, reason="this server has a database file of its own")
ROUNDS = 2  # kills in each step; `make bench` makes many more
FORMS = ("issue", "activate")
WARM_UP = 2
LABELS_A_STEP = 10
SCANNERS = 2  # as many as the server has threads
VOLLEY = 400  # scans a kill; a network may make 600 in a minute
PHONE = ("Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0 "
         "Mobile Safari/537.36 MicroMessenger/8.0.49")  # fmt: skip
DONE, REFUSED = 302, 409

SEED = """
import json
import time
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.utils import translation
from enterprises import label_codes, label_keys
from enterprises.scan_models import label_key
from tests.label_world import make_labels
translation.activate("en")
with transaction.atomic():
    found, sessions = make_labels(certified=10**9), {}
    for name in ("owner", "reviewer"):
        user = found.world.people[name]
        if name == "reviewer":
            TOTP.activate(user, "JBSWY3DPEHPK3PXP")
        session = SessionStore()
        session.update({
            SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            # a proof of who they are that lasts as long as the test
            "account_authentication_methods": [{"method": "password", "at": time.time() + 86400}],
            "account_authentication_methods_user": str(user.pk),
        })
        session.save()
        sessions[name] = session.session_key
    asked = [found.request(100).reference for _ in range(%(n)d)]
    batch = found.batch(%(n)d * %(step)d)
    scanned = found.batch(%(codes)d, active=(1, %(codes)d))
    secret = label_keys.unseal(scanned.key_id, scanned.secret, f"batch:{scanned.pk}")
    codes = {
        label_codes.make(scanned.pk, index, secret=secret, order_key=label_keys.order_key()):
        label_key(scanned.pk, index) for index in range(1, %(codes)d + 1)
    }
print(json.dumps({"sessions": sessions, "asked": asked, "batch": batch.reference, "codes": codes}))
"""

CHECK = """
import json
from gi_registry import journal
from tests.label_world import assert_balance
broken = list(journal.verify())
try:
    assert_balance()
except AssertionError as error:
    broken.append(f"a ledger does not balance: {error}")
print(json.dumps(broken))
"""


@dataclass
class Step:
    """Something that is sent once or twice. `parts` are its traces in the database: all there, or none."""

    name: str
    send: object
    traces: dict[str, tuple[str, tuple[object, ...]]]

    def parts(self, home) -> dict[str, int]:
        """How often each trace is there."""
        with contextlib.closing(sqlite3.connect(home / "register.sqlite3")) as file:
            return {name: file.execute(*query).fetchone()[0] for name, query in self.traces.items()}


def issue(server: Server, reference: str) -> Step:
    """The official issues a batch."""
    rows = "SELECT COUNT(*) FROM enterprises_labelbatch WHERE reference = ? AND "
    return Step("issue", lambda: server.post("reviewer", f"/en/desk/label-batches/{reference}/issue/"), {
        "state": (rows + "state = 'issued'", (reference,)),
        "secret": (rows + "secret IS NOT NULL", (reference,)),
        "journal": ("SELECT COUNT(*) FROM gi_registry_journalentry WHERE subject_id = ? AND "
                    "event_type = 'batch.issued'", (reference,)),
    })  # fmt: skip


def activate(server: Server, reference: str, number: int) -> Step:
    """The enterprise activates ten labels, with a form that has a nonce of its own."""
    nonce, first = uuid.uuid4(), 1 + number * LABELS_A_STEP
    values = {"nonce": str(nonce), "which": "some", "first": str(first), "last": str(first + LABELS_A_STEP - 1)}
    path = f"/en/portal/label-batches/{reference}/activate/"
    return Step("activate", lambda: server.post("owner", path, **values), {
        "range": ("SELECT COUNT(*) FROM enterprises_labelevent WHERE nonce = ? AND first = ? AND last = ?",
                  (nonce.hex, first, first + LABELS_A_STEP - 1)),
        "any of its labels": ("SELECT COUNT(*) FROM enterprises_labelevent AS e JOIN enterprises_labelbatch AS b ON "
                              "b.id = e.batch_id WHERE b.reference = ? AND e.first <= ? AND e.last >= ?",
                              (reference, first + LABELS_A_STEP - 1, first)),
    })  # fmt: skip


# --- Forms ---


def forms(home, server, seeded, name, rounds):
    """Kill the server while a form is on its way, look, and send the same form again; what was wrong, and statuses."""
    if name == "issue":
        steps = [issue(server, reference) for reference in seeded["asked"]]
    else:
        steps = [activate(server, seeded["batch"], number) for number in range(rounds + WARM_UP)]
    server.start()
    whole = [duration(steps.pop().send) for _time in range(WARM_UP)][-1]
    wrong, statuses = [], []
    for number, step in enumerate(steps):
        status = killed_while(server, step.send, whole * 1.5 * (number + 0.5) / len(steps))
        statuses.append(status)
        before = step.parts(home)
        server.start()
        again = step.send()[0]
        wrong += faults(step, status, before, again, step.parts(home))
    return wrong, statuses


def faults(step, status, before, again, after):
    """What is wrong with a step whose server was killed and that was then sent again."""
    wrong = []
    done = set(before.values()) == {1}
    if not done and any(before.values()):
        wrong.append(f"half done: {before}")
    if status == DONE and not done:
        wrong.append(f"acknowledged, but not done: {before}")
    if again != DONE and not (step.name == "issue" and done and again == REFUSED):
        wrong.append(f"sent again it was answered with {again}")
    if set(after.values()) != {1}:
        wrong.append(f"after sending it again: {after}")
    return [f"{step.name}: {line}" for line in wrong]


# --- Scans ---


def scan(connection: http.client.HTTPConnection, code: str) -> int:
    """The status of the answer for a code."""
    connection.request("GET", f"/V/{code}", headers={"User-Agent": PHONE, "Accept-Language": "zh-CN"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def volley(server: Server, codes: list[str], delay: float) -> dict[str, int | None]:
    """Scan codes one after the other on several phones until the server is killed; the statuses that came back."""
    sent: dict[str, int | None] = {}
    waiting = iter(codes)

    def phone() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        with contextlib.suppress(OSError, http.client.HTTPException):
            for code in waiting:
                sent[code] = None
                sent[code] = scan(connection, code)
        connection.close()

    phones = [threading.Thread(target=phone) for _time in range(SCANNERS)]
    for one in phones:
        one.start()
    time.sleep(delay)
    server.kill()
    for one in phones:
        one.join(60)
    return sent


def scans(home, server, seeded, rounds):
    """Kill the server while people scan; what was wrong, and how many scans were acknowledged and how many cut off."""
    wrong, acknowledged, cut_off = [], 0, 0
    codes = iter(seeded["codes"])
    for number in range(rounds):
        server.start()
        warm = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        assert scan(warm, next(codes)) == 200
        warm.close()
        sent = volley(server, list(itertools.islice(codes, VOLLEY)), 0.02 + 0.25 * number / rounds)
        told = {code for code, status in sent.items() if status == 200}
        wrong += [f"scan: answered with {status}" for status in sent.values() if status not in (200, None)]
        acknowledged, cut_off = acknowledged + len(told), cut_off + len(sent) - len(told)
        wrong += scan_faults(home, {seeded["codes"][code]: code in told for code in sent})
        server.start()  # whoever got no answer tries again, and so do some who got one
        again = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        tried = {*(set(sent) - told), *list(told)[-5:]}
        assert {scan(again, code) for code in tried} <= {200}
        again.close()
        wrong += scan_faults(home, {seeded["codes"][code]: True for code in tried})
    return wrong, acknowledged, cut_off


def scan_faults(home, labels: dict[int, bool]):
    """What is wrong with labels of which each was scanned by one person; the value says that it must be stored."""
    found = []
    with contextlib.closing(sqlite3.connect(home / "register.sqlite3")) as file:
        for label, must_be_there in labels.items():
            rows = file.execute("SELECT COUNT(*) FROM enterprises_scan WHERE label = ?", (label,)).fetchone()[0]
            query = "SELECT COALESCE(MAX(count), 0) FROM enterprises_scannedlabel WHERE label = ?"
            counted = file.execute(query, (label,)).fetchone()[0]
            if rows != counted or rows > 1 or rows < must_be_there:
                found.append(f"scan: {rows} rows, counted {counted} times; acknowledged: {must_be_there}")
    return found


# --- All of it ---


@dataclass
class Found:
    """What came of all kills."""

    wrong: list[str]
    kills: int
    forms_cut_off: int
    scans_acknowledged: int
    scans_cut_off: int


def crash(home, rounds: int) -> Found:
    """So many kills in each of the three steps, on a register of its own in a folder."""
    sizes = {"n": rounds + WARM_UP, "step": LABELS_A_STEP, "codes": rounds * (VOLLEY + 1)}
    seeded = server_process.read(server_process.run(home, SEED % sizes))
    server, wrong, statuses = Server(home, seeded["sessions"]), [], []
    try:
        for name in FORMS:
            found, told = forms(home, server, seeded, name, rounds)
            wrong, statuses = wrong + found, statuses + told
        found, acknowledged, cut_off = scans(home, server, seeded, rounds)
    finally:
        server.kill()
    wrong += [*found, *server_process.read(server_process.run(home, CHECK))]
    return Found(wrong, len(statuses) + rounds, statuses.count(None), acknowledged, cut_off)


def test_a_killed_server_loses_and_doubles_nothing_of_labels(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    server_process.empty_register(home)
    found = crash(home, ROUNDS)
    assert found.wrong == []
    assert found.kills == 3 * ROUNDS
    assert found.scans_acknowledged > 0
    assert found.forms_cut_off + found.scans_cut_off > 0, "no kill came in the middle of a request"
