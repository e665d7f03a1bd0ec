"""The Content-Security-Policy: strict in public, the editor's own below its address, one hash on the label page."""

import base64
import gzip
import hashlib
import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from cms.models import HomePage
from gi_registry import staff
from gi_registry.content_policy import is_known, public_policy
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


def test_only_the_editor_may_hold_styles_and_the_scripts_that_start_its_widgets(client):
    call_command("create_site", verbosity=0)
    user = User.objects.create_user("somebody", password="long enough to sign in")
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    staff.assign_role(user=user, role=Role.EDITOR, by=Actor.system("test"), on=timezone.localdate())
    client.force_login(user)
    response = client.get(reverse("wagtailadmin_pages:edit", args=[HomePage.objects.first().pk]))
    assert response.status_code == 200
    policy = directives(response)
    assert "unsafe" not in policy["script-src"]
    nonces = set(re.findall(r'<script nonce="([^"]+)">', response.text))
    assert len(nonces) == 1  # the dates of publishing
    assert f"'nonce-{nonces.pop()}'" in policy["script-src"]
    assert "<script>" not in response.text
    assert int(response["Content-Length"]) == len(response.content)
    assert "'unsafe-inline'" in policy["style-src"]
    assert "unsafe" not in client.get("/products/")[HEADER]


@pytest.mark.parametrize(
    ("script", "known"),
    [
        ('initDateChooser("id_day", {"format": "Y-m-d"});', True),
        ('new PageChooser("id_parent", {"targetPages": [3], "modalUrl": "/cms/choose-page/"});', True),
        ('(function() {\n  var panel = new InlinePanel(JSON.parse("\\u0022a\\u0022"));\n })();', True),
        ('initDateChooser("id_day", {"a": 1}); fetch("/x"); ({"b": 1});', False),
        ('initDateChooser("id_day", {"a": fetch("/x")});', False),
        ('fetch("id", {"a": 1});', False),
        ('new Function("alert(1)", {"a": 1});', False),
        ('(function() { var panel = new InlinePanel(JSON.parse("" + fetch("/x"))); })();', False),
        ("", False),
    ],
)
def test_a_script_gets_its_nonce_only_if_it_is_a_known_call_with_data(script, known):
    assert is_known(script) is known


@pytest.mark.parametrize(
    ("path", "camera"), [("/verify/", "(self)"), ("/en/verify/", "(self)"), ("/", "()"), ("/products/", "()")]
)
def test_the_camera_is_for_the_scanner_alone(client, path, camera):
    call_command("create_site", verbosity=0)
    allowed = dict(part.split("=") for part in client.get(path)["Permissions-Policy"].split(", "))
    assert allowed.pop("camera") == camera
    assert set(allowed.values()) == {"()"}
    assert {"geolocation", "microphone"} <= set(allowed)


def test_pictures_of_editors_may_come_from_their_own_host():
    assert "https://media.example" in public_policy([], secure=True, media=["https://media.example"])["img-src"]


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
