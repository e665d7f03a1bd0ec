"""The register as in production, broken while people use it: nothing that it acknowledged is lost, all comes back, and
whoever asks meanwhile is told what to do. `make soak` breaks more, for longer.
"""

import contextlib
import json
import re
import signal
import time

import pytest

from soak import world
from soak.load import WRITES, Load, statuses
from soak.stack import HOST, WEBS, NoStack, production_stack, signal_to
from tests.conftest import ON_POSTGRESQL
from tests.postgresql import NoPostgresql

pytestmark = pytest.mark.skipif(ON_POSTGRESQL, reason="this stack has a database server of its own")


@pytest.fixture(scope="module")
def stack():
    """Everything, started once for this file."""
    with contextlib.ExitStack() as running:
        try:
            found = running.enter_context(production_stack(lambda stack: world.seed(stack, codes=2500, steps=60)))
        except (NoStack, NoPostgresql) as reason:
            pytest.skip(str(reason))
        yield found


def broken_and_mended(stack, load, names):
    """Kill services while people ask, start them again; what people saw meanwhile."""
    start = time.monotonic()
    for name in names:
        stack.kill(name)
    time.sleep(1.5)
    mending = time.monotonic()
    stack.start(*names)
    assert load.wait_for(("scan",), mending) is not None, f"no scan was answered after {names} came back"
    assert load.wait_for(WRITES, mending) is not None, f"no form was taken after {names} came back"
    return load.between(start, mending)


def test_what_was_acknowledged_survives_every_kill(stack):
    load = Load(stack)
    with load.running(threads=2):
        assert load.wait_for(("scan",), time.monotonic()) is not None
        signal_to(stack.pids("web-1")[-1], signal.SIGKILL)  # the service starts another process by itself
        assert load.wait_for(("scan",), time.monotonic()) is not None
        for names in (["web-1"], [*WEBS], ["postgres"], ["redis"], ["worker"]):
            seen = broken_and_mended(stack, load, names)
            assert [one for one in seen if not one.clear] == [], names
            assert 500 not in {one.status for one in seen}, f"{names}: {statuses(seen)}"
            if names in (["redis"], ["worker"]):
                assert {one.status for one in seen} <= {200, 302}, f"{names}: {statuses(seen)}"
    assert load.finish() == [], "a form that was sent again is refused"
    acknowledged = load.acknowledged()
    assert set(acknowledged) >= {"scan", *WRITES}
    assert world.lost_in(stack, acknowledged) == []
    assert world.check(stack) == []
    assert "is whole" in stack.manage("verify_journal").stdout


def test_without_web_services_nginx_says_what_to_do(stack):
    for name in WEBS:
        stack.stop(name)
    try:
        answer = stack.client().ask("GET", "/V/ANY-CODE")
        form = stack.client().ask("POST", "/report/", body=b"text=smells")
    finally:
        stack.start(*WEBS)
    assert (answer.status, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (502, "30", "no-store")
    assert "请保留包装和购物凭证" in answer.body.decode()
    assert (form.status, form.body) == (502, answer.body), "a form that was sent gets the same page"
    assert stack.client().ask("GET", "/healthz").status == 200


def test_without_a_database_a_label_is_not_called_unknown(stack):
    code = next(iter(stack.seeded["codes"]))
    stack.kill("postgres")
    try:
        answer = stack.client("127.3.3.3").ask("GET", f"/V/{code}")
    finally:
        stack.start("postgres")
    assert answer.status in (200, 503)  # from memory, or not at all
    if answer.status == 503:
        assert "并不" in answer.body.decode() or "says nothing about" in answer.body.decode()


def test_nginx_gives_static_files_for_good_and_nothing_that_is_private(stack):
    client = stack.client()
    page = client.ask("GET", "/products/").body.decode()
    hashed = re.search(r"/static/css/base\.[0-9a-f]{12}\.css", page)
    assert hashed, "pages name files by their content"
    answer = client.ask("GET", hashed[0], Accept_Encoding="gzip")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" not in client.ask("GET", "/static/css/base.css").headers["Cache-Control"]
    for folder in ("media/images", "media/documents", "private"):
        (stack.gi_home / folder).mkdir(parents=True, exist_ok=True)
    for name in ("media/images/a.png", "media/images/a.svg", "media/documents/a.png", "private/a.png"):
        (stack.gi_home / name).write_bytes(b"x")
    picture = client.ask("GET", "/media/images/a.png")
    assert (picture.status, picture.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    for path in ("/media/images/a.svg", "/media/documents/a.png", "/media/../private/a.png",
                 "/media/images/..%2f..%2fprivate/a.png", "/static/../keys/secret_key"):  # fmt: skip
        assert client.ask("GET", path).status in (400, 404), path


def test_figures_of_operation_are_not_for_everybody(stack):
    assert stack.client("127.5.5.5").ask("GET", "/metrics").status == 403


def test_a_visitor_cannot_choose_an_address(stack):
    """The register counts tries of wrong codes by network; what the visitor writes into the headers is thrown away."""
    wrong, statuses_seen = "0" * 24, []
    for number in range(40):
        forged = f"203.0.{number}.9"
        answer = stack.client("127.9.9.9").ask("GET", f"/v/{wrong}", X_Forwarded_For=forged, Forwarded=f"for={forged}")
        statuses_seen.append(answer.status)
    assert 429 in statuses_seen, "each forged address got tries of its own"


def test_nothing_of_people_stands_in_the_access_log(stack):
    code, label = next(iter(stack.seeded["codes"].items()))
    secret = "s3cr3t-of-a-link"
    for path in (f"/V/{code}", f"/en/v/{code}?q={secret}", f"/{code}", f"/follow/x/{secret}/", f"/report/{secret}/",
                 f"/objections/status/{secret}/", f"/account/password/reset/key/{secret}/", f"/products/?q={secret}",
                 f"/portal/join/{secret}/", f"/api/v1/labels/{code}/"):  # fmt: skip
        stack.client("127.44.55.66").ask("GET", path)
    stack.manage("check")  # long enough for nginx to have written its lines
    log = (stack.home / "nginx" / "access.log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"/V/...", "/en/v/...", "/...", "/follow/...", "/report/...", "/products/"} <= {one["path"] for one in lines}
    for private in (code, secret, "127.44", HOST, str(label)):
        assert private not in log, private
    assert "127.44" not in stack.log("nginx")
