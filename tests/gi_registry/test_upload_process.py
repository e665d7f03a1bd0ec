"""Files of strangers are read in a process of their own: what stops it, what it knows, what it leaves behind."""

import ast
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from gi_registry import clean_upload, uploads
from gi_registry.file_kinds import Unfit
from gi_registry.uploads import UploadRefused
from products import list_files
from products.list_files import FileRefused
from tests.tags import ROOT, code_files

Acting = Callable[..., None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files would lie; whatever a test does, none may be left there."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def acting(monkeypatch: pytest.MonkeyPatch) -> Acting:
    """Put other code in the place of the libraries; all that surrounds them stays what it is."""

    def act(body: str, **limits: int) -> None:
        lines = [
            "import os, signal, socket, subprocess, sys, time, json, resource",
            "from gi_registry import clean_upload as c",
            *(f"c.{name} = {value}" for name, value in limits.items()),
            f"def read(data):\n    {body}",
            "c.reader_of = lambda kind, limits: read",
            "c.samples_of = lambda kind: ()",
            "sys.argv = ['', 'png', '{}']",
            "c.main()",
        ]
        monkeypatch.setattr(uploads, "COMMAND", [sys.executable, "-s", "-P", "-B", "-c", "\n".join(lines)])

    return act


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(target, kind)
    return target.getvalue()


def outcome(data: bytes = b"\x89PNG\r\n\x1a\n") -> str:
    try:
        return uploads.clean(io.BytesIO(data)).media_type
    except UploadRefused as refusal:
        return refusal.code


# --- What stops it ---


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        ("while True: pass", {"CPU_SECONDS": 1}),
        ("return b'x' * 3_000_000_000, 1", {}),
        ("os.kill(os.getpid(), signal.SIGKILL)", {}),
        ("os.abort()", {}),
        ("return b'x' * 5_000_000, 1", {"MOST_WRITTEN": 1_000_000}),
        ("os.write(1, b'y' * 2000); return b'', 1", {}),
        ("os.write(1, b'[1]' + bytes([10])); os._exit(0)", {}),
        ("return b'<html><script>', 1", {}),
        ("return b'whatever', 10_000", {}),
        ("os._exit(0)", {}),
    ],
)
def test_whatever_goes_wrong_is_a_damaged_file(acting: Acting, folder: Path, body: str, limits: dict[str, int]) -> None:
    acting(body, **limits)
    assert outcome() == "broken"
    assert list(folder.iterdir()) == []


def test_who_sleeps_is_ended_with_all_that_it_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started = tmp_path / "started"
    code = f"""
import os, time
child = os.fork()
if child:
    open({str(started)!r}, "w").write(f"{{os.getpid()}} {{child}}")
time.sleep(600)
"""
    monkeypatch.setattr(uploads, "COMMAND", [sys.executable, "-c", code])
    monkeypatch.setattr(clean_upload, "WALL_SECONDS", 2)
    assert outcome() == "broken"
    for number in started.read_text().split():
        until = time.monotonic() + 10
        while is_running(number) and time.monotonic() < until:
            time.sleep(0.01)
        assert not is_running(number)


def is_running(number: str) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_bombs_of_each_kind_are_refused(folder: Path) -> None:
    header = struct.pack(">IIBBBBB", 40, 20, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(300_000_000), 9)
    note = chunk(b"IHDR", header) + chunk(b"zTXt", b"note\0\0" + packed) + chunk(b"IDAT", zlib.compress(bytes(2420)))
    assert outcome(b"\x89PNG\r\n\x1a\n" + note + chunk(b"IEND", b"")) in ("broken", "image/png")

    loop = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 3/Kids[2 0 R 2 0 R]>>endobj "
    assert outcome(b"%PDF-1.7\n" + loop + b"trailer<</Root 1 0 R/Size 3>>") == "broken"  # pages within themselves
    assert outcome(b"%PDF-1.7\n1 0 obj\n" + b"[" * 4_000_000 + b"\nendobj\ntrailer<</Root 1 0 R>>") == "broken"

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", bytes(list_files.MOST_UNPACKED + 1))
    with pytest.raises(FileRefused, match="too large when it is unpacked"):
        list_files.read(archive.getvalue())
    assert list(folder.iterdir()) == []


# --- What it knows and may do ---


def told(acting: Acting, expression: str) -> str:
    acting(f"return json.dumps({expression}, default=str).encode(), 1")
    return str(json.loads(uploads.read_apart("png", b"x")[0]))


def test_it_is_told_no_secret(acting: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GI_SECRET_KEY", "a-secret-of-the-server")
    monkeypatch.setenv("DATABASE_URL", "postgres://register:password@localhost/register")
    known = told(acting, "[dict(os.environ), sys.argv]")
    assert "secret" not in known
    assert "password" not in known
    assert set(json.loads(json.dumps(ast.literal_eval(known)[0]))) <= {"PYTHONPATH", "LC_CTYPE"}


def test_it_loads_nothing_of_django_and_no_settings(acting: Acting) -> None:
    assert told(acting, "[name for name in sys.modules if name.startswith(('django', 'gi_registry.settings'))]") == "[]"


def test_it_holds_no_file_of_the_server(acting: Acting, tmp_path: Path) -> None:
    with (tmp_path / "held").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        probe = "[n for n in range(3, 256) if os.path.exists(f'/proc/self/fd/{n}')]"
        assert told(acting, probe) == "[]"


@pytest.mark.parametrize(
    "attempt",
    [
        f"open({str(ROOT / 'manage.py')!r})",
        "open('/tmp/left-behind', 'w')",
        "socket.socket()",
        "os.pipe()",
        "subprocess.Popen(['/bin/true'], stdout=subprocess.PIPE)",
    ],
)
def test_it_opens_no_file_connection_or_process(acting: Acting, attempt: str) -> None:
    acting(f"{attempt}; return b'', 1")
    with pytest.raises(Unfit):
        uploads.read_apart("png", b"x")
    acting(f"\n    try:\n        {attempt}\n    except OSError as e:\n        return str(e.errno).encode(), 1")
    assert uploads.read_apart("png", b"x")[0] == b"24"  # EMFILE


def test_it_can_start_no_other_process(acting: Acting) -> None:
    """The account that these tests run under may be root, for whom the system makes an exception: ask the limit."""
    assert told(acting, "[resource.getrlimit(resource.RLIMIT_NPROC), resource.getrlimit(resource.RLIMIT_CORE)]") == (
        "[[0, 0], [0, 0]]"
    )


def test_a_lower_limit_of_the_service_stays() -> None:
    code = """
import resource
from gi_registry import clean_upload
resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
clean_upload.confine()
print(resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_CORE))
"""
    said = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    assert said.strip() == "(5, 5) (0, 0)"


# --- Who waits, and who need not ---


def test_a_file_that_waits_too_long_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(uploads, "WAIT", 0)
    with uploads._turns:
        assert outcome(picture()) == "busy"
        with pytest.raises(FileRefused, match="Send it again in a minute"):
            list_files.read(b"PK\x03\x04")
    assert outcome(picture()) == "image/png"


def test_a_failure_gives_the_turn_back(acting: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(uploads, "WAIT", 0)
    acting("os._exit(3)")
    assert [outcome(), outcome()] == ["broken", "broken"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_what_the_register_made_costs_no_process_and_comes_out_the_same(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = uploads.clean(io.BytesIO(picture(kind)))
    monkeypatch.setattr(uploads, "COMMAND", ["/nonexistent"])
    with uploads.made_by_us():
        assert uploads.clean(io.BytesIO(picture(kind))) == apart
    with pytest.raises(FileNotFoundError):
        uploads.clean(io.BytesIO(picture(kind)))


# --- The person who sent it ---


@pytest.mark.django_db
def test_somebody_whose_file_broke_the_process_keeps_what_was_typed(
    client: object, acting: Acting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from enterprises import report_photos
    from enterprises.scan_models import SuspectReport
    from tests.enterprises.test_reports import TEXT, a_picture, send, words

    monkeypatch.setattr(report_photos, "folder", lambda: tmp_path / "photos")
    acting("os.abort()")
    answer = send(client, photos=[a_picture()])
    assert answer.status_code == 200
    assert "pack.jpg: The file is damaged" in words(answer)
    assert TEXT in words(answer)
    assert not SuspectReport.objects.exists()
    assert not (tmp_path / "photos").exists()


# --- Nothing else opens files of strangers ---

OPENS_FILES = {
    "gi_registry/clean_pdf.py": "in the process of its own",
    "gi_registry/clean_picture.py": "in the process of its own",
    "gi_registry/clean_upload.py": "in the process of its own",
    "gi_registry/read_workbook.py": "in the process of its own",
    "gi_registry/exports.py": "writes workbooks",
    "gi_registry/backup_archive.py": "backups of our own, sealed",
    "enterprises/yearly_return.py": "writes workbooks",
    "cms/views/files.py": "writes XML",
    "cms/picture_notes.py": "pictures of editors, who signed in with two factors, within Wagtail's own limits",
}
READERS = {"PIL", "pikepdf", "openpyxl", "zipfile", "tarfile", "lxml", "xml"}


def test_no_other_code_opens_pictures_documents_or_archives() -> None:
    found = set()
    for file in code_files():
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            if READERS & {name.split(".")[0] for name in names}:
                found.add(file)
    assert found <= set(OPENS_FILES), "read it with gi_registry.uploads.read_apart"


def test_editors_files_have_limits_too() -> None:
    assert settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS <= 40_000_000
    assert settings.WAGTAILDOCS_MAX_UPLOAD_SIZE <= 20 * 1024 * 1024


# --- No address that a visitor names is asked ---

REACHES_OUT = {
    "cms/link_checks.py": "links that editors wrote into pages; its guard refuses all that is not public",
    "gi_registry/outgoing.py": "addresses that officers enter for webhooks; it asks public hosts only",
    "cms/follow_mails.py": "the names of a mail server's answers",
}
WAYS_OUT = {
    "http.client", "urllib.request", "socket", "ssl", "smtplib", "ftplib", "requests", "httpx", "urllib3", "aiohttp",
}  # fmt: skip


def test_only_guarded_code_opens_connections() -> None:
    found = set()
    for file in code_files():
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            if WAYS_OUT & set(names):
                found.add(file)
    assert found <= set(REACHES_OUT), "who asks an address needs a guard like that of cms/link_checks.py, and a reason"
