"""The repository around the code: documents, settings, requirements and translations that must agree."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import polib
import pytest

from tests.tags import APPS, ROOT

PO_FILES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
TEXT = {".py", ".html", ".js", ".css", ".md", ".toml", ".txt", ".yaml", ".yml", ".sh", ".example", ".po", ""}
NOT_OURS = {".git", ".venv", "var", "vendor", "__pycache__", "node_modules"}


@cache
def repository_files() -> list[Path]:
    """The files of the repository (in a copy without git: every file that is not obviously made)."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        paths = [ROOT / line for line in found.stdout.splitlines()]
    else:
        paths = list(ROOT.rglob("*"))
    return sorted(p for p in paths if p.is_file() and not NOT_OURS & set(p.relative_to(ROOT).parts))


def lines_matching(pattern: str, suffixes: set[str] = TEXT) -> list[str]:
    expression = re.compile(pattern)
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in repository_files()
        if file.suffix in suffixes
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if expression.search(line)
    ]


# --- What must not be in the repository (the patterns are cut in two so that they do not find themselves) ---


def test_no_package_index_is_named() -> None:
    hosts = r"pypi" + r"\.org|python" + r"hosted|registry\.np" + r"mjs|--(extra-)?index-" + r"url[ =]"
    assert lines_matching(hosts) == []


def test_no_path_of_one_machine_is_named() -> None:
    assert lines_matching(r"(^|[\s\"'=(])/(wor" + r"k|roo" + r"t|hom" + r"e|Use" + r"rs|far" + r"m)/\w") == []


def test_nothing_is_left_unfinished() -> None:
    marks = r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|NotImplemented" + r"Error|mark\.x" + r"fail"
    assert lines_matching(marks, {".py", ".html", ".js", ".css", ".md"}) == []


def test_no_page_loads_from_another_host() -> None:
    elsewhere = r"<(script|link|img|iframe|source)\b[^>]*(src|href)=[\"'](https?:)?//"
    assert lines_matching(elsewhere, {".html"}) == []


# --- What must agree ---


def test_the_document_of_states_is_made_from_the_tables() -> None:
    from gi_registry.management.commands.write_states import FILE, document

    assert FILE.read_text(encoding="utf-8") == document(), "run make docs"


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_documented_commands_exist() -> None:
    targets = make_targets()
    documents = [file for file in repository_files() if file.suffix == ".md"]
    assert ROOT / "README.md" in documents
    wrong = []
    for document in documents:
        text = document.read_text(encoding="utf-8")
        code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", "\n".join(code)):
            if target not in targets:
                wrong.append(f"{document.name}: make {target}")
        for command in re.findall(r"manage\.py ([a-z][a-z_]*)", "\n".join(code)):
            ours = any((ROOT / app / "management" / "commands" / f"{command}.py").is_file() for app in APPS)
            if not ours and command not in DJANGO_COMMANDS:
                wrong.append(f"{document.name}: manage.py {command}")
    assert not wrong, "\n".join(wrong)


DJANGO_COMMANDS = {
    "check", "clearsessions", "collectstatic", "compilemessages", "createsuperuser", "dbshell", "makemessages",
    "makemigrations", "migrate", "runserver", "shell", "showmigrations", "test",
}  # fmt: skip


def test_phony_targets_are_complete_and_explained() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(" ".join(re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)).split())
    explained = set(re.findall(r"^([a-z][a-z-]*):[^#\n]*## .+$", makefile, re.MULTILINE))
    assert phony == make_targets()
    assert explained == phony, "`make help` prints the text after ##"


def settings_variables() -> set[str]:
    """Names of the environment variables that settings.py reads."""
    module = ast.parse((ROOT / "gi_registry" / "settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and re.fullmatch(r"env(\.\w+)?", ast.unparse(node.func))
        and isinstance(node.args[0], ast.Constant)
    }


def test_env_example_lists_every_variable() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", example, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == settings_variables()


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    declared = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    for dependency in declared:
        line = next(line for line in text.splitlines() if f'"{dependency}"' in line)
        assert re.search(r"# \w{2,}", line), f"no reason beside {dependency}"


@pytest.mark.parametrize(
    ("name", "extra"),
    [("requirements.txt", []), ("requirements-s3.txt", ["s3"]), ("requirements-dev.txt", ["s3", "dev"])],
)
def test_requirements_pin_what_pyproject_asks_for(name: str, extra: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(d for key in extra for d in project["optional-dependencies"][key])]
    names = {re.split(r"[<>=\[ ]", dependency)[0].lower() for dependency in asked}
    text = (ROOT / name).read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9._-]+)(?:\[[\w,]+\])?==\S", text, re.MULTILINE))
    assert names <= pinned, "run `make lock`"
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert [b.split("==")[0] for b in blocks if "==" in b and "--hash=sha256:" not in b] == []


# --- Translations ---


def entries(catalogue: polib.POFile | polib.MOFile) -> dict[tuple[str | None, str, str], object]:
    return {
        (entry.msgctxt or None, entry.msgid, entry.msgid_plural or ""): entry.msgstr_plural or entry.msgstr
        for entry in catalogue
        if not entry.obsolete
    }


def test_the_default_language_has_a_catalogue() -> None:
    assert ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po" in PO_FILES


@pytest.mark.parametrize("po", PO_FILES, ids=lambda po: po.parent.parent.name)
def test_every_message_is_translated(po: Path) -> None:
    catalogue = polib.pofile(str(po))
    missing = [entry.msgid for entry in catalogue.untranslated_entries()]
    assert missing == [], f"{len(missing)} messages without a translation"
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == [], "fuzzy: check, then remove the mark"
    assert not catalogue.metadata_is_fuzzy, "remove the mark of the header, else its plural rule is not compiled"


PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.mark.parametrize("po", PO_FILES, ids=lambda po: po.parent.parent.name)
def test_translations_keep_the_placeholders(po: Path) -> None:
    wrong = [
        f"{entry.msgid!r} -> {text!r}"
        for entry in polib.pofile(str(po)).translated_entries()
        for text in (entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr])
        if set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid)) != set(PLACEHOLDER.findall(text))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("po", PO_FILES, ids=lambda po: po.parent.parent.name)
def test_compiled_translations_are_in_step(po: Path) -> None:
    mo = po.with_suffix(".mo")
    assert mo.is_file(), "run `make messages`"
    assert entries(polib.mofile(str(mo))) == entries(polib.pofile(str(po))), "run `make messages`"


@pytest.mark.skipif(not shutil.which("xgettext"), reason="Debian package gettext is not installed")
@pytest.mark.parametrize("po", PO_FILES, ids=lambda po: po.parent.parent.name)
def test_every_message_of_the_source_is_in_the_catalogue(po: Path, tmp_path: Path) -> None:
    """Extract again in a copy and compare; the working tree is left as it is."""
    for name in (*APPS, "templates", "locale"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.csv", "*.mo")
        )
    locale = po.parent.parent.name
    command = [sys.executable, "-m", "django", "makemessages", "--locale", locale, "--no-obsolete", "-v", "0"]
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    made = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    fresh = set(entries(polib.pofile(str(tmp_path / po.relative_to(ROOT)))))
    assert fresh - set(entries(polib.pofile(str(po)))) == set(), "run `make messages` and translate"
