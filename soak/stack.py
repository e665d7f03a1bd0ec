"""PostgreSQL, Redis, nginx, two web services and the worker, with the settings of production, on loopback.

    with production_stack() as stack:
        stack.client().ask("GET", "/healthz").status  # through nginx, over TLS
        stack.kill("postgres")
        stack.start("postgres")

Each is a child process of this one, known by its number. What they need lies in one folder that goes when the block
ends. PostgreSQL syncs to the disk as in operation; the address of the site is `https://register.example`.
"""

import contextlib
import datetime
import http.client
import ipaddress
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import string
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tests.postgresql import another_user, binaries

ROOT = Path(__file__).resolve().parent.parent
HOST = "register.example"
WEBS = ("web-1", "web-2")
NAMES = ("postgres", "redis", *WEBS, "worker", "nginx")
PATIENCE = 120.0  # seconds until something that was started must answer; a busy machine is slow
CSRF = "a" * 32  # token and cookie only have to agree


class NoStack(Exception):
    """Why the stack cannot run on this machine, in words for a skipped test."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Service:
    """A process that can be started again: its command, where it runs and how one sees that it answers."""

    command: list[str]
    answers: Callable[[], bool]
    options: dict[str, Any] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    end: int = signal.SIGTERM


class Client:
    """Asks the site through nginx over TLS, checking its certificate. One connection at a time, for one thread."""

    def __init__(self, port: int, certificate: Path, source: str = "127.0.0.1", timeout: float = 60) -> None:
        self.port, self.source, self.timeout = port, source, timeout
        self.context = ssl.create_default_context(cafile=str(certificate))

    def ask(self, method: str, path: str, *, session: str = "", body: bytes = b"", **headers: str) -> Answer:
        """One request on a connection of its own. Raises OSError or HTTPException where no answer comes."""
        connection = http.client.HTTPConnection(HOST, timeout=self.timeout)
        connection.sock = self.connect()
        sent = {"Cookie": f"csrftoken={CSRF}; sessionid={session}", "X-CSRFToken": CSRF, "Origin": f"https://{HOST}",
                "Connection": "close"}  # fmt: skip
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers.items()), answer.read())
        finally:
            connection.close()

    def connect(self) -> ssl.SSLSocket:
        """A connection on which nothing has been said yet."""
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout, (self.source, 0))
        try:
            return self.context.wrap_socket(plain, server_hostname=HOST)
        except BaseException:
            plain.close()
            raise


class Stack:
    """The services by name (`NAMES`), started, stopped and killed one by one."""

    def __init__(self, home: Path, workers: int, own_time: bool = False) -> None:
        self.home, self.gi_home = home, home / "gi"
        self.ports = {name: free_port() for name in ("redis", *WEBS, "nginx")}
        self.certificate = home / "tls" / "certificate.pem"
        self.database = f"postgres://postgres@/{home / 'postgres'}/postgres"
        self.environment = self._environment()
        self.seeded: Any = None
        self._lock = threading.RLock()
        self.services = {"postgres": self._postgres(), "redis": self._redis(), "nginx": self._nginx()}
        granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--blocking-threads",
                   "2", "--no-ws", "--respawn-failed-workers", "--workers", str(workers)]  # fmt: skip
        self.time = home / "time" if own_time and faketime() else None
        self.set_time(0)
        self.environment |= self._own_time()
        ours: dict[str, Any] = {"env": self.environment, "cwd": ROOT}
        for name in WEBS:
            command = [*granian, "--port", str(self.ports[name]), "gi_registry.wsgi:application"]
            self.services[name] = Service(command, lambda name=name: self._healthy(name), ours)
        self.services["worker"] = Service([sys.executable, "manage.py", "work"], lambda: True, ours)

    # --- Starting and ending

    def start(self, *names: str) -> None:
        """Start services that do not run and wait until they answer. Raises NoStack with the end of their log."""
        for name in names or NAMES:
            if not self.alive(name):
                self._spawn(name)
        for name in names or NAMES:
            self.wait(name)

    def wait(self, name: str) -> None:
        """Until a service answers; PostgreSQL that died is tried again, while what is left of it goes."""
        service, until = self.services[name], time.monotonic() + PATIENCE
        while not service.answers():
            assert service.process is not None, f"{name} was not started"
            gone = service.process.poll() is not None
            if time.monotonic() > until or (gone and name != "postgres"):
                raise NoStack(f"{name} does not answer: {self.log(name)[-600:]}")
            if gone:
                self._spawn(name)
            time.sleep(0.1)

    def stop(self, name: str) -> None:
        """Ask a service to end, and wait for it."""
        service = self.services[name]
        if service.process is not None:
            service.process.send_signal(service.end)
            try:
                service.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill(name)
            service.process = None

    def kill(self, name: str) -> None:
        """SIGKILL for a service and all its children at once."""
        service = self.services[name]
        if service.process is not None:
            for number in self.pids(name):
                signal_to(number, signal.SIGKILL)
            service.process.wait()
            service.process = None

    def pids(self, name: str) -> list[int]:
        """The process of a service and its descendants."""
        process = self.services[name].process
        return family(process.pid) if process is not None and process.poll() is None else []

    def alive(self, name: str) -> bool:
        process = self.services[name].process
        return process is not None and process.poll() is None

    def end(self) -> None:
        """Kill whatever is left; nothing here is worth an orderly end."""
        for name in reversed(NAMES):
            self.kill(name)

    def _spawn(self, name: str) -> None:
        service = self.services[name]
        with self._lock, (self.home / "log" / name).open("ab") as log:
            service.process = subprocess.Popen(
                service.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                **service.options,
            )  # fmt: skip

    def set_time(self, seconds: int) -> None:
        """What the register's processes take for the time: so many seconds from the machine's, within a second."""
        if self.time is not None:
            part = self.time.with_suffix(".part")
            part.write_text(f"{seconds:+d}\n")
            part.replace(self.time)

    def _own_time(self) -> dict[str, str]:
        if self.time is None:
            return {}
        return {"LD_PRELOAD": faketime(), "FAKETIME_TIMESTAMP_FILE": str(self.time), "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1"}  # fmt: skip

    # --- Asking

    def client(self, source: str = "127.0.0.1", timeout: float = 60) -> Client:
        """Somebody at an address of this machine (127.x.y.z)."""
        return Client(self.ports["nginx"], self.certificate, source, timeout)

    def log(self, name: str) -> str:
        """What a service wrote."""
        return (self.home / "log" / name).read_text(errors="replace")

    def manage(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """One of the register's commands, in the environment of production."""
        return self._python("manage.py", *arguments, check=check)

    def run(self, script: str) -> Any:
        """Run a Python script with Django set up; the last line that it prints, read as JSON."""
        found = self._python("-c", "import django; django.setup()\n" + script)
        return json.loads(found.stdout.strip().splitlines()[-1])

    def _python(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-W", "ignore", *arguments]
        found = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if check and found.returncode:
            raise RuntimeError(f"{' '.join(arguments)[:80]}: {found.stderr[-2000:]}")
        return found

    @contextlib.contextmanager
    def sql(self) -> Iterator[Any]:
        """A cursor of PostgreSQL, each statement a transaction of its own."""
        import psycopg2

        connection = psycopg2.connect(host=str(self.home / "postgres"), user="postgres", dbname="postgres")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def inside(self, name: str, path: str) -> Answer:
        """What a web service answers to the machine itself, without nginx. Raises OSError or HTTPException."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=20)
        try:
            connection.request("GET", path, headers={"Host": HOST})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers.items()), answer.read())
        finally:
            connection.close()

    def _healthy(self, name: str) -> bool:
        try:
            return self.inside(name, "/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    # --- The services

    def _environment(self) -> dict[str, str]:
        from gi_registry.own_keys import key_text

        return {
            "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "gi_registry.settings", "GI_HOME": str(self.gi_home),
            "GI_PRODUCTION": "1", "GI_SECRET_KEY": secrets.token_urlsafe(60), "GI_ALLOWED_HOSTS": HOST,
            "GI_SITE_URL": f"https://{HOST}", "GI_BEHIND_PROXY": "1", "GI_MASTER_KEYS": f"1:{key_text()}",
            "GI_ORDER_KEY": key_text(), "DATABASE_URL": self.database, "EMAIL_URL": f"filemail:///{self.home / 'mail'}",
            "GI_REDIS_URL": f"redis://127.0.0.1:{self.ports['redis']}/0",
        }  # fmt: skip

    def _postgres(self) -> Service:
        folder, _version = binaries()
        home = self.home / "postgres"
        variables = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
        settings = {"unix_socket_directories": home, "listen_addresses": "", "shared_buffers": "128MB",
                    "max_connections": 60, "jit": "off"}  # fmt: skip
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]

        def answers() -> bool:
            import psycopg2

            try:
                with self.sql() as cursor:
                    cursor.execute("SELECT 1")
                return True
            except psycopg2.Error:
                return False

        command = [str(folder / "postgres"), "-D", str(home / "data"), *options]
        return Service(command, answers, {"cwd": home, "env": variables, **another_user()}, end=signal.SIGINT)

    def _redis(self) -> Service:
        port = self.ports["redis"]

        def answers() -> bool:
            import redis

            try:
                with redis.Redis(port=port, socket_timeout=5) as client:
                    return bool(client.ping())
            except redis.RedisError:
                return False

        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
        return Service([shutil.which("redis-server") or "redis-server", *command[1:]], answers, {"cwd": self.home})

    def _nginx(self) -> Service:
        def answers() -> bool:
            try:
                self.client(timeout=5).connect().close()
                return True
            except OSError:
                return False

        command = [nginx_binary() or "nginx", "-p", str(self.home / "nginx"), "-c", "main.conf", "-e", "stderr"]
        return Service(command, answers)

    def write_nginx(self) -> None:
        """The configuration of `deploy/`, filled in for this machine."""
        folder = self.home / "nginx"
        folder.mkdir(exist_ok=True)
        values = {
            "GI_SERVER_NAME": HOST, "GI_HTTP_PORT": f"127.0.0.1:{free_port()}",
            "GI_HTTPS_PORT": f"127.0.0.1:{self.ports['nginx']}", "GI_WEB_1": f"127.0.0.1:{self.ports['web-1']}",
            "GI_WEB_2": f"127.0.0.1:{self.ports['web-2']}", "GI_CERTIFICATE": str(self.certificate),
            "GI_CERTIFICATE_KEY": str(self.certificate.with_name("key.pem")), "GI_STATIC": str(self.gi_home / "static"),
            "GI_MEDIA": str(self.gi_home / "media"), "GI_PAGES": str(ROOT / "deploy"), "GI_ACCESS_LOG": "access.log",
        }  # fmt: skip
        (folder / "register.conf").write_text(filled_in((ROOT / "deploy" / "nginx.conf").read_text(), values))
        user = "user root;" if os.geteuid() == 0 else ""  # the files of this run are readable for their owner only
        (folder / "main.conf").write_text(f"""{user} daemon off; worker_processes 1; pid nginx.pid;
            error_log stderr alert; worker_rlimit_nofile 8192; events {{ worker_connections 4096; }}
            http {{ include {mime_types()}; default_type application/octet-stream; client_body_temp_path body;
            proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s; include register.conf; }}
            """)


# --- Small things ---


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def family(number: int) -> list[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found = [number]
    for one in found:
        found += children.get(one, [])
    return found


def signal_to(number: int, what: int) -> None:
    """A signal to a process that may have ended already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, what)


def filled_in(template: str, values: Mapping[str, str]) -> str:
    """`${GI_…}` of a template replaced; nginx's own `$variables` stay, as with the command envsubst."""
    class Names(string.Template):
        pattern = r"\$\{(?P<braced>GI_[A-Z0-9_]+)\}|(?P<escaped>(?!))|(?P<named>(?!))|(?P<invalid>(?!))"  # type: ignore

    return Names(template).substitute(values)


def nginx_binary() -> str | None:
    """Debian keeps it where only root looks."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


def faketime() -> str:
    """The library that gives a process a time of its own (Debian: libfaketime); "" where there is none."""
    return next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), "")


def mime_types() -> str:
    """nginx's list of media types."""
    found = [path for path in ("/etc/nginx/mime.types", "/usr/local/etc/nginx/mime.types") if Path(path).is_file()]
    if not found:
        raise NoStack("nginx is there without its mime.types")
    return found[0]


def make_certificate(file: Path) -> None:
    """A certificate for the site that it signs itself, and its key beside it (key.pem)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    names = x509.SubjectAlternativeName([x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30)).add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    file.with_name("key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))  # fmt: skip


def require(*, nginx: bool = True) -> None:
    """Raise NoStack, or NoPostgresql, with what this machine lacks."""
    binaries()
    wanted = {"redis-server": shutil.which("redis-server")} | ({"nginx": nginx_binary()} if nginx else {})
    if missing := [name for name, path in wanted.items() if not path]:
        raise NoStack(f"no {' and no '.join(missing)} on this machine (Debian: apt install {' '.join(missing)})")


# --- All of it ---


def _make(stack: Stack, seed: Callable[[Stack], Any] | None) -> None:
    """Cluster, tables, static files, and what `seed` puts in."""
    folder, _version = binaries()
    home, options = stack.home / "postgres", stack.services["postgres"].options
    made = subprocess.run(
        [folder / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
         "--no-sync"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options,
    )  # fmt: skip
    if made.returncode:
        raise NoStack(f"initdb failed: {(made.stderr or made.stdout).strip()[-300:]}")
    stack.start("postgres", "redis")
    with contextlib.ExitStack() as at_once:  # two things that need one core each
        static = subprocess.Popen(
            [sys.executable, "-W", "ignore", "manage.py", "collectstatic", "--noinput", "-v0"], env=stack.environment,
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        at_once.callback(static.wait)
        stack.manage("migrate", "-v0")
    if static.returncode:
        raise RuntimeError("collectstatic failed")
    stack.seeded = seed(stack) if seed else None


@contextlib.contextmanager
def production_stack(
    seed: Callable[[Stack], Any] | None = None, *, workers: int = 1, template: Path | None = None,
    own_time: bool = False,
) -> Iterator[Stack]:  # fmt: skip
    """Start everything and yield the `Stack`; all is ended and removed on leaving, whatever happened inside.

    `seed` is called once the tables are there and PostgreSQL and Redis run; what it returns (JSON) is in `.seeded`.
    `workers`: processes of each of the two web services. `template`: a folder that keeps the seeded register, so
    that the next start with the same folder takes seconds. `own_time`: `set_time` works, where libfaketime is here.
    Raises NoStack or NoPostgresql where this machine lacks something.
    """
    require()
    home = Path(tempfile.mkdtemp(prefix="gi-soak-"))  # short: a socket path has at most 107 bytes
    home.chmod(0o711)  # PostgreSQL runs as somebody else
    stack = None
    try:
        kept = template is not None and (template / "seeded.json").is_file()
        if kept:
            subprocess.run(["cp", "-a", f"{template}/.", str(home)], check=True)
        for name in ("log", "gi", "postgres", "mail"):
            (home / name).mkdir(exist_ok=True)
        if user := another_user():
            os.chown(home / "postgres", user["user"], user["group"])
        stack = Stack(home, workers, own_time)
        make_certificate(stack.certificate)
        if kept:
            found = json.loads((home / "seeded.json").read_text())
            stack.environment |= found["secrets"]
            stack.seeded = found["seeded"]
        else:
            _make(stack, seed)
            _keep(stack, template)
        stack.write_nginx()
        stack.start()
        yield stack
    finally:
        if stack is not None:
            stack.end()
        shutil.rmtree(home, ignore_errors=True)


def _keep(stack: Stack, template: Path | None) -> None:
    if template is None:
        return
    stack.stop("postgres")
    secret = {name: stack.environment[name] for name in ("GI_SECRET_KEY", "GI_MASTER_KEYS", "GI_ORDER_KEY")}
    (stack.home / "seeded.json").write_text(json.dumps({"secrets": secret, "seeded": stack.seeded}))
    template.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", f"{stack.home}/.", str(template)], check=True)
