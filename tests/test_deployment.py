"""What an installation is made of agrees with the code: containers, units, nginx, and the variables they name.

The images themselves are not built here; what can be checked without them is.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from soak.stack import filled_in, make_certificate, mime_types, nginx_binary
from tests.tags import APPS, ROOT
from tests.test_repository import DJANGO_COMMANDS, settings_variables

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
# Read by the files of deploy/ themselves, not by the register.
OF_DEPLOY = {"GI_WEB_WORKERS", "GI_VERSION", "GI_TLS", "REDIS_PASSWORD", "REDISCLI_AUTH", "POSTGRES_PASSWORD",
             "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS", "NGINX_ENVSUBST_FILTER"}  # fmt: skip
NEEDED = {"GI_PRODUCTION", "GI_SECRET_KEY", "GI_ALLOWED_HOSTS", "GI_SITE_URL", "GI_BEHIND_PROXY", "GI_MASTER_KEYS",
          "GI_ORDER_KEY", "EMAIL_URL", "DATABASE_URL", "GI_REDIS_URL"}  # fmt: skip


def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def example():
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", (DEPLOY / "environment.example").read_text(), re.MULTILINE))


def of_nginx():
    return set(re.findall(r"\$\{(GI_[A-Z0-9_]+)\}", (DEPLOY / "nginx.conf").read_text()))


def service_lines(unit: Path):
    return dict(re.findall(r"^([A-Za-z]+)=(.*)$", unit.read_text(), re.MULTILINE))


# --- Variables ---


def test_every_variable_of_an_installation_is_read_by_somebody():
    text = "\n".join(file.read_text() for file in (ROOT / "compose.yaml", ROOT / "Dockerfile", *UNITS))
    named = set(re.findall(r"\b(GI_[A-Z0-9_]+)\b", text)) | set(example())
    for service in compose()["services"].values():
        named |= set(service.get("environment", {}))
    assert named - settings_variables() - OF_DEPLOY - of_nginx() == set()


def test_the_example_holds_what_production_needs_and_compose_gives_nginx_what_it_takes():
    assert set(example()) >= NEEDED
    secret = ("GI_SECRET_KEY", "GI_ORDER_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD")
    assert not [name for name in secret if example()[name]], "nobody may start with a secret that everybody can read"
    given = {name for name in compose()["services"]["nginx"]["environment"] if name.startswith("GI_")}
    assert given == of_nginx()


def test_chores_and_steps_are_commands_of_the_register():
    text = "\n".join(file.read_text() for file in DEPLOY.glob("*.sh"))
    chores = [chore.split()[0] for chore in shlex.split(re.findall(r"set -- (.+)", text)[0])]
    assert "backup" in chores
    for name in [*chores, *re.findall(r"manage\.py ([a-z_]+)", text)]:
        ours = any((ROOT / app / "management" / "commands" / f"{name}.py").is_file() for app in APPS)
        assert ours or name in DJANGO_COMMANDS, name


# --- Containers ---


@pytest.mark.parametrize("name", list(compose()["services"]))
def test_a_container_can_do_no_more_than_it_must(name):
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert service["user"] not in ("root", "0", "0:0")
    assert "healthcheck" in service or service["image"].startswith("gi-registry"), "the image brings its own"
    assert service["restart"] == ("no" if name == "prepare" else "unless-stopped")


def test_only_nginx_can_be_reached_from_outside_and_data_have_volumes():
    found = compose()
    assert [name for name, service in found["services"].items() if "ports" in service] == ["nginx"]
    assert found["networks"]["inside"]["internal"] is True
    for name in ("postgres", "redis"):
        assert found["services"][name]["networks"] == ["inside"]
    mounted = found["services"]["nginx"]["volumes"]
    assert all(line.endswith(":ro") for line in mounted)
    assert not any("private" in line for line in mounted), "documents of applications are given out by the register"
    assert {line.split(":")[0] for line in found["services"]["web-1"]["volumes"]} <= set(found["volumes"])


def test_the_image_is_pinned_and_nobody_is_root_in_it():
    text = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes --requirement requirements.txt" in text
    last = text.split("\nFROM ")[-1]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    copied = copied_into_the_image()
    parts = {"requirements.txt", "manage.py", "pyproject.toml", *APPS, "templates", "static", "locale", "deploy"}
    assert copied == parts
    left_out = set((ROOT / ".dockerignore").read_text().split())
    assert {".git", ".env", "var", "tls"} <= left_out
    assert not copied & left_out


def copied_into_the_image():
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text().splitlines()]
    return {name for line in lines if line[:1] == ["COPY"] and "--from" not in line[1] for name in line[1:-1]}


def test_the_image_holds_what_the_code_reads_beside_itself():
    code = [file.read_text() for app in APPS for file in (ROOT / app).rglob("*.py")]
    read = set(re.findall(r'BASE_DIR / "([^"]+)"', "\n".join(code)))
    assert read >= {"pyproject.toml", "templates", "locale", "static"}
    # Data lie in a volume (GI_HOME); docs are written by a developer's command alone (write_states).
    assert read - copied_into_the_image() == {"docs", "var"}


# --- Units ---


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_locked_up(unit):
    lines = service_lines(unit)
    assert lines["User"] == "gi-registry"
    for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictSUIDSGID"):
        assert lines[name] == "yes", name
    assert (lines["ProtectSystem"], lines["CapabilityBoundingSet"]) == ("strict", "")
    assert lines["MemoryMax"]
    assert lines["EnvironmentFile"] == "/etc/gi-registry/environment"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze on this machine")
def test_systemd_understands_the_units(tmp_path):
    """With this machine's Python and user in the place of those of an installation, which are not here."""
    for unit in (DEPLOY / "systemd").iterdir():
        text = re.sub(r"/srv/gi-registry/current/\.venv/bin/python", sys.executable, unit.read_text())
        text = re.sub(r"^(User|Group|WorkingDirectory|EnvironmentFile)=.*\n", "", text, flags=re.MULTILINE)
        (tmp_path / unit.name.replace("@", "@8001")).write_text(text)
    names = [str(path) for path in tmp_path.iterdir()]
    command = ["systemd-analyze", "verify", "--man=no", *names]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in told.stderr.splitlines() if str(tmp_path) in line or "Unknown" in line] == []


# --- nginx ---


@pytest.mark.skipif(not nginx_binary(), reason="no nginx on this machine (Debian: apt install nginx)")
def test_nginx_understands_the_template(tmp_path):
    make_certificate(tmp_path / "tls" / "certificate.pem")
    values = dict.fromkeys(of_nginx(), str(tmp_path)) | {
        "GI_SERVER_NAME": "register.example desk.register.example", "GI_HTTP_PORT": "127.0.0.1:8080",
        "GI_HTTPS_PORT": "127.0.0.1:8443", "GI_WEB_1": "127.0.0.1:8001", "GI_WEB_2": "127.0.0.1:8002",
        "GI_CERTIFICATE": str(tmp_path / "tls" / "certificate.pem"),
        "GI_CERTIFICATE_KEY": str(tmp_path / "tls" / "key.pem"), "GI_ACCESS_LOG": "access.log",
    }  # fmt: skip
    (tmp_path / "register.conf").write_text(filled_in((DEPLOY / "nginx.conf").read_text(), values))
    paths = "".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (tmp_path / "main.conf").write_text(
        f"pid nginx.pid; events {{}} http {{ include {mime_types()}; {paths} include register.conf; }}"
    )
    command = [nginx_binary(), "-t", "-p", str(tmp_path), "-c", "main.conf", "-e", "stderr"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "[warn] conflicting" not in told.stderr


@pytest.mark.parametrize("name", ["away.html", "too-large.html"])
def test_pages_of_nginx_stand_alone_in_both_languages(name):
    """They are shown when nothing else can be: no file beside them, no script, no other host."""
    text = (DEPLOY / "pages" / name).read_text(encoding="utf-8")
    assert '<html lang="zh-Hans">' in text
    assert '<section lang="en">' in text
    assert not re.search(r"<(script|link|img|iframe)\b|url\(|https?:", text)
    assert "viewport" in text
