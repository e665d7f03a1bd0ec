"""A PostgreSQL cluster for the length of a `with` block: no service, no port, nothing left behind."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OLDEST = 15


class NoPostgresql(Exception):
    """Why no cluster can be started on this machine, in words for a skipped test."""


def binaries() -> tuple[Path, int]:
    """Folder with initdb and postgres, and their major version; the newest one of the machine."""
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    if pg_config := shutil.which("pg_config"):
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(told.stdout.strip()))
    if initdb := shutil.which("initdb"):
        folders.append(Path(initdb).resolve().parent)
    found = []
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            command = [folder / "postgres", "--version"]
            told = subprocess.run(command, capture_output=True, text=True, check=True)
            if number := re.search(r"(\d+)", told.stdout):
                found.append((int(number[1]), folder))
    if not found:
        raise NoPostgresql("no PostgreSQL server on this machine (Debian: apt install postgresql)")
    version, folder = max(found)
    if version < OLDEST:
        raise NoPostgresql(f"PostgreSQL {version} found, {OLDEST} or newer is needed")
    return folder, version


def another_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: arguments for subprocess that make it run as somebody else."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise NoPostgresql("running as root, and there is no user 'postgres' or 'nobody' to run the server as")


@contextmanager
def temporary_cluster() -> Iterator[tuple[str, int]]:
    """Start a cluster of its own in a temporary folder; yield (DATABASE_URL, major version).

    It listens on a socket file in that folder only, trusts whoever can open it, and does not sync to
    disk. Stopped and removed on leaving, whatever happened inside. Raises NoPostgresql.
    """
    folder, version = binaries()
    user = another_user()
    home = Path(tempfile.mkdtemp(prefix="gi-pg-"))  # short: a socket path has at most 107 bytes
    if user:
        os.chown(home, user["user"], user["group"])
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LC_ALL": "C.UTF-8"}
    common: dict[str, Any] = {"cwd": home, "env": environment, "stdin": subprocess.DEVNULL, **user}
    data, log = home / "data", home / "log"
    server = None
    try:
        try:
            made = subprocess.run(
                [folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8", "--no-sync"],
                capture_output=True, text=True, check=False, **common,
            )  # fmt: skip
        except (PermissionError, subprocess.SubprocessError) as error:
            raise NoPostgresql(f"the server cannot be started as another user: {error}") from error
        if made.returncode:
            raise NoPostgresql(f"initdb failed: {(made.stderr or made.stdout).strip()[-300:]}")
        settings = {
            "unix_socket_directories": str(home),
            "listen_addresses": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "128MB",
            "max_connections": "250",  # two workers of the suite, each with fifty people at once
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with log.open("wb") as stream:
            server = subprocess.Popen(
                [folder / "postgres", "-D", data, *options], stdout=stream, stderr=stream, **common
            )
        _wait_until_ready(server, home, log)
        yield f"postgres://postgres@/{home}/postgres", version
    finally:
        if server:
            server.send_signal(3)  # SIGQUIT: stop at once; nothing here is worth a checkpoint
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        shutil.rmtree(home, ignore_errors=True)


def _wait_until_ready(server: "subprocess.Popen[bytes]", home: Path, log: Path) -> None:
    import psycopg2

    for _attempt in range(300):
        if server.poll() is not None:
            raise NoPostgresql(f"the server stopped: {log.read_text(errors='replace')[-300:]}")
        try:
            psycopg2.connect(host=str(home), user="postgres", dbname="postgres").close()
            return
        except psycopg2.OperationalError:
            time.sleep(0.1)
    raise NoPostgresql("the server did not answer within 30 seconds")
