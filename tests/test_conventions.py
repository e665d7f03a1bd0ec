"""The shape of the code: who may import whom, who may store, how long a file may be."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from tests import tags
from tests.tags import APPS, ROOT, TAGS

MAY_IMPORT = {
    "LEAF": {"LEAF"},
    "MODEL": {"LEAF", "MODEL"},
    "READER": {"LEAF", "MODEL", "READER"},
    "OUT": {"LEAF", "MODEL"},
    "WRITER": {"LEAF", "MODEL", "READER", "OUT", "WRITER"},
    "EDGE": {"LEAF", "MODEL", "READER", "OUT", "WRITER", "EDGE"},
    "ROOF": {"LEAF", "MODEL", "READER", "OUT", "WRITER", "EDGE", "ROOF"},
}



@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"), filename=file)


def module_file(module: str) -> str | None:
    """'products.models' -> 'products/models.py'; None where it is not one of our files."""
    path = module.replace(".", "/")
    for candidate in (f"{path}.py", f"{path}/__init__.py"):
        if (ROOT / candidate).is_file():
            return candidate
    return None


def our_imports(file: str) -> Iterator[tuple[int, str, str]]:
    """Line, file and name of everything of ours that `file` imports, also inside functions."""
    package = Path(file).parent.as_posix().replace("/", ".")
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            wanted = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *filter(None, [base])])
            wanted = [(base, alias.name) for alias in node.names]
        else:
            continue
        for module, name in wanted:
            if module.split(".")[0] not in APPS:
                continue
            as_module = module_file(f"{module}.{name}") if name else None
            found = as_module or module_file(module)
            if found and not found.endswith("__init__.py"):
                yield node.lineno, found, "" if as_module else name


def import_fault(file: str, other: str, name: str) -> str | None:
    """Why `file` may not import `other`, or None where it may."""
    tag, other_tag = TAGS[file], TAGS.get(other)
    if tag == "ROOF" or other_tag is None:  # an untagged file is reported by its own test
        return None
    app, other_app = file.split("/")[0], other.split("/")[0]
    if other_tag == "LEAF":  # words may be used from every floor
        return None
    if APPS.index(other_app) < APPS.index(app):
        return f"{app} lies below {other_app}"
    if other == tags.JOURNAL and name in tags.JOURNAL_ASKING:
        return None
    if other_tag not in MAY_IMPORT[tag]:
        return f"{tag} may not import {other_tag}"
    if tag == other_tag == "WRITER" and app == other_app != "gi_registry" and other not in tags.SHARED:
        return "a WRITER imports writers of the apps below, not of its own app"
    if other_tag == "EDGE" and other_app != app:
        return "an EDGE of another app"
    return None


def test_every_file_has_one_tag() -> None:
    files = set(tags.code_files())
    assert files == set(TAGS), (
        f"without a tag in tests/tags.py: {', '.join(sorted(files - set(TAGS))) or 'none'}; "
        f"tagged but not there: {', '.join(sorted(set(TAGS) - files)) or 'none'}"
    )


@pytest.mark.parametrize("file", tags.tagged(*MAY_IMPORT))
def test_imports_follow_the_rule(file: str) -> None:
    faults = [
        f"{file}:{line} imports {other}: {fault}"
        for line, other, name in our_imports(file)
        if (fault := import_fault(file, other, name))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("file", "other", "name"),
    [
        ("gi_registry/event_types.py", "gi_registry/models.py", ""),
        ("gi_registry/territory.py", "gi_registry/journal.py", "record"),
        ("gi_registry/models.py", "gi_registry/territory.py", ""),
        ("gi_registry/views.py", "gi_registry/settings.py", ""),
    ],
)
def test_the_rule_refuses(file: str, other: str, name: str) -> None:
    assert import_fault(file, other, name)


# --- Who may store ---

STORING = {"create", "bulk_create", "get_or_create", "update_or_create", "bulk_update", "delete", "save"}
QUERYSET_STEPS = {"all", "filter", "exclude", "current", "within", "order_by", "select_related"}


def stores(call: ast.Call) -> bool:
    """Whether a call looks like a write to the database.

    A hint, not a proof: `update` counts on something that came from a manager or a query, `save` without
    positional arguments (a picture or workbook is saved to somewhere), `delete` not on a cache.
    """
    if not isinstance(call.func, ast.Attribute):
        return False
    name, receiver = call.func.attr, ast.unparse(call.func.value)
    if "cache" in receiver or "session" in receiver:
        return False
    if name == "update":
        return ".objects" in receiver or any(f".{step}(" in receiver for step in QUERYSET_STEPS)
    if name == "save":
        return not call.args
    if name == "create":
        return ".objects" in receiver or receiver.endswith(("_set", "s"))
    return name in STORING


@pytest.mark.parametrize("file", tags.tagged("LEAF", "MODEL", "READER", "EDGE", "ROOF"))
def test_only_writers_store(file: str) -> None:
    if file in tags.MAY_STORE:
        return
    lines = [
        f"{file}:{node.lineno} {ast.unparse(node)[:80]}"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and stores(node)
    ]
    assert not lines, "legal facts change in WRITER files only:\n" + "\n".join(lines)


def test_only_writers_add_to_the_journal() -> None:
    faults = [
        f"{file}:{node.lineno}"
        for file in tags.tagged("LEAF", "MODEL", "READER", "OUT", "EDGE", "ROOF")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).removeprefix("journal.") in tags.JOURNAL_ADDING
    ]
    assert not faults, "call a writer instead: " + ", ".join(faults)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Right.objects.filter(pk=1).update(status='cancelled')", True),
        ("right.save(update_fields=['status'])", True),
        ("product.rights.create(track='gi')", True),
        ("Product.objects.bulk_create(rows)", True),
        ("counts.update({'a': 1})", False),
        ("image.save(buffer)", False),
        ("cache.delete('key')", False),
    ],
)
def test_a_write_is_recognised(source: str, expected: bool) -> None:
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call)
    assert stores(call) is expected


def test_only_settings_read_the_environment() -> None:
    faults = [
        f"{file}:{node.lineno}"
        for file in tags.code_files()
        if file not in ("gi_registry/settings.py", "gi_registry/wsgi.py")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    assert not faults, "read a setting instead: " + ", ".join(faults)


def test_no_sentence_hides_within_an_f_string() -> None:
    """The tool that collects sentences to translate does not look there: visitors would read English."""
    calls = {"_", "_now", "gettext", "ngettext", "pgettext", "npgettext", "gettext_lazy", "pgettext_lazy"}
    faults = [
        f"{file}:{call.lineno}"
        for file in tags.code_files()
        for text in ast.walk(tree(file))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in calls
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]
    assert not faults, "translate before the f-string: " + ", ".join(faults)


# --- Budgets ---


def lines_in(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def budget(file: str) -> int | None:
    if file in tags.RAISED:
        return tags.RAISED[file][0]
    name = Path(file).name
    if "/views/" in file:
        return tags.BUDGET_VIEW_FOLDER
    return tags.BUDGET_BY_NAME.get(name) or tags.BUDGET_BY_TAG.get(TAGS.get(file, ""))


def test_files_stay_within_their_budget() -> None:
    long = [
        f"{file}: {lines} lines of {limit}"
        for file in tags.code_files()
        if (limit := budget(file)) and (lines := lines_in(ROOT / file)) > limit
    ]
    for folder, pattern, limit in (
        ("templates", "*.html", tags.BUDGET_TEMPLATE),
        ("tests", "*.py", tags.BUDGET_TEST),
    ):
        for path in sorted((ROOT / folder).rglob(pattern)):
            file = path.relative_to(ROOT).as_posix()
            if lines_in(path) > tags.RAISED.get(file, (limit,))[0]:
                long.append(f"{file}: {lines_in(path)} lines of {limit}")
    assert not long, "\n".join(long)


def view_length(function: ast.FunctionDef) -> int:
    """Lines from `def` to the end without the docstring."""
    length = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        length -= (first.end_lineno or 0) - first.lineno + 1
    return length


def test_views_stay_within_their_budget() -> None:
    long = [
        f"{file}:{node.lineno} {node.name}: {view_length(node)} lines"
        for file in tags.code_files()
        if file.endswith("/views.py") or "/views/" in file
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef)
        and node.args.args
        and node.args.args[0].arg == "request"
        and view_length(node) > tags.BUDGET_ONE_VIEW
    ]
    assert not long, "\n".join(long)


def test_every_raised_budget_is_needed_and_has_a_reason() -> None:
    for file, (_limit, reason) in tags.RAISED.items():
        assert (ROOT / file).is_file(), file
        assert reason.strip(), file
    assert set(tags.MAY_STORE) <= set(tags.code_files()), "MAY_STORE names a file that is not there"


# --- Things that must agree with each other ---


def test_every_template_is_used() -> None:
    by_convention = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html", "503.html"}
    by_convention |= {
        model.template for model in apps.get_models() if isinstance(getattr(model, "template", None), str)
    }
    folder = ROOT / "templates"
    sources = [ROOT / file for file in tags.code_files()] + [
        file for app in APPS for file in (ROOT / app).rglob("apps.py")
    ]
    sources += folder.rglob("*.html")
    text = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    named = set(re.findall(r"""["']([\w./-]+\.(?:html|txt|xml|css))["']""", text))
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    # Templates of Wagtail and allauth that we replace keep their names.
    theirs = ("wagtailadmin/", "wagtailcore/", "account/", "allauth/", "mfa/", "usersessions/")
    there = {name for name in there if not name.startswith(theirs)}
    unused = sorted(there - named - by_convention)
    assert not unused, "no view, model or template refers to " + ", ".join(unused)


def test_a_form_in_an_isolated_piece_of_a_page_gets_its_token() -> None:
    """`include … only` drops the token of the page; a form without one is never accepted."""
    folder = ROOT / "templates"
    pages = {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in folder.rglob("*.html")}
    with_form = {name for name, text in pages.items() if "{% csrf_token %}" in text}
    lost = [
        f"{name} includes {piece}"
        for name, text in pages.items()
        for piece, more in re.findall(r"""{% include ['"]([^'"]+)['"]([^%]*) only %}""", text)
        if piece in with_form and "csrf_token=csrf_token" not in more
    ]
    assert not lost, "pass csrf_token=csrf_token: " + ", ".join(lost)


@pytest.mark.django_db
def test_migrations_are_in_step_with_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_glossary_names_exist_as_classes() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    classes = {
        node.name
        for file in tags.code_files()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef)
    }
    named = set(re.findall(r"`([A-Z][A-Za-z]*[a-z][A-Za-z]*)(?:\.\w+)?`", glossary))
    assert named, "the glossary names no class"
    missing = sorted(named - classes)
    assert not missing, "in the glossary, but not in the code: " + ", ".join(missing)
