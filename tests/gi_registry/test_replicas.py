"""A copy of the database for public pages: who reads from it, and that nobody depends on it."""

import logging

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections

from gi_registry import replicas
from gi_registry.models import JournalHead, User
from gi_registry.replicas import JUST_WROTE, Router
from products.models import Product
from tests.factories import make_enterprise, make_product
from tests.label_world import code_of, make_labels

pytestmark = pytest.mark.django_db


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(replicas, "time", found)
    return found


@pytest.fixture
def read(settings, monkeypatch, clock):
    """An installation with a copy (the same tables under another name); which of the two was read, in order."""
    asked = []

    class Watched(Router):
        def db_for_read(self, model, **hints):
            asked.append(super().db_for_read(model, **hints))
            return asked[-1]

    monkeypatch.setitem(settings.DATABASES, "replica", settings.DATABASES["default"])
    settings.DATABASE_ROUTERS = [Watched()]
    replicas._copy.update(dict.fromkeys(replicas._copy, 0.0))
    connections["replica"] = connections["default"]
    yield asked
    del connections["replica"]


@pytest.mark.parametrize(
    "path", ["/", "/en/products/?q=茶", "/products/1000/", "/enterprises/", "/log/", "/sitemap.xml"]
)
def test_public_pages_are_read_from_the_copy(client, read, path):
    call_command("create_site", verbosity=0)
    make_product(number=1000)
    make_enterprise()
    read.clear()
    assert client.get(path).status_code == 200
    assert set(read) == {"replica"}


@pytest.mark.parametrize(
    "path",
    ["/account/login/", "/desk/", "/en/portal/", "/cms/", "/verify/?code=x", "/follow/confirm/abc/",
     "/report/abc/", "/objections/status/abc/", "/en/follow/manage/abc/", "/api/v1/labels/abc/"],
)  # fmt: skip
def test_work_letters_and_labels_are_read_from_the_primary(client, read, path):
    client.get(path)
    assert "replica" not in read


def test_the_answer_for_a_label_is_read_from_the_primary(client, read):
    code = code_of(make_labels().batch(10, active=(1, 5)), 3)
    read.clear()
    response = client.get(f"/V/{code}")
    assert response.status_code == 200
    assert "replica" not in read
    assert not response.cookies


def test_who_is_signed_in_or_has_a_key_reads_the_primary(client, read):
    make_product(number=1000)
    client.get("/products/1000/", headers={"authorization": "Bearer abc"})
    client.force_login(User.objects.create_user("somebody"))
    client.get("/products/1000/")
    assert "replica" not in read


def test_who_has_just_sent_a_form_reads_the_primary_for_some_seconds(client, read):
    call_command("create_site", verbosity=0)
    client.post("/account/login/", {"login": "nobody", "password": "nothing"})
    cookie = client.cookies[JUST_WROTE]
    assert (cookie.value, cookie["max-age"], cookie["httponly"]) == ("1", 10, True)
    read.clear()
    client.get("/products/")
    assert set(read) == {"default"}
    del client.cookies[JUST_WROTE]
    read.clear()
    client.get("/products/")
    assert set(read) == {"replica"}


def test_a_page_leaves_nothing_behind_for_the_next_request(client, read):
    client.get("/products/")
    assert Product.objects.all().db == "default"


def test_writing_never_asks_the_copy(read):
    token = replicas._from_copy.set(True)
    try:
        assert Router().db_for_write(Product) == "default"
        assert Product.objects.select_for_update().db == "default"
        product = make_product()
        assert product._state.db == "default"
    finally:
        replicas._from_copy.reset(token)
    assert not Router().allow_migrate("replica", "products")


def test_a_copy_that_does_not_answer_is_left_alone_for_a_while(client, read, clock, monkeypatch, caplog):
    tried = []

    class Dead:
        def close_if_health_check_failed(self):
            tried.append(1)
            raise OperationalError("no route to host")

    monkeypatch.setattr(replicas, "connections", {"replica": Dead()})
    with caplog.at_level(logging.WARNING):
        assert [client.get("/products/").status_code for _ in range(3)] == [200] * 3
    assert len(tried) == 1
    assert "does not answer" in caplog.text
    clock.now += replicas.REST
    client.get("/products/")
    assert len(tried) == 2


def test_a_copy_that_has_stopped_following_is_not_shown(client, read, clock, monkeypatch):
    """What the primary's journal held ten seconds ago, the copy must hold now."""
    heads = {"replica": 5, "default": 7}
    monkeypatch.setattr(replicas, "_head", heads.__getitem__)
    assert replicas.fit()  # nothing to compare with yet
    clock.now += replicas.LOOK
    assert not replicas.fit()
    heads["replica"] = 7
    clock.now += replicas.REST
    assert replicas.fit()


def test_without_the_primary_public_pages_go_on(read, clock, monkeypatch):
    def head(alias):
        if alias == "default":
            raise OperationalError("the primary is away")
        return 5

    monkeypatch.setattr(replicas, "_head", head)
    assert replicas.fit()


def test_the_heads_of_both_are_compared_in_the_journal(read):
    JournalHead.objects.update_or_create(pk=1, defaults={"sequence": 12, "hash": "0" * 64})
    assert replicas._head("replica") == 12
