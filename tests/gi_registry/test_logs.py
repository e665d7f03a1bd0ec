"""Logs and mails about errors: enough to find a fault, and nothing of a person."""

import json
import logging
import threading
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from gi_registry import logs, request_log
from gi_registry.urls import *  # noqa: F403 - the pages of errors are those of the site
from gi_registry.urls import urlpatterns as site_urls

SECRET = "somebody@example.org"
pytestmark = pytest.mark.django_db


def broken(request: HttpRequest, token: str) -> HttpResponse:
    password = "a-password-in-a-variable"
    try:
        int(token)
    except ValueError as fault:
        raise IntegrityError(f"Key (email)=({SECRET}) exists {password[:0]}") from fault
    return HttpResponse()


urlpatterns = [path("secret-link/<slug:token>/", broken, name="secret_link"), *site_urls]
LINK = f"/secret-link/{'k' * 20}/"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    """What a production log holds, one dictionary a line."""
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler, requests = Kept(), logging.getLogger("gi.requests")
    handler.setFormatter(logs.JsonLine(json_ensure_ascii=False))
    logging.getLogger().addHandler(handler)
    level = requests.level
    requests.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written]
    requests.setLevel(level)
    logging.getLogger().removeHandler(handler)


def visit(address: str, **headers: str) -> HttpResponse:
    return Client(raise_request_exception=False).get(address, headers=headers)  # type: ignore[return-value]


def test_an_answer_carries_a_reference_that_the_log_knows(lines: Callable[[], list[dict[str, object]]]) -> None:
    answer = visit("/en/verify/?q=1391234567")
    (line,) = [one for one in lines() if one["logger"] == "gi.requests"]
    assert line["request_id"] == answer["X-Request-ID"]
    assert (line["route"], line["method"], line["status"]) == ("enterprises:check_label", "GET", 200)
    assert line["user"] == "none"
    assert isinstance(line["ms"], float)
    assert set(line) == {
        "time", "level", "logger", "process", "message", "request_id", "route", "method", "status", "ms", "user"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0af7651916cd43dd8448eb211c80319c", True), ("short", False), ("x" * 65, False), ("a b\tc<script>", False)],
)
def test_the_reference_of_a_proxy_is_kept_where_it_is_well_formed(given: str, kept: bool) -> None:
    assert (visit("/healthz", X_Request_ID=given)["X-Request-ID"] == given) is kept


@pytest.mark.urls(__name__)
def test_an_error_is_told_without_anything_of_a_person(lines: Callable[[], list[dict[str, object]]]) -> None:
    answer = visit(f"{LINK}?email={SECRET}", X_Request_ID="quote-this-reference")
    assert answer.status_code == 500
    assert answer.content.decode().count("<code>quote-this-reference</code>") == 2  # in both languages
    text = json.dumps(lines())
    for hidden in (SECRET, "k" * 20, "secret-link/", "a-password-in-a-variable", "127.0.0.1"):
        assert hidden not in text
    (fault,) = [line for line in lines() if line["logger"] == "django.request"]
    assert fault["request_id"] == "quote-this-reference"
    assert fault["route"] == "secret_link"
    assert "in broken" in str(fault["fault"])
    assert str(fault["fault"]).splitlines()[-1] == "django.db.utils.IntegrityError"
    assert "builtins.ValueError" in str(fault["fault"])


@pytest.mark.parametrize(
    "address", ["/v/ABCD-EFGH-JKMN-PQRS-TVWX-YZ12", "/follow/secretsecretsecret/", "/no/such/place/", "/en/%00/"]
)
def test_no_path_stands_in_a_log(address: str, lines: Callable[[], list[dict[str, object]]]) -> None:
    visit(address)
    assert lines()
    for piece in address.strip("/").split("/")[1:]:
        assert piece not in json.dumps(lines())


def test_a_message_about_machines_is_told_whole() -> None:
    fault = OperationalError("could not connect to server: Connection refused")
    assert logs.told(type(fault), fault).endswith("OperationalError: could not connect to server: Connection refused")


@pytest.mark.parametrize(
    ("address", "signed_in", "kind"),
    [
        ("/desk/", True, "official"), ("/portal/", True, "enterprise"), ("/cms/", True, "editor"),
        ("/", True, "signed_in"), ("/desk/", False, "none"),
    ],
)  # fmt: skip
def test_the_kind_of_user_is_told_without_asking_the_database(
    address: str, signed_in: bool, kind: str, django_user_model: type, django_assert_num_queries: object
) -> None:
    request = RequestFactory().get(address)
    if signed_in:
        request._cached_user = django_user_model()  # type: ignore[attr-defined]
    with django_assert_num_queries(0):  # type: ignore[operator]
        area = request_log.figures.area_of(request.path_info)
        assert request_log.user_kind(request, area) == kind


# --- Mails ---


@pytest.fixture
def mails(settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Handler]:
    settings.ADMINS = [("", "operator@example.org")]  # type: ignore[attr-defined]
    monkeypatch.setattr(threading.Thread, "start", threading.Thread.run)
    handler = logs.ErrorMail()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.mark.urls(__name__)
def test_the_operator_gets_one_mail_of_one_error(mails: logging.Handler, settings: object) -> None:
    for number in range(5):
        visit(f"/secret-link/{'k' * 20}{'x' * number}/?email={SECRET}", X_Request_ID="quote-this-reference")
    (letter,) = mail.outbox
    assert letter.to == ["operator@example.org"]
    assert letter.subject == "[register] django.db.utils.IntegrityError secret_link"
    assert "request_id: quote-this-reference" in letter.body
    assert "in broken" in letter.body
    hidden = (SECRET, "k" * 20, "a-password-in-a-variable", settings.SECRET_KEY, "SECRET_KEY")  # type: ignore[attr-defined]
    assert not [one for one in hidden if one in letter.body + letter.subject]


def test_the_next_mail_tells_how_often_it_happened(mails: logging.Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(logs.time, "monotonic", lambda: now[0])
    log = logging.getLogger("gi.example")
    for moment in (0, 1, 599, 601):
        now[0] = moment
        log.error("The same: %s", moment)
    assert [letter.body.count("before this, not told: 2") for letter in mail.outbox] == [0, 1]


def test_a_storm_of_errors_is_no_storm_of_mails(mails: logging.Handler) -> None:
    for number in range(200):
        logging.getLogger("gi.example").error(f"Fault {number}")
    assert len(mail.outbox) == logs.MOST_MAILS
    assert len(mails.last) == logs.MOST_MAILS  # type: ignore[attr-defined]


def test_a_mail_server_that_is_away_makes_no_second_error(
    mails: logging.Handler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(OSError("away")))
    logging.getLogger("gi.example").error("Something")
    assert sorted(record.levelname for record in caplog.records) == ["ERROR", "WARNING"]


def test_djangos_own_mails_with_settings_and_variables_are_off() -> None:
    found = logs.configuration("WARNING", "json", mails=True)
    assert found["loggers"]["django"]["handlers"] == []
    assert "mail" in found["root"]["handlers"]
    assert logs.configuration("WARNING", "line", mails=False)["root"]["handlers"] == ["stderr"]
