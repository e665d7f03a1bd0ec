"""Webhooks: confirmed, signed, in order, at least once, given up after days; and never into our own network."""

import contextlib
import datetime
import http.server
import ipaddress
import json
import re
import socket
import ssl
import threading
import time
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from enterprises import key_rotation
from gi_registry import journal, outgoing, sealing, webhook_delivery, webhooks
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.outgoing import Failed, Fault
from gi_registry.own_keys import key_text
from gi_registry.roles import Role
from gi_registry.state_tables import MoveRefused
from gi_registry.webhook_models import Webhook, WebhookState
from tests import factories as make
from tests import races
from tests.enterprises.conftest import race_database, race_template  # noqa: F401
from tests.enterprises.test_desk_systems import signed_in
from tests.fresh import grow_old
from tests.tags import ROOT

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db
OFFICER = Actor("user:1", Role.OFFICER)
TEA = Subject("product", "365", "安化黑茶")


class Receiver(http.server.ThreadingHTTPServer):
    """Takes what is sent; `answers` are given in turn, the last one for ever. A challenge is echoed unless `deaf`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got, self.answers, self.deaf, self.drip = [], [200], False, False
        self.url = f"http://127.0.0.1:{self.server_port}/changes?of=register"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def told(self):
        """Bodies of messages with entries."""
        return [json.loads(body) for _path, _headers, body in self.got if b'"register.changed"' in body]

    @property
    def sequences(self):
        return [one["entry"]["sequence"] for told in self.told for one in told["data"]["entries"]]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        status = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        if self.server.drip:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _byte in range(100):
                self.wfile.write(b"X")
                time.sleep(0.1)
        echo = b"" if self.server.deaf else body if b"webhook.confirm" in body else b""
        answer = json.dumps({"challenge": json.loads(echo)["data"]["challenge"]}).encode() if echo else b"no"
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args):
        pass

    def handle(self):
        with contextlib.suppress(OSError):
            super().handle()


@pytest.fixture
def receiver(settings):
    settings.WEBHOOKS_TO_LOOPBACK = True
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()


def enter(receiver, **more):
    return webhooks.enter(by=OFFICER, nonce=uuid.uuid4(), holder="某机构", url=receiver.url, **more)


@pytest.fixture
def active(receiver):
    row, secret = enter(receiver)
    assert webhook_delivery.deliver_due() == 1
    row.refresh_from_db()
    assert row.state == WebhookState.ACTIVE
    row.secret_text = secret
    return row


def write(number=1, type=EventType.PRODUCT_AMENDED):
    with transaction.atomic():
        journal.record_all([Event(type, TEA, {"n": at}) for at in range(number)], by=Actor.system("test"))


def due():
    """Whatever waits, waits no more."""
    Webhook.objects.update(due_at=timezone.now() - datetime.timedelta(seconds=1))


# --- Telling


def test_nothing_is_told_before_the_challenge_came_back(receiver):
    receiver.deaf = True
    row, _secret = enter(receiver)
    write()
    webhook_delivery.deliver_due()
    row.refresh_from_db()
    assert (row.state, row.fault, receiver.told) == (WebhookState.WAITING, Fault.ECHO, [])

    receiver.deaf = False
    due()
    webhook_delivery.deliver_due()
    assert receiver.sequences == [1], "what happened since it was entered is told"


def test_everything_arrives_in_order_and_the_example_of_the_document_accepts_it(receiver, active):
    document = (ROOT / "docs" / "open-data.md").read_text(encoding="utf-8")
    example = {}
    exec(re.search(r"```python\n(.*?)```", document, re.S)[1], example)
    write(250)
    assert webhook_delivery.deliver_due() == 3

    assert receiver.sequences == list(range(1, 251))
    spans = [(told["data"]["after"], told["data"]["until"]) for told in receiver.told]
    assert spans == [(0, 100), (100, 200), (200, 250)]
    for _path, headers, body in receiver.got:
        assert example["is_from_the_register"](active.secret_text, headers, body)
        assert not example["is_from_the_register"](active.secret_text, headers, body + b" ")
    assert receiver.told[0]["data"]["entries"][0]["address"] == "http://127.0.0.1:8000/products/365/"
    assert webhook_delivery.deliver_due() == 0


def test_only_the_kinds_that_are_wanted_are_told(receiver):
    row, _secret = enter(receiver, kinds=["right.*", "product.entered"])
    write(2)
    write(1, EventType.RIGHT_AMENDED)
    write(1, EventType.PRODUCT_ENTERED)
    write(3)
    webhook_delivery.deliver_due()
    assert receiver.sequences == [3, 4]
    row.refresh_from_db()
    assert row.cursor == 7


def test_after_a_crash_between_sending_and_noting_the_same_is_sent_again(receiver, active, monkeypatch):
    write(3)
    with monkeypatch.context() as killed:
        killed.setattr(webhook_delivery, "_done", lambda *_args, **_more: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            webhook_delivery.deliver_due()
    write(2)
    assert webhook_delivery.deliver_due() == 0, "another worker has it in hand as far as anybody knows"
    due()
    webhook_delivery.deliver_due()

    told = [(headers["Webhook-Id"], body) for _path, headers, body in receiver.got if b"register.changed" in body]
    assert told[0] == told[1]
    assert receiver.sequences == [1, 2, 3, 1, 2, 3, 4, 5]


def test_what_fails_is_tried_with_growing_waits_and_given_up_after_three_days(receiver, active, caplog):
    write()
    receiver.answers = [500]
    waits, since = [], None
    for _try in range(12):
        due()
        before = timezone.now()
        webhook_delivery.deliver_due()
        active.refresh_from_db()
        waits.append(round((active.due_at - before).total_seconds() / 60))
        since = since or active.failing_since
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 720, 720]
    assert (active.state, active.fault, active.fault_status) == (WebhookState.ACTIVE, Fault.ANSWER, 500)
    assert active.failing_since == since

    Webhook.objects.update(failing_since=timezone.now() - datetime.timedelta(days=3))
    due()
    webhook_delivery.deliver_due()
    assert Webhook.objects.given_up().count() == 1
    assert receiver.url not in caplog.text

    receiver.answers = [204]
    active.refresh_from_db()
    webhooks.resume(active, by=OFFICER)
    webhook_delivery.deliver_due()
    active.refresh_from_db()
    assert (active.cursor, active.failures, active.failing_since, active.fault) == (1, 0, None, "")


def test_what_an_officer_ends_while_a_message_is_on_its_way_stays_ended(receiver, active, monkeypatch):
    write()
    real = outgoing.post

    def post(*args, **more):
        webhooks.end(Webhook.objects.get(pk=active.pk), by=OFFICER)
        return real(*args, **more)

    monkeypatch.setattr(outgoing, "post", post)
    webhook_delivery.deliver_due()
    active.refresh_from_db()
    assert (active.state, active.cursor, bytes(active.secret)) == (WebhookState.ENDED, 0, b"")
    due()
    assert webhook_delivery.deliver_due() == 0


@pytest.mark.django_db(transaction=ON_POSTGRESQL)
def test_many_workers_at_once_send_a_message_once(race_database, receiver):  # noqa: F811
    enter(receiver)
    webhook_delivery.deliver_due()
    write(5)
    outcome = races.at_once([webhook_delivery.deliver_due] * 4)
    assert outcome.errors == []
    assert receiver.sequences == [1, 2, 3, 4, 5]


# --- Where it never goes


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:db8::1",
        "fec0::1",
    ],
)  # fmt: skip
def test_a_name_that_leads_into_a_network_of_ours_is_not_asked(address, monkeypatch):
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))
    inner = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
    monkeypatch.setattr(socket, "create_connection", lambda *_args, **_more: pytest.fail("it was asked"))
    for found in ([inner], [public, inner]):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, found=found, **_more: found)
        with pytest.raises(Failed) as caught:
            outgoing.post("https://receiver.example/", b"", {})
        assert caught.value.fault == Fault.ADDRESS


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_a_public_address_is_one(address):
    assert outgoing.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/", "https://receiver.example:8000/", "https://receiver.example:22/", "ftp://a.example/",
        "https://user:word@receiver.example/", "https://receiver.example/#a", "https:///path", "https://a b.example/",
        "https://receiver.example/\r\nHost: inner", "file:///etc/passwd", "//receiver.example/", "https://[::1", "",
        "https://receiver.example:99999/",
    ],
)  # fmt: skip
def test_an_address_that_could_never_be_asked_is_refused_when_it_is_entered(url):
    with pytest.raises(MoveRefused) as caught:
        webhooks.enter(by=OFFICER, nonce=uuid.uuid4(), holder="某机构", url=url)
    assert caught.value.code == "wrong_address"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_other_writings_of_this_machine_are_seen_through(host, monkeypatch):
    real = socket.getaddrinfo

    def look_up(name, *args, **more):  # the writings of numbers are read here, without any name server
        if name == "localhost":
            name = "127.0.0.1"
        return real(name, *args, **(more | {"flags": socket.AI_NUMERICHOST}))

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", look_up)
    with pytest.raises((Failed, RuntimeError)) as caught:
        outgoing.post(f"https://{host}/", b"", {})
    assert getattr(caught.value, "fault", Fault.ADDRESS) == Fault.ADDRESS


def test_it_connects_to_what_was_looked_up_and_looks_up_once(receiver, monkeypatch):
    asked = []

    def look_up(name, port, **_more):
        asked.append(name)
        address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    real = socket.create_connection
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", look_up)
    monkeypatch.setattr(outgoing.socket, "create_connection", lambda place, **more: _direct(real, place))
    outgoing.post(f"http://receiver.example:{receiver.server_port}/", b"{}", {}, loopback=True)
    assert asked == ["receiver.example"]
    assert receiver.got[0][1]["Host"] == f"receiver.example:{receiver.server_port}"


def _direct(_real, place):
    """A connection to an address that needs no look-up."""
    plain = socket.socket(socket.AF_INET)
    plain.connect(place)
    return plain


def test_a_redirect_is_not_followed(receiver, active):
    write()
    receiver.answers = [302]
    webhook_delivery.deliver_due()
    active.refresh_from_db()
    assert (active.fault, active.fault_status, active.cursor) == (Fault.REDIRECT, 302, 0)
    assert [path for path, _headers, _body in receiver.got if "elsewhere" in path] == []


def test_who_answers_one_letter_at_a_time_is_cut_off(receiver, monkeypatch):
    monkeypatch.setattr(outgoing, "TIME_LIMIT", 0.5)
    receiver.drip = True
    with pytest.raises(Failed) as caught:
        outgoing.post(receiver.url, b"{}", {}, loopback=True)
    assert caught.value.fault == Fault.TIME


def test_who_is_not_there_is_a_failure(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Failed) as caught:
        outgoing.post(f"http://127.0.0.1:{port}/", b"", {}, loopback=True)
    assert caught.value.fault == Fault.CONNECTION


def test_the_certificate_must_be_trusted_and_of_the_name(receiver, tmp_path, monkeypatch):
    certificate = _certificate(tmp_path, "receiver.example")
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain(certificate)
    receiver.socket = inside.wrap_socket(receiver.socket, server_side=True)
    address = "https://{}:" + f"{receiver.server_port}/"
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.server_port))]
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_args, **_more: found)
    monkeypatch.setattr(outgoing.socket, "create_connection", lambda place, **_more: _direct(None, place))

    def fault(name):
        with pytest.raises(Failed) as caught:
            outgoing.post(address.format(name), b"{}", {}, loopback=True)
        return caught.value.fault

    assert fault("receiver.example") == Fault.CERTIFICATE, "nobody vouches for it"
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(outgoing.ssl, "create_default_context", lambda: trusting)
    assert fault("another.example") == Fault.CERTIFICATE
    outgoing.post(address.format("receiver.example"), b"{}", {}, loopback=True)
    assert [body for _path, _headers, body in receiver.got] == [b"{}"]


def _certificate(folder, name):
    key, day = ec.generate_private_key(ec.SECP256R1()), datetime.timedelta(days=1)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder().subject_name(named).issuer_name(named).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "receiver.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(built.public_bytes(serialization.Encoding.PEM) + private)
    return file


# --- Keeping them


@pytest.fixture
def officer():
    user = make.make_person("officer")
    return signed_in(_World(user), "officer")


class _World:
    def __init__(self, user):
        self.people = {"officer": user}


FORM = {"holder": "某机构", "url": "https://receiver.example/changes", "kinds": "product.amended， right.*"}


def test_an_officer_enters_an_address_and_sees_its_secret_once(officer):
    sent = FORM | {"nonce": str(uuid.uuid4())}
    answer = officer.post("/en/desk/webhooks/new/", sent)
    secret = re.search(r"whsec_[\w+/=]{40,}", answer.text)[0]
    assert "no-store" in answer["Cache-Control"]
    row = Webhook.objects.get()
    assert (row.kinds, row.created_by[:5]) == (["product.amended", "right.*"], "user:")
    assert webhooks.secret_of(row) not in bytes(row.secret)
    for page in (reverse("enterprises:desk_webhook", args=[row.pk]), "/en/desk/webhooks/"):
        html = officer.get(page).text
        assert row.holder in html
        assert secret not in html

    again = officer.post("/en/desk/webhooks/new/", sent, follow=True)
    assert Webhook.objects.count() == 1
    assert "whsec_" not in again.text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url": "https://receiver.example:22/"}, "port 443 or 8443"),
        ({"kinds": "product.eaten"}, "product.eaten"),
        ({"holder": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(officer, changed, said):
    html = officer.post("/en/desk/webhooks/new/", FORM | changed).text
    assert said in html
    assert 'role="alert"' in html
    assert (FORM | changed)["url"] in html
    assert not Webhook.objects.exists()


def test_an_officer_pauses_goes_on_renews_and_ends(officer):
    row, first = webhooks.enter(by=OFFICER, nonce=uuid.uuid4(), holder="某机构", url=FORM["url"])

    def do(step):
        answer = officer.post(reverse("enterprises:desk_webhook_step", args=[row.pk, step]), follow=True)
        row.refresh_from_db()
        return answer.text

    do("pause")
    assert row.state == WebhookState.PAUSED
    do("resume")
    assert row.state == WebhookState.WAITING
    second = re.search(r"whsec_[\w+/=]{40,}", do("secret"))[0]
    assert second != first
    do("end")
    assert row.state == WebhookState.ENDED
    refused = do("resume")
    assert row.state == WebhookState.ENDED
    assert "Somebody was faster" in refused or "有人" in refused


def test_a_new_secret_and_a_new_address_need_a_proof_of_who_asks(officer):
    row, _secret = webhooks.enter(by=OFFICER, nonce=uuid.uuid4(), holder="某机构", url=FORM["url"])
    grow_old(officer)
    before = bytes(row.secret)
    for name, args in (("desk_webhook_step", [row.pk, "secret"]), ("desk_webhook_new", [])):
        answer = officer.post(reverse(f"enterprises:{name}", args=args), FORM)
        assert "/account/reauthenticate/" in answer.url
    row.refresh_from_db()
    assert (bytes(row.secret), Webhook.objects.count()) == (before, 1)


def test_of_two_officers_one_wins(db):
    row, _secret = webhooks.enter(by=OFFICER, nonce=uuid.uuid4(), holder="某机构", url=FORM["url"])
    first, second = Webhook.objects.get(pk=row.pk), Webhook.objects.get(pk=row.pk)
    webhooks.end(first, by=OFFICER)
    with pytest.raises(MoveRefused, match="faster"):
        webhooks.renew_secret(second, by=OFFICER)


def test_nobody_else_may(db):
    for role in (Role.AUDITOR, Role.REVIEWER, Role.EDITOR):
        with pytest.raises(MoveRefused) as caught:
            webhooks.enter(by=Actor("user:2", role), nonce=uuid.uuid4(), holder="某机构", url=FORM["url"])
        assert caught.value.code == "not_permitted"


def test_what_the_register_gave_up_is_shown_at_the_desk(officer):
    row, _secret = webhooks.enter(by=OFFICER, nonce=uuid.uuid4(), holder="某机构", url=FORM["url"])
    since = timezone.now() - datetime.timedelta(days=4)
    Webhook.objects.filter(pk=row.pk).update(
        state=WebhookState.PAUSED, failing_since=since, failures=20, fault=Fault.ANSWER, fault_status=503
    )
    html = officer.get(f"/en/desk/webhooks/{row.pk}/").text
    assert "paused this itself" in html
    assert "503" in html


def test_a_new_master_key_seals_the_secrets_anew(settings):
    row, secret = webhooks.enter(by=OFFICER, nonce=uuid.uuid4(), holder="某机构", url=FORM["url"])
    settings.MASTER_KEYS = f"9:{key_text()},{settings.MASTER_KEYS}"
    assert key_rotation.reseal(by=Actor.system("test")) == 1
    settings.MASTER_KEYS = settings.MASTER_KEYS.split(",")[0]
    row.refresh_from_db()
    assert row.key_id == sealing.current_key_id() == 9
    assert webhooks._text(webhooks.secret_of(row)) == secret
