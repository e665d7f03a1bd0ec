"""The Content-Security-Policy: strict in public, the editor's own below its address, one hash on the label page."""

import base64
import gzip
import hashlib
import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.utils import timezone

from gi_registry import staff
from gi_registry.content_policy import public_policy
from gi_registry.journal import Actor
from gi_registry.models import User
from gi_registry.roles import Role
from tests.label_world import code_of, make_labels

pytestmark = pytest.mark.django_db
HEADER = "Content-Security-Policy"


def directives(response):
    return dict(part.split(" ", 1) for part in re.split(r";\s*", response[HEADER].strip("; ")) if " " in part)


@pytest.mark.parametrize("path", ["/", "/en/products/", "/verify/", "/account/login/", "/no-such-page/", "/log/"])
def test_public_pages_hold_no_script_or_style_of_their_own(client, path):
    call_command("create_site", verbosity=0)
    policy = directives(client.get(path))
    assert "unsafe" not in str(policy)
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"


def test_only_the_editor_may_hold_scripts_and_styles(client):
    call_command("create_site", verbosity=0)
    user = User.objects.create_user("somebody", password="long enough to sign in")
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    staff.assign_role(user=user, role=Role.EDITOR, by=Actor.system("test"), on=timezone.localdate())
    client.force_login(user)
    response = client.get("/cms/")
    assert response.status_code == 200
    assert "'unsafe-inline'" in directives(response)["script-src"]
    assert "unsafe" not in client.get("/products/")[HEADER]


@pytest.mark.parametrize("kind", ["answer", "typing error", "not issued"])
@pytest.mark.parametrize("packed", [True, False])
def test_the_one_style_of_the_label_page_is_known_by_its_hash(client, kind, packed):
    found = make_labels()
    code = code_of(found.batch(10, active=(1, 5)), 3)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    path = {"answer": code, "typing error": wrong, "not issued": "000000000000000000000000"}[kind]
    response = client.get(f"/V/{path}", headers={"accept-encoding": "gzip" if packed else "identity"})
    zipped = response.get("Content-Encoding") == "gzip"
    page = (gzip.decompress(response.content) if zipped else response.content).decode()
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert len(styles) == 1
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in directives(response)["style-src"]
    assert directives(response)["default-src"] == "'none'"
    assert not re.search(r"<script|\sstyle=|\son\w+=", page)


def test_videos_play_only_from_hosts_that_the_operator_names():
    assert public_policy([], secure=True)["frame-src"] == ["'none'"]
    assert public_policy(["video.example"], secure=True)["frame-src"] == ["https://video.example"]
