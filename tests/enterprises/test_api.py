"""The API on who may use the mark: what the public pages show, the same for everybody, and nothing of anybody."""

import json

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from rest_framework.serializers import Serializer

from enterprises.api.serializers import LabelAnswer
from enterprises.models import Enterprise
from enterprises.states import AuthorisationState
from tests import factories as make
from tests.api_world import ADDRESSES, make_api_world
from tests.case_world import OFFICIALS, demo_code
from tests.label_world import code_of, make_labels
from tests.matrix import PEOPLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(client):
    return make_api_world(client)


# --- enterprises and authorisations


def test_an_enterprise_shows_its_authorisations_and_how_well_they_are_known(world):
    by_reference = {row["reference"]: row for row in world.rows("enterprises/")}
    firm = next(row for row in by_reference.values() if row["uscc"])
    assert firm["url"] == f"http://127.0.0.1:8000/enterprises/{firm['uscc']}/"
    assert [(one["reference"], one["standing"]["code"], one["confirmed"]) for one in firm["authorisations"]] == [
        ("AUTH1", "in_force", True)
    ]
    weak = by_reference["E0002"]
    assert (weak["uscc"], weak["authorisations"][0]["confirmed"]) == (None, False)
    assert weak["authorisations"][0]["standing"]["code"] == "reported"


@pytest.mark.parametrize(
    ("query", "count"),
    [("product=365", 2), ("status=in_force", 1), ("status=reported", 1), ("province=430000", 2), ("q=安化", 2),
     ("q=anhua&product=365", 2), ("as_of=2009-01-01", 0)],
)  # fmt: skip
def test_the_filters_are_those_of_the_directory(world, client, query, count):
    assert len(world.rows(f"enterprises/?{query}")) == count
    page = client.get(f"/enterprises/?{query}&format=json")
    references = {row["enterprise"] for row in json.loads(page.getvalue())["rows"]}
    assert {row["reference"] for row in world.rows(f"enterprises/?{query}")} == references
    assert len(world.rows(f"authorisations/?{query}")) == count


@pytest.mark.parametrize("query", ["status=x", "province=430923", "product=9", "as_of=x", "format=csv", "q=%00"])
def test_what_the_directory_ignores_is_refused(world, query):
    for address in ("enterprises/", "authorisations/"):
        response = world.ask(f"{address}?{query}")
        assert response.status_code == 400, query
        assert list(response.json()["errors"]) == [query.partition("=")[0]]


def test_demonstration_stands_in_no_list_and_says_so_at_its_own_address(world):
    for address in ("enterprises/", "authorisations/"):
        assert "DEMO1" not in world.ask(f"{address}?limit=200").content.decode()
    assert world.ask(f"enterprises/{demo_code(77)}/").json()["demonstration"] is True
    assert world.ask("authorisations/DEMO1/").json()["enterprise"]["demonstration"] is True
    assert world.ask("enterprises/E0002/").json()["demonstration"] is False


def test_one_that_only_applies_is_not_there(world):
    make.make_enterprise("某申请人", reference="E0009")
    assert world.ask("enterprises/E0009/").status_code == 404
    assert "E0009" not in world.ask("enterprises/?limit=200").content.decode()


def test_a_code_is_read_whatever_its_letters_and_leads_to_the_credit_code(world):
    assert world.ask("enterprises/e0002/")["Location"] == "/api/v1/enterprises/E0002/"
    assert world.ask("enterprises/91430900600037341F/").status_code == 200


def test_an_authorisation_answers_for_a_date(world):
    now = world.ask("authorisations/AUTH1/").json()
    assert (now["standing"]["code"], now["usable"]) == ("in_force", True)
    assert world.ask("authorisations/AUTH1/?as_of=2009-01-01").status_code == 404  # not begun
    row = world.demo.__class__.objects.get(reference="AUTH1")
    row.state, row.effective_to = AuthorisationState.REVOKED, "2024-01-01"
    row.save()
    assert world.ask("authorisations/AUTH1/").json()["standing"]["code"] == "revoked"
    assert world.ask("authorisations/AUTH1/?as_of=2023-01-01").json()["standing"]["code"] == "in_force"


# --- labels


def test_a_label_answers_as_in_the_first_release(client):
    found = make_labels()
    code = code_of(found.batch(10, active=(1, 5)), 1)
    answer = client.get(f"/api/v1/labels/{code}/?lang=en", headers={"accept": "text/plain"})
    assert answer.status_code == 200
    assert_shape(answer.json(), LabelAnswer())
    assert answer["Cache-Control"] == "no-store"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert client.get("/api/v1/labels/77/").status_code == 404
    assert client.post(f"/api/v1/labels/{code}/").status_code == 405


def assert_shape(data, serializer):
    """The data have the fields that the schema promises, no more and no fewer."""
    assert set(data) == set(serializer.fields)
    for name, field in serializer.fields.items():
        if isinstance(field, Serializer):
            assert_shape(data[name], field)


# --- everybody gets the same


@pytest.fixture
def people(client):
    """Everybody of the permission matrix, with a file, an authorisation and labels in the register."""
    found = make_labels()
    for name in OFFICIALS:
        TOTP.activate(found.world.people[name], "JBSWY3DPEHPK3PXP")
    found.world.draft()
    found.batch(10, active=(1, 5))
    return found


def test_every_address_gives_everybody_the_same_public_answer(client, people, settings):
    settings.API_LIMIT = 10_000
    authorisation = people.authorisation
    named = {
        "products/365/": f"products/{authorisation.product.number}/",
        "enterprises/E0002/": f"enterprises/{authorisation.enterprise.key}/",
        "authorisations/AUTH1/": f"authorisations/{authorisation.reference}/",
        "announcements/{announcement}/": f"announcements/{authorisation.announcement_id}/",
    }
    private = [user.email for user in people.world.people.values() if user.email] + ["Tea Road 1"]
    for address in ADDRESSES:
        address = "/api/v1/" + named.get(address, address)
        answers = set()
        for person in PEOPLE:
            if person == "anonymous":
                client.logout()
            else:
                client.force_login(people.world.people[person])
            response = client.get(address)
            answers.add((response.status_code, response.content))
            assert client.post(address, {"x": 1}).status_code == 405, (address, person)
            assert not response.cookies
        assert len(answers) == 1, address
        body = response.content.decode()
        assert not [text for text in private if text in body], address


def test_what_is_asked_of_people_appears_nowhere_in_the_schema(client):
    told = client.get("/api/v1/schema/?format=json").content.decode().lower()
    fields = {
        name for part in json.loads(told)["components"]["schemas"].values() for name in part.get("properties", ())
    }
    assert not fields & {"phone", "email", "contact", "person", "user", "username", "address_text", "id_number"}
    assert Enterprise._meta.get_field("uscc")  # of a body, not of a person
