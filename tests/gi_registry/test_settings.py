"""Starting in production: refused, in words that say what to do, unless everything protective is set."""

import os
import re
import subprocess
import sys

import pytest

from gi_registry import checks
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
        ({"GI_CMS_PATH": ""}, "GI_CMS_PATH"),
        ({"GI_CMS_PATH": "cms"}, "gi.W015"),
        ({"GI_CMS_PATH": "products/x"}, "products, which is another address"),
        ({"GI_DESK_URL": "http://desk.register.example"}, "gi.E016"),
        ({"GI_S3_BUCKET": "media"}, "GI_MEDIA_URL"),
        ({"GI_CDN_BACKEND": "varnish"}, "http, cloudflare or cloudfront"),
        ({"GI_CDN_BACKEND": "cloudflare", "GI_CDN_TARGET": "zone"}, "GI_CDN_TOKEN"),
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
