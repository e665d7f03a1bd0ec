"""A real server process on a database file of its own, to be killed in the middle of a request.

The world is made by `tests.case_world` in another process. People come with ready sessions, so that what is tried
is the step itself and not the sign-in.
"""

import contextlib
import datetime
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from tests import migrated

CSRF = "a" * 32  # token and cookie only have to agree
TOGETHER = {"start_new_session": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def variables(home: Path) -> dict[str, str]:
    """The environment of a register in a folder."""
    return {"PATH": os.environ["PATH"], "GI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "gi_registry.settings"}


def run(home: Path, script: str) -> str:
    """Run a Python script with Django set up; returns what it prints."""
    code = "import django; django.setup()\n" + script
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, env=variables(home), capture_output=True, text=True, check=True).stdout


class Server:
    """A granian of the register's own kind, started when it is needed and killed when the test says so."""

    def __init__(self, home: Path, sessions: dict[str, str]) -> None:
        self.home, self.sessions = home, sessions
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and wait until it answers."""
        if self.process is not None:
            return
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port",
                   str(self.port), "--workers", "1", "--blocking-threads", "2", "--no-ws", "--log-level", "error",
                   "gi_registry.wsgi:application"]  # fmt: skip
        self.process = subprocess.Popen(command, env=variables(self.home), **TOGETHER)
        for _attempt in range(200):
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.request("GET", "/healthz")[0] == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """SIGKILL for the server and its workers, at once."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def request(self, method: str, path: str, person: str = "", body: bytes = b"", kind: str = "") -> tuple[int, str]:
        """Status and Location of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"X-CSRFToken": CSRF, "Cookie": f"csrftoken={CSRF}; sessionid={self.sessions.get(person, '')}"}
        if kind:
            headers["Content-Type"] = kind
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")
        finally:
            connection.close()

    def post(self, person: str, path: str, **fields: str) -> tuple[int, str]:
        """Send a form."""
        return self.request("POST", path, person, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def upload(self, person: str, path: str, content: bytes, **fields: str) -> tuple[int, str]:
        """Send a form with one file."""
        edge = uuid.uuid4().hex
        parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                 for name, value in fields.items()]  # fmt: skip
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="x.pdf"\r\n'
        parts += [f"{head}Content-Type: application/pdf\r\n\r\n".encode(), content, f"\r\n--{edge}--\r\n".encode()]
        return self.request("POST", path, person, b"".join(parts), f"multipart/form-data; boundary={edge}")


def killed_while(server: Server, send: object, delay: float) -> int | None:
    """Send in a thread, kill the server after `delay` seconds; the status that came back, None for no answer."""
    answer: list[int] = []

    def sending() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer.append(send()[0])  # type: ignore[operator]

    thread = threading.Thread(target=sending)
    thread.start()
    time.sleep(delay)
    server.kill()
    thread.join(60)
    return answer[0] if answer else None


def duration(send: object) -> float:
    """Seconds that a request takes, once the server is warm."""
    start = time.monotonic()
    status, _location = send()  # type: ignore[operator]
    assert status in (302, 303), status
    return time.monotonic() - start


def read(output: str) -> dict[str, object]:
    """The last line of a script's output as JSON."""
    found: dict[str, object] = json.loads(output.strip().splitlines()[-1])
    return found


def manage(home: Path, *arguments: str) -> None:
    """One of the register's own commands."""
    subprocess.run([sys.executable, "manage.py", *arguments], env=variables(home), capture_output=True, check=True)


def empty_register(home: Path) -> None:
    """The tables of a register in a folder: the copy that the suite keeps, or made by its migrations."""
    if migrated.copy().is_file():
        file = shutil.copyfile(migrated.copy(), home / "register.sqlite3")
        with contextlib.closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA journal_mode=WAL")  # as migrations leave it; the change takes the whole file
    else:
        manage(home, "migrate", "--verbosity", "0")


def today() -> str:
    """The day in the register's time zone, which is not that of every machine."""
    return datetime.datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
