"""How the register runs: fit to answer or not, figures for a monitor, the operator's page."""

import datetime
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError
from django.db.models import F
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cms.management.commands import work
from enterprises import operation_facts, operation_lines
from enterprises.application_models import Deadline
from enterprises.label_models import Season
from gi_registry import backing_up, figure_files, figures, journal, operation_notes, software
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from tests.case_world import make_world
from tests.label_world import code_of, make_labels
from tests.tags import ROOT

pytestmark = pytest.mark.django_db
OUTSIDE = {"REMOTE_ADDR": "203.0.114.9"}
PASSED_ON = {"headers": {"X-Forwarded-For": "203.0.114.9"}}


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.GI_HOME = tmp_path
    settings.OPEN_DATA_ROOT = tmp_path / "open-data"
    monkeypatch.setattr(operation_facts.shutil, "disk_usage", lambda place: SimpleNamespace(free=9 * 1024**3))
    return tmp_path


def ready(client: Client, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz", **more)
    return answer.status_code, answer.json()


def ago(**time: int) -> str:
    return (timezone.now() - datetime.timedelta(**time)).isoformat()


def waits(minutes: int, status: str = "READY") -> None:
    row = DBTaskResult.objects.create(
        status=status, args_kwargs={"args": [], "kwargs": {}}, task_path="x", backend_name="queue",
        run_after=timezone.now(), exception_class_path="", traceback="",
    )  # fmt: skip
    DBTaskResult.objects.filter(pk=row.pk).update(enqueued_at=timezone.now() - datetime.timedelta(minutes=minutes))


# --- Fit to answer ---


def test_a_sound_server_is_ready(client: Client) -> None:
    status, told = ready(client)
    assert (status, told["status"]) == (200, "ok")
    assert {name: one["state"] for name, one in told["checks"].items()} == dict.fromkeys(
        ["database", "migrations", "time", "worker", "cache", "disk"], "ok"
    )


def away(*_args: object, **_more: object) -> None:
    raise ConnectionError("redis://:password@cache:6379 is away")


def test_without_its_cache_the_register_is_slower_not_wrong(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(cache._connections["default"]), "set", away)  # type: ignore[attr-defined]
    status, told = ready(client)
    assert (status, told["status"], told["checks"]["cache"]["state"]) == (200, "degraded", "degraded")
    assert "password" not in json.dumps(told)
    assert operation_facts.figures().journal_head >= 0


def test_a_redis_that_is_away_is_seen_behind_its_cache(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://:password@127.0.0.1:9/0"
    status, told = ready(client)
    assert (status, told["checks"]["cache"]["state"]) == (200, "degraded")
    assert "password" not in json.dumps(told)


def test_without_its_database_it_gets_no_visitors(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("connection refused for user register")

    monkeypatch.setattr(operation_facts, "_database", gone)
    status, told = ready(client)
    assert (status, told["status"]) == (503, "failed")
    assert set(told["checks"]) == {"database", "cache", "disk"}
    assert "register" not in json.dumps(told)


def test_software_ahead_of_its_tables_gets_no_visitors(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation_facts, "_migrated", [])
    monkeypatch.setattr(operation_facts.MigrationExecutor, "migration_plan", lambda self, targets: ["0099"])
    assert ready(client)[0] == 503


@pytest.mark.parametrize(("free", "status", "state"), [(50, 503, "failed"), (500, 200, "degraded"), (5000, 200, "ok")])
def test_a_disk_that_fills_up_is_told_in_time(
    client: Client, monkeypatch: pytest.MonkeyPatch, free: int, status: int, state: str
) -> None:
    monkeypatch.setattr(operation_facts.shutil, "disk_usage", lambda place: SimpleNamespace(free=free * 1024**2))
    assert (ready(client)[0], ready(client)[1]["checks"]["disk"]["state"]) == (status, state)


def test_a_disk_that_cannot_be_written_is_no_home(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.GI_HOME = tmp_path / "gone"
    assert ready(client)[0] == 503


@pytest.mark.parametrize(("later", "state"), [(5, "ok"), (3600, "degraded")])
def test_a_machine_whose_time_is_behind_what_was_written_is_told(
    client: Client, monkeypatch: pytest.MonkeyPatch, later: int, state: str
) -> None:
    with monkeypatch.context() as elsewhere:
        ahead = timezone.now() + datetime.timedelta(seconds=later)
        elsewhere.setattr(journal.timezone, "now", lambda: ahead)
        tea = Subject("product", "365", "安化黑茶")
        journal.record(Event(EventType.PRODUCT_AMENDED, tea, {}), by=Actor.system("tests"))
    status, told = ready(client)
    assert (status, told["checks"]["time"]["state"]) == (200, state)


def test_a_worker_that_died_or_hangs_degrades(client: Client, home: Path) -> None:
    (home / "worker.json").write_text(json.dumps({"at": ago(minutes=1)}))
    assert ready(client)[1]["status"] == "ok"
    (home / "worker.json").write_text(json.dumps({"at": ago(minutes=6)}))
    assert ready(client)[1]["status"] == "degraded"
    (home / "worker.json").write_text("half a fi")
    assert ready(client)[1]["status"] == "ok"
    waits(11)  # seen from every host
    status, told = ready(client)
    assert (status, told["checks"]["worker"]["state"]) == (200, "degraded")


def test_what_is_to_be_done_later_does_not_wait(client: Client) -> None:
    waits(60)
    DBTaskResult.objects.update(run_after=timezone.now() + datetime.timedelta(hours=1))
    assert operation_facts.queue(timezone.now()) == operation_facts.Queue(0, 0, 0, 0)


def test_strangers_learn_the_state_and_no_numbers(client: Client) -> None:
    for more in (OUTSIDE, PASSED_ON):
        told = ready(client, **more)[1]
        assert all(set(one) == {"state"} for one in told["checks"].values())


# --- Figures for a monitor ---


def metrics(client: Client, **more: Any) -> dict[str, float]:
    text = client.get("/metrics", **more).content.decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(number) for name, _blank, number in lines}


@pytest.mark.parametrize("more", [OUTSIDE, PASSED_ON, {"headers": {"Via": "1.1 proxy"}}, {"REMOTE_ADDR": ""}])
def test_figures_are_not_there_for_strangers(client: Client, settings: Any, more: dict[str, Any]) -> None:
    assert client.get("/metrics", **more).status_code == 404
    settings.METRICS_TOKEN = "a-token-of-the-operator"
    for token in ("", "Bearer", "Bearer wrong", "Bearer a-token-of-the-operator2"):
        headers = more.get("headers", {}) | {"Authorization": token}
        assert client.get("/metrics", **(more | {"headers": headers})).status_code == 404
    headers = more.get("headers", {}) | {"Authorization": "Bearer a-token-of-the-operator"}
    assert client.get("/metrics", **(more | {"headers": headers})).status_code == 200


def test_an_empty_token_opens_nothing(client: Client) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}, **OUTSIDE).status_code == 404


def test_figures_tell_ledgers_queue_clocks_and_journal(client: Client) -> None:
    labels = make_labels()
    batch = labels.batch(10, active=(1, 6))
    waits(3)
    waits(9, "FAILED")
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    Deadline.objects.update(started_on=yesterday, due_on=yesterday)
    found = metrics(client)
    assert (found['gi_labels{state="issued"}'], found['gi_labels{state="active"}']) == (10, 6)
    states = ("active", "waiting", "void", "returned")
    assert sum(found[f'gi_labels{{state="{state}"}}'] for state in states) == batch.count
    assert found['gi_certified_thousandths{unit="kg"}'] > 0
    assert (found['gi_tasks{state="waiting"}'], found['gi_tasks{state="failed"}']) == (1, 1)
    assert 180 <= found["gi_task_oldest_seconds"] < 240
    late = Deadline.objects.filter(stopped_on=None).count()
    assert found['gi_clocks_overdue{of="application"}'] == late
    assert found["gi_journal_head"] > 0
    assert found["gi_up"] == 1


def test_each_answer_about_a_label_is_counted_by_what_it_was(client: Client) -> None:
    code = code_of(make_labels().batch(10, active=(1, 10)), 7)
    before = metrics(client)
    client.get(f"/v/{code}/")
    client.get(f"/v/{code}/")
    client.get("/v/NOTACODE/")
    after = metrics(client)
    grown = {name: after[name] - before.get(name, 0) for name in after if name.startswith("gi_label_answers_total")}
    assert {name: number for name, number in grown.items() if number} == {
        'gi_label_answers_total{answer="in_force"}': 2, 'gi_label_answers_total{answer="typing_error"}': 1,
    }  # fmt: skip
    assert after['gi_requests_total{area="label",status="200"}'] - before.get(
        'gi_requests_total{area="label",status="200"}', 0
    ) == 2


def test_no_figure_names_a_label_a_person_or_a_path(client: Client) -> None:
    code = code_of(make_labels().batch(10, active=(1, 10)), 7)
    client.get(f"/v/{code}/")
    client.get("/some/secret/link/")
    text = client.get("/metrics").content.decode()
    assert code not in text
    assert "secret" not in text


@pytest.mark.parametrize("file", ["docs/monitoring.md", "deploy/alerts.yml"])
def test_every_figure_that_is_explained_or_watched_is_told(client: Client, home: Path, file: str) -> None:
    operation_notes.write(operation_notes.WORKER)
    operation_notes.write(operation_notes.VERIFIED, ok=True)
    client.get("/v/NOTACODE/")
    figures.UPLOADS.labels("taken")
    told = {name.partition("{")[0] for name in metrics(client)}
    named = set(re.findall(r"\bgi_[a-z_]+", (ROOT / file).read_text(encoding="utf-8")))
    assert len(named) > 10
    assert {name for name in named if not {name, f"{name}_bucket"} & told} == set()


def test_without_a_database_the_figures_say_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(now: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(operation_facts, "_reckoned", gone)
    found = metrics(client)
    assert found["gi_up"] == 0
    assert "gi_journal_head" not in found
    assert 'gi_requests_total{area="operation",status="200"}' in found


def test_the_age_of_a_backup_is_told_and_whether_it_went_well(client: Client, home: Path) -> None:
    assert 'gi_age_seconds{what="backup"}' not in metrics(client)
    (home / "backups").mkdir()
    (home / "backups/last.json").write_text(json.dumps({"made_at": ago(hours=3), "ok": False}))
    found = metrics(client)
    assert 10_800 <= found['gi_age_seconds{what="backup"}'] < 10_900
    assert found['gi_last_ok{what="backup"}'] == 0


def test_the_newest_open_data_are_told(client: Client, home: Path) -> None:
    for day in ("2026-11-20", "2026-11-21"):
        (home / "open-data" / day).mkdir(parents=True)
        (home / "open-data" / day / "manifest.json").write_text(json.dumps({"made_at": f"{day}T03:00:00+08:00"}))
    found = line("Open data").at
    assert found is not None
    assert found.isoformat() == "2026-11-21T03:00:00+08:00"


COUNTS = """
import sys
from gi_registry import figures
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector
for _time in range(int(sys.argv[1])):
    figures.SCANS.labels("in_force").inc()
register = CollectorRegistry()
MultiProcessCollector(register)
print(int(register.get_sample_value("gi_label_answers_total", {"answer": "in_force"})), figures.SEVERAL_PROCESSES)
"""


def test_several_processes_tell_their_sum(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": figure_files.folder(tmp_path)}

    def count(number: str) -> str:
        command = [sys.executable, "-c", COUNTS, number]
        return subprocess.check_output(command, env=environment, cwd=ROOT, text=True).strip()

    said = [count("3"), count("4")]
    assert said == ["3 True", "7 True"]
    assert not figures.SEVERAL_PROCESSES  # this process counts for itself


def test_a_new_start_counts_from_zero_and_a_new_worker_does_not(tmp_path: Path) -> None:
    place = Path(figure_files.folder(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (place / f"counter_{dead.pid}.db").touch()
    (place / f"counter_{os.getppid()}.db").touch()  # a worker that lives
    figure_files.folder(tmp_path)
    assert len(list(place.iterdir())) == 2
    (place / f"counter_{os.getppid()}.db").unlink()
    figure_files.folder(tmp_path)
    assert list(place.iterdir()) == []


# --- The operator's page ---


@pytest.fixture
def page(client: Client) -> Callable[[], str]:
    user = make_world().people["auditor"]
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(user)
    return lambda: client.get("/en/desk/operation/").content.decode()


def line(label: str) -> operation_lines.Line:
    (found,) = [one for part in operation_lines.sections() for one in part.lines if one.label == label]
    return found


def test_the_page_tells_every_figure_with_its_time(page: Callable[[], str]) -> None:
    text = page()
    for label in ("Database", "Disk", "Worker", "Queue", "Clocks overdue", "Last backup", "Sum of all ledgers"):
        assert f">{label}</th>" in text
    assert "no backup noted" in text
    assert software.version() in text


def test_the_page_tells_no_secret(page: Callable[[], str], settings: Any) -> None:
    text = page()
    secrets = [settings.SECRET_KEY, settings.MASTER_KEYS, settings.ORDER_KEY, str(settings.GI_HOME)]
    assert not [one for one in secrets if one in text]


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        ({"made_at": ago(hours=20), "ok": True, "bytes": 5_000_000, "journal_head": [41, "ab"]}, "live"),
        ({"made_at": ago(hours=40), "ok": True, "bytes": 5_000_000, "journal_head": [41, "ab"]}, "look"),
        ({"made_at": ago(hours=1), "ok": False}, "stopped"),
        ({"made_at": "never", "ok": True}, "look"),
        ([1, 2], "look"),
    ],
)
def test_a_backup_is_late_failed_or_fine(home: Path, note: Any, kind: str) -> None:
    (home / "backups").mkdir()
    (home / "backups/last.json").write_text(json.dumps(note))
    assert line("Last backup").kind == kind


def test_the_last_backup_is_told_as_the_command_noted_it(home: Path) -> None:
    told = {"made_at": ago(hours=1), "bytes": 5_000_000, "journal_head": [41, "ab12"], "ok": True}
    backing_up._note(told)
    assert line("Last backup").text == "4.8\xa0MB, up to entry 41"
    backing_up._note({"made_at": ago(hours=1), "ok": False, "reason": "There is no room."})
    assert line("Last backup").text == "failed; the log of the command says why"


def test_the_proof_of_the_journal_is_noted(home: Path) -> None:
    assert line("Journal last proved").kind == "look"
    call_command("verify_journal", verbosity=0)
    assert line("Journal last proved").kind == "live"
    assert operation_notes.read(operation_notes.VERIFIED)["sequence"] == operation_facts.figures().journal_head


def test_a_ledger_that_does_not_balance_stands_out(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = make_labels()
    assert line("Sum of all ledgers").kind == "live"
    labels.batch(10)
    cache.clear()
    assert line("Sum of all ledgers").kind == "live"
    Season.objects.update(certified=F("certified") + 1)
    cache.clear()
    assert line("Sum of all ledgers").kind == "stopped"


def test_the_page_stands_without_figures(page: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation_facts, "figures_or_none", lambda: None)
    assert "The database does not answer." in page()


def test_a_working_worker_gives_a_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "chores_due", lambda now: None)
    monkeypatch.setattr(work.Command, "_listen", lambda self, beside: None)
    monkeypatch.setattr(work.Command, "_empty_the_queue", lambda self: self._end())
    call_command("work")
    assert operation_facts.seconds_since(operation_notes.read(operation_notes.WORKER)["at"]) < 60  # type: ignore[operator]


def test_a_note_that_cannot_be_written_hinders_nobody(settings: Any, tmp_path: Path) -> None:
    settings.GI_HOME = tmp_path / "gone"
    operation_notes.write(operation_notes.WORKER)
    assert operation_notes.read(operation_notes.WORKER) == {}


def test_lengths_of_time_are_told_in_their_largest_unit() -> None:
    assert [operation_lines.span(number) for number in (None, 59, 60, 7200, 200_000)] == [
        "0 s", "59 s", "1 min", "2 h", "2 d"
    ]  # fmt: skip
