"""The check for known holes fails when it should and only then; the list for a release is whole."""

import datetime
import json
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests import supply_chain

TODAY = datetime.date(2026, 11, 22)
HOLE = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["9.9"], "description": ""}


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Any:
    def answer(holes: list[dict[str, Any]] | None = None, stderr: str = "", late: bool = False) -> None:
        def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
            if late:
                raise subprocess.TimeoutExpired(command, more["timeout"])
            told = {"dependencies": [{"name": "pillow", "version": "1.0", "vulns": holes}, {"name": "x", "skip": "y"}]}
            return subprocess.CompletedProcess(command, 1, json.dumps(told) if holes is not None else "", stderr)

        monkeypatch.setattr(supply_chain.subprocess, "run", run)

    return answer


def excuse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    file, real = tmp_path / "pyproject.toml", supply_chain.excused
    file.write_text(f"[tool.known-holes]\nexcused = [{text}]")
    monkeypatch.setattr(supply_chain, "excused", lambda today: real(today, file))


def test_a_known_hole_fails_and_names_the_way_out(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answering([HOLE])
    assert supply_chain.audit(TODAY) == 1
    assert "pillow 1.0: PYSEC-2026-1, mended in 9.9" in capsys.readouterr().err


def test_without_holes_it_is_silent(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answering([])
    assert supply_chain.audit(TODAY) == 0
    assert capsys.readouterr().out == ""


def test_an_index_that_knows_no_package_is_no_index(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.dumps({"dependencies": [{"name": "pillow", "skip_reason": "not found"}]})
    done = subprocess.CompletedProcess([], 0, told, "")
    monkeypatch.setattr(supply_chain.subprocess, "run", lambda command, **more: done)
    assert supply_chain.audit(TODAY) == 0
    assert "skipped" in capsys.readouterr().out


@pytest.mark.parametrize("told", [{"stderr": "ERROR: Could not connect to the feed"}, {"late": True}])
def test_without_an_index_it_says_that_it_skips(
    answering: Any, told: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    answering(**told)
    assert supply_chain.audit(TODAY) == 0
    assert "skipped: no index" in capsys.readouterr().out


def test_a_list_that_cannot_be_read_is_no_reason_to_skip(answering: Any) -> None:
    answering(stderr="invalid requirements input: requirements-s3.txt")
    assert supply_chain.audit(TODAY) == 1


@pytest.mark.parametrize(("until", "outcome"), [("2026-11-22", 0), ("2026-11-21", 1)])
def test_an_excuse_holds_until_its_day(
    answering: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, until: str, outcome: int
) -> None:
    excuse(monkeypatch, tmp_path, f'{{id = "CVE-2026-1", reason = "not reached", until = {until}}}')
    answering([HOLE])
    assert supply_chain.audit(TODAY) == outcome


@pytest.mark.parametrize("text", ['{id = "CVE-1", until = 2027-01-01}', '{id = "CVE-1", reason = "because"}'])
def test_an_excuse_without_reason_or_day_is_none(
    answering: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    excuse(monkeypatch, tmp_path, text)
    answering([HOLE])
    with pytest.raises(ValueError, match="reason and a day"):
        supply_chain.audit(TODAY)


def test_the_excuses_of_the_repository_can_be_read() -> None:
    assert isinstance(supply_chain.excused(TODAY), set)


def test_the_list_of_a_release_names_every_package_with_hashes_and_licence() -> None:
    text = supply_chain.bill_of_materials()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    made = json.loads(text)
    locked = {
        line.split("==")[0]
        for line in supply_chain.LOCKED.read_text(encoding="utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    }
    assert {one["name"] for one in made["components"]} == locked
    assert made["metadata"]["component"]["name"] == "gi-registry"
    for one in made["components"]:
        hashes = [each for place in one["externalReferences"] for each in place.get("hashes", [])]
        assert [each["alg"] for each in hashes].count("SHA-256") == len(hashes) > 0, one["name"]
        assert one["purl"].startswith(f"pkg:pypi/{one['name'].replace('_', '-')}@")
    without = {one["name"] for one in made["components"] if not one.get("licenses")}
    assert without <= {"colorama", "tzdata", "cffi", "pycparser", "async-timeout", "pyrage"}  # not installed; says none
