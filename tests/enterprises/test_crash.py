"""A server that is killed in the middle of a step leaves the old state or the new one, whole, and forgets nothing
that it has acknowledged. A real granian on a database file, killed with SIGKILL at moments spread over the step.
"""

import io
import os

import pytest

from enterprises.papers import Line, Paper, render
from tests import server_process
from tests.server_process import Server, duration, killed_while

# Asked like this because the bench uses this file without the suite's own set-up.
ON_POSTGRESQL = os.environ.get("GI_TEST_ON_POSTGRESQL") == "1"
pytestmark = pytest.mark.skipif(ON_POSTGRESQL, reason="this server has a database file of its own")
ROUNDS = 3  # of each step; `make bench` makes many more
STEPS = ("submit", "upload", "approve", "announce")

SEED = """
import json
import time
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.utils import translation
from enterprises.states import ApplicationState as State
from tests.case_world import make_world
translation.activate("en")
with transaction.atomic():
    world = make_world()
    sessions = {}
    for name in ("owner", "approver", "officer"):
        user = world.people[name]
        if name != "owner":
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
    files = {
        "submit": [world.draft().reference for _ in range(%(n)d)],
        "upload": [world.draft().reference for _ in range(%(n)d)],
        "approve": [world.file(State.PROVINCIAL_REVIEW).reference for _ in range(%(n)d)],
    }
    announce = []
    for number in range(%(n)d):
        from enterprises.models import Enterprise, Membership
        from tests import factories as make
        from tests.case_world import demo_code
        world.enterprise = make.make_enterprise(f"e{number}", uscc=demo_code(number + 1), reference=f"N1{number:03}")
        Membership.objects.filter(user=world.people["owner"]).update(enterprise=world.enterprise)
        announce.append(world.file(State.APPROVED))
    first = Enterprise.objects.get(reference="N00001")
    Membership.objects.filter(user=world.people["owner"]).update(enterprise=first)
files["announce"] = [file.reference for file in announce]
keys = {file.reference: file.pk for file in announce}
print(json.dumps({"sessions": sessions, "files": files, "keys": keys}))
"""

CHECK = """
import hashlib, json
from enterprises.application_models import MarkApplication
from enterprises.document_store import folder
from enterprises.models import Authorisation
from gi_registry import journal
from gi_registry.models import JournalEntry
from products.models import Announcement
found = {}
for file in MarkApplication.objects.prefetch_related("documents", "deadlines", "notes"):
    documents = [(folder() / one.name, one.sha256) for one in file.documents.all() if one.kind == "other"]
    found[file.reference] = {
        "state": file.state,
        "events": sorted(entry.payload["to"] for entry in JournalEntry.objects.about("application", file.reference)
                         if "to" in entry.payload),
        "clocks": sorted(clock.kind for clock in file.deadlines.all() if clock.stopped_on is None),
        "decisions": sum(note.kind == "decision" for note in file.notes.all()),
        "uploads": len(documents),
        "whole": all(path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest
                     for path, digest in documents),
        "authorisations": Authorisation.objects.filter(terms__application=file).count(),
    }
broken = list(journal.verify())
announced = Announcement.objects.count()
print(json.dumps({"files": found, "broken": broken, "announcements": announced}))
"""

# A file before and after each step: everything that the step changes, so that a half would show.
OLD = {
    "submit": {"state": "draft", "events": [], "clocks": []},
    "upload": {"state": "draft", "uploads": 0},
    "approve": {"state": "provincial_review", "clocks": ["decision"], "decisions": 0},
    "announce": {"state": "approved", "clocks": ["announcement"], "authorisations": 0},
}
NEW = {
    "submit": {"state": "submitted", "events": ["submitted"], "clocks": ["acceptance"]},
    "upload": {"state": "draft", "uploads": 1},
    "approve": {"state": "approved", "clocks": ["announcement"], "decisions": 1},
    "announce": {"state": "announced", "clocks": [], "authorisations": 1},
}


def a_pdf() -> bytes:
    """Something that the pipeline has work with."""
    paper = Paper(title="Test report", number="1", date_text="", lines=[Line("a", "b" * 200)] * 40)
    content = render(paper)
    assert io.BytesIO(content).getvalue()
    return content


def sender(server, step, file, key):
    """The request of a step, ready to be sent."""
    portal, desk = f"/en/portal/applications/{file}/", f"/en/desk/files/{file}/"
    if step == "submit":
        return lambda: server.post("owner", portal + "submit/", declared="on", declaration="on")
    if step == "upload":
        return lambda: server.upload("owner", portal + "documents/", a_pdf(), kind="other", title="report")
    if step == "approve":
        values = {"state": "provincial_review", "text": "In order."}
        return lambda: server.post("approver", desk + "move/approve/", **values)
    values = {
        "files": str(key), "applications": str(key), "issuer": "other", "issuer_text": "示例", "number": str(key),
        "text": f"示例公告第{key}号", "published_on": server_process.today(), "action": "publish",
    }  # fmt: skip
    return lambda: server.post("officer", "/en/desk/announcements/", **values)


def crash(home, rounds):
    """Rounds of each step; returns (step, file, status that was seen) and what is found afterwards."""
    seeded = server_process.read(server_process.run(home, SEED % {"n": rounds + 2}))
    server = Server(home, seeded["sessions"])
    seen = []
    try:
        for step in STEPS:
            files = list(seeded["files"][step])
            server.start()
            for _time in range(2):  # of the second, which finds everything imported, the duration is taken
                warm = files.pop()
                whole = duration(sender(server, step, warm, seeded["keys"].get(warm)))
                seen.append((step, warm, 302))
            for number, file in enumerate(files):
                server.start()
                server.request("GET", "/en/portal/", "owner")  # a fresh process has nothing imported yet
                delay = whole * 1.5 * (number + 0.5) / len(files)
                send = sender(server, step, file, seeded["keys"].get(file))
                seen.append((step, file, killed_while(server, send, delay)))
    finally:
        server.kill()
    return seen, server_process.read(server_process.run(home, CHECK))


def faults(seen, found):
    """Every file that is neither old nor new, and everything acknowledged that is lost."""
    wrong = [*found["broken"]]
    for step, file, status in seen:
        facts = found["files"][file]
        old = all(facts[name] == value for name, value in OLD[step].items())
        new = all(facts[name] == value for name, value in NEW[step].items())
        if not (old or new) or not facts["whole"]:
            wrong.append(f"{step} {file}: half done: {facts}")
        if status is not None and not new:
            wrong.append(f"{step} {file}: acknowledged with {status}, but not done: {facts}")
    announced = sum(found["files"][file]["state"] == "announced" for step, file, _status in seen if step == "announce")
    if found["announcements"] != announced:
        wrong.append(f"{found['announcements']} announcements for {announced} announced files")
    return wrong


def test_a_killed_server_leaves_every_step_whole(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    server_process.empty_register(home)
    seen, found = crash(home, ROUNDS)
    assert len(seen) == len(STEPS) * (ROUNDS + 2)
    assert any(status is None for _step, _file, status in seen), "no kill came in the middle of a request"
    assert faults(seen, found) == []
