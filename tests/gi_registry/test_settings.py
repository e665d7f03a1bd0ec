"""Starting in production: refused, in words that say what to do, unless everything protective is set."""

import os
import re
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from gi_registry import checks, production
from tests.tags import APPS, ROOT

GOOD = {
    "GI_PRODUCTION": "1",
    "GI_SECRET_KEY": "".join(map(chr, range(48, 108))),
    "GI_ALLOWED_HOSTS": "register.example",
    "GI_SITE_URL": "https://register.example",
    "GI_CMS_PATH": "words-7f3a",
    "DATABASE_URL": "postgres://register@localhost/register",
    "EMAIL_URL": "smtp+tls://mail.register.example:587",
    "GI_MASTER_KEYS": "1:" + "A" * 43 + "=",
    "GI_ORDER_KEY": "B" * 43 + "=",
}


def start(home, **variables):
    """Run Django's deployment checks in a process of its own with nothing but these variables."""
    environment = {"PATH": os.environ["PATH"], "GI_HOME": str(home), **variables}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_production_starts_with_everything_set(tmp_path):
    run = start(tmp_path, **GOOD)
    assert run.returncode == 0, run.stderr
    assert "no issues" in run.stdout + run.stderr


LARGE = GOOD | {
    "GI_DESK_URL": "https://desk.register.example",
    "GI_CMS_URL": "https://words.register.example",
    "GI_REDIS_URL": "redis://localhost:6379/0",
    "GI_READ_DATABASE_URL": "postgres://reader@localhost/register",
    "GI_S3_BUCKET": "media",
    "GI_S3_ENDPOINT": "https://s3.example",
    "GI_S3_PREFIX": "pictures",
    "GI_MEDIA_URL": "https://media.register.example/gi",
    "GI_CDN_BACKEND": "cloudflare",
    "GI_CDN_TARGET": "zone",
    "GI_CDN_TOKEN": "token",
    "GI_POOLER": "1",
}


def test_a_large_installation_starts_too(tmp_path):
    run = start(tmp_path, **LARGE)
    assert run.returncode == 0, run.stderr


SHOW = """
import django; django.setup()
from django.conf import settings
from django.core.files.storage import default_storage
from gi_registry.content_policy import public_policy
print(default_storage.url("a.jpg"))
print(settings.SESSION_COOKIE_NAME, settings.SESSION_ENGINE, sorted(settings.ALLOWED_HOSTS))
print(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"])
print(settings.DATABASES["default"]["OPTIONS"], settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"])
"""


def test_what_a_large_installation_is(tmp_path):
    """Pictures come from their host, cookies belong to one host, and nothing is kept in a pooled connection."""
    environment = {"PATH": os.environ["PATH"], "GI_HOME": str(tmp_path)} | LARGE
    environment["DJANGO_SETTINGS_MODULE"] = "gi_registry.settings"
    told = subprocess.check_output([sys.executable, "-c", SHOW], env=environment, cwd=ROOT, text=True)
    address, people, pictures, database = told.splitlines()
    assert address == "https://media.register.example/gi/pictures/a.jpg"
    assert people == (
        "__Host-sessionid gi_registry.sessions "
        "['desk.register.example', 'register.example', 'words.register.example']"
    )
    assert "https://media.register.example'" in pictures
    options, _bracket, server_side = database.rpartition("} ")
    assert "jit" not in options
    assert server_side == "True"
    assert "'connect_timeout': 5, 'tcp_user_timeout': 5000" in options, "a cut network would be waited for"


def test_a_store_without_its_packages_or_its_address_is_refused_in_words(monkeypatch):
    options = {"endpoint": "", "region": "", "prefix": ""}
    with pytest.raises(ImproperlyConfigured, match="GI_MEDIA_URL"):
        production.media_storage("media", media_url="media/", **options)
    monkeypatch.setattr(production, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"requirements-s3\.txt"):
        production.media_storage("media", media_url="https://media.example/", **options)


@pytest.mark.parametrize("path", ["", "/", "x", "CMS/", "a b", "../x", "products/x", "desk", "v"])
def test_the_editor_has_a_path_of_its_own(path):
    with pytest.raises(ImproperlyConfigured, match="GI_CMS_PATH"):
        production.cms_path(path)


def test_the_path_of_the_editor_is_written_in_one_way():
    assert {production.cms_path(path) for path in ("words-7f3a", "/words-7f3a/")} == {"words-7f3a/"}


@pytest.mark.parametrize(
    ("kind", "target", "words"),
    [("varnish", "x", "cloudfront, or empty"), ("http", "", "GI_CDN_TARGET"), ("cloudflare", "zone", "GI_CDN_TOKEN")],
)
def test_a_cdn_that_could_not_be_told_is_refused(kind, target, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        production.purging(kind, target, "", [])


def test_the_usual_address_of_the_editor_is_warned_of_in_production(settings):
    assert checks.editor_address(None) == []
    settings.PRODUCTION = True
    assert [found.id for found in checks.editor_address(None)] == ["gi.W015"]
    settings.CMS_PATH = "words-7f3a/"
    assert checks.editor_address(None) == []


@pytest.mark.parametrize("desk", ["http://desk.gi.example", "https://gi.example/desk", "desk.gi.example"])
def test_hosts_of_work_are_whole_addresses(settings, desk):
    settings.PRODUCTION, settings.OWN_HOSTS = True, True
    settings.DESK_URL, settings.CMS_URL = desk, "https://gi.example"
    assert [found.id for found in checks.hosts_apart(None)] == ["gi.E016"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"GI_SECRET_KEY": ""}, "GI_SECRET_KEY"),
        ({"GI_SECRET_KEY": "short"}, "GI_SECRET_KEY"),
        ({"GI_ALLOWED_HOSTS": ""}, "GI_ALLOWED_HOSTS"),
        ({"GI_DEBUG": "1"}, "GI_DEBUG"),
        ({"EMAIL_URL": ""}, "EMAIL_URL"),
        ({"GI_SITE_URL": "http://register.example"}, "gi.E002"),
        ({"DATABASE_URL": "sqlite:////tmp/x.sqlite3"}, "gi.E001"),
    ],
)
def test_production_refuses_what_would_harm(tmp_path, change, words):
    run = start(tmp_path, **{**GOOD, **change})
    assert run.returncode != 0
    assert words in run.stderr


def test_an_installation_makes_its_own_secret_once_and_keeps_it_private(tmp_path):
    show = [sys.executable, "-c", "from gi_registry import settings; print(settings.SECRET_KEY)"]
    environment = {"PATH": os.environ["PATH"], "GI_HOME": str(tmp_path)}
    keys = {subprocess.check_output(show, env=environment, text=True).strip() for _ in range(2)}
    file = tmp_path / "keys" / "secret_key"
    assert keys == {file.read_text()}
    assert len(file.read_text()) >= 50
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(file.parent)) == ["master_keys", "order_key", "secret_key"]  # and no drafts
    assert {one.stat().st_mode & 0o777 for one in file.parent.iterdir()} == {0o600}


def test_own_keys_of_labels_are_warned_of_in_production_and_only_there(settings):
    assert checks.label_keys(None) == []
    settings.PRODUCTION, settings.LABEL_KEYS_OWN = True, True
    assert [found.id for found in checks.label_keys(None)] == ["gi.W004"]
    settings.LABEL_KEYS_OWN = False
    assert checks.label_keys(None) == []


@pytest.mark.parametrize(
    ("site", "faults"), [("https://gi.example.cn", []), ("https://gi_test.example.cn", ["gi.E006"])]
)
def test_the_address_must_fit_into_label_symbols(settings, site, faults):
    settings.SITE_URL = site
    assert [found.id for found in checks.address_fits_symbols(None)] == faults


def test_every_check_has_a_number_of_its_own_that_operators_can_look_up():
    numbers = [
        number
        for app in APPS for file in (ROOT / app).rglob("checks.py")
        for number in re.findall(r'id="(gi\.\w+)"', file.read_text())
    ]  # fmt: skip
    told = re.findall(r"^\| (gi\.\w+) \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert sorted(numbers) == sorted(set(numbers)) == sorted(told)


@pytest.mark.django_db
def test_a_request_for_a_host_that_is_not_ours_gets_a_page_and_no_details(client):
    response = client.get("/products/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    page = response.content.decode()
    assert "</html>" in page
    assert "elsewhere.example" not in page
