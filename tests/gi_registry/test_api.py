"""The frame of the API: keys and limits, problems, other sites, the schema, its documentation."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gi_registry import api_keys
from gi_registry.journal import Actor
from gi_registry.models import ApiKey, JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from tests.factories import make_hunan, make_person

pytestmark = pytest.mark.django_db
DIVISIONS = "/api/v1/divisions/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def officer():
    return make_person(Role.OFFICER, username="officer")


@pytest.fixture
def key(officer):
    stored, text = api_keys.issue(by=Actor.user(officer, Role.OFFICER), holder="某研究院", note="yearly study")
    return stored, text


def ask(client, address=DIVISIONS, **headers):
    return client.get(address, headers=ENGLISH | headers)


# --- keys and limits


def test_a_network_may_ask_so_often_and_is_told_when_to_ask_again(client, settings):
    settings.API_LIMIT = 3
    answers = [ask(client) for _time in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[3]["Content-Type"] == "application/problem+json"
    assert 1 <= int(answers[3]["Retry-After"]) <= 60
    assert "Retry-After" in answers[3].json()["detail"]


@pytest.mark.parametrize("header", ["x-api-key", "authorization"])
def test_a_key_may_ask_more_often_from_any_network(client, settings, key, header):
    settings.API_LIMIT, settings.API_KEY_LIMIT = 1, 5
    value = key[1] if header == "x-api-key" else f"Api-Key {key[1]}"
    answers = [ask(client, **{header: value}).status_code for _time in range(6)]
    assert answers == [200] * 5 + [429]
    assert ask(client).status_code == 200  # the network itself has asked nothing yet


@pytest.mark.parametrize("text", ["gir_" + "x" * 43, "short", "gir_" + "é" * 43])
def test_an_unknown_key_is_refused_and_counts_for_its_network(client, settings, text):
    settings.API_LIMIT = 2
    answers = [client.get(DIVISIONS, HTTP_X_API_KEY=text, HTTP_ACCEPT_LANGUAGE="en") for _time in range(3)]
    assert [one.status_code for one in answers] == [401, 401, 429]
    assert answers[0]["WWW-Authenticate"] == "Api-Key"
    assert answers[0].json()["title"] == "The key is not known or was ended"


def test_other_schemes_of_authorization_are_a_proxys_matter(client):
    assert ask(client, authorization="Basic eDp5").status_code == 200


def test_an_ended_key_is_refused(client, key, officer):
    assert ask(client, **{"x-api-key": key[1]}).status_code == 200
    api_keys.end(key[0].pk, by=Actor.user(officer, Role.OFFICER))
    from django.core.cache import cache

    cache.clear()  # what a process remembers for a minute
    assert ask(client, **{"x-api-key": key[1]}).status_code == 401


def test_a_key_costs_one_query_and_then_none(client, key):
    def count(**headers):
        with CaptureQueriesContext(connection) as queries:
            assert ask(client, **headers).status_code == 200
        return len(queries)

    without = count()
    assert [count(**{"x-api-key": key[1]}) for _time in range(2)] == [without + 1, without]


def test_of_a_key_only_its_hash_is_kept_and_nothing_in_the_journal(key):
    stored, text = key
    assert text.startswith("gir_")
    assert text not in str(ApiKey.objects.values().get())
    assert stored.issued_by.startswith("user:")
    assert not JournalEntry.objects.exists()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.EDITOR, Role.PUBLISHER])
def test_only_an_officer_gives_and_ends_keys(key, role):
    by = Actor.user(make_person(role), role)
    for step in (lambda: api_keys.issue(by=by, holder="x"), lambda: api_keys.end(key[0].pk, by=by)):
        with pytest.raises(MoveRefused):
            step()
    assert ApiKey.objects.filter(ended_at=None).count() == 1


def run(*arguments):
    out = StringIO()
    call_command("api_key", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_shows_a_key_once(client, officer):
    said = run("issue", "某大学", "--by", "officer", "--note", "maps")
    text = re.search(r"gir_[\w-]{43}", said)[0]
    assert ask(client, **{"x-api-key": text}).status_code == 200
    number = str(ApiKey.objects.get().pk)
    assert "某大学" in run("list")
    assert text not in run("list")
    assert "ended" in run("end", number, "--by", "officer")
    assert "ended" in run("list")
    for wrong in (
        ("end", number, "--by", "officer"), ("end", "999", "--by", "officer"), ("issue", "x", "--by", "nobody"),
        ("issue", " ", "--by", "officer"), ("issue", "x" * 121, "--by", "officer"),
    ):  # fmt: skip
        with pytest.raises(CommandError):
            run(*wrong)
    assert ApiKey.objects.count() == 1


# --- problems


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client, method):
    response = getattr(client, method)(DIVISIONS, b"{}", content_type="application/json", headers=ENGLISH)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert response.json()["title"] == "This interface only reads"


def test_options_and_head_answer(client):
    make_hunan()
    assert client.options(DIVISIONS).status_code == 204
    head = client.head(DIVISIONS)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", ask(client)["ETag"])


def test_only_json_is_offered(client):
    assert ask(client, accept="text/html").status_code == 406
    assert ask(client, accept="text/html,*/*;q=0.8").status_code == 200


@pytest.mark.parametrize("address", ["/api/v1/nothing/", "/api/v1/products/abc/", "/api/v1/divisions/43/"])
def test_what_is_not_there_is_a_problem_and_not_a_page(client, address):
    response = ask(client, address)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["title"] == "Nothing is here"


@pytest.mark.parametrize("address", ["/api/v1/products", "/api/v1/docs", "/api/v1"])
def test_a_forgotten_slash_is_added(client, address):
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (301, address + "/")


def test_where_to_begin(client):
    body = ask(client, "/api/v1/").json()
    for address in body["resources"].values():
        assert ask(client, address.removeprefix("http://127.0.0.1:8000")).status_code == 200, address


# --- other sites


def test_programs_of_other_sites_may_read_the_interface_and_nothing_else(client):
    origin = {"origin": "https://other.example"}
    answer = ask(client, **origin)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    assert "Access-Control-Allow-Origin" not in client.get("/products/", headers=origin)
    asked = client.options(DIVISIONS, headers=origin | {"access-control-request-method": "POST"})
    assert asked["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "x-api-key" in asked["Access-Control-Allow-Headers"]


def test_no_cookie_is_set_and_long_answers_are_compressed(client):
    make_hunan()
    answer = ask(client, **{"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert not answer.cookies


# --- schema and documentation


def test_the_schema_is_valid_and_without_a_warning():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


@pytest.fixture
def schema(client):
    return ask(client, "/api/v1/schema/").json()


def test_every_operation_is_described_with_its_problems(schema):
    operations = [one["get"] for one in schema["paths"].values()]
    assert len({one["operationId"] for one in operations}) == len(operations) >= 19
    for one in operations:
        assert one["summary"]
        assert {"200", "405", "429"} <= set(one["responses"]) or one["operationId"] == "getLabel"
        assert all(parameter.get("description") for parameter in one.get("parameters", ())), one["operationId"]
        assert not re.search("[\u3400-\u9fff]", one["summary"]), "the schema is English"
    assert all(set(one) == {"get"} for one in schema["paths"].values())


def test_the_schema_comes_as_yaml_too(client):
    for headers, query in (({}, "?format=yaml"), ({"accept": "application/vnd.oai.openapi"}, "")):
        answer = ask(client, "/api/v1/schema/" + query, **headers)
        assert answer.content.startswith(b"openapi: 3")
    assert ask(client, "/api/v1/schema/?format=xml").status_code == 400


@pytest.mark.parametrize(("prefix", "language"), [("", "zh-Hans"), ("/en", "en")])
def test_the_documentation_names_every_address_and_parameter(client, schema, prefix, language):
    page = client.get(f"{prefix}/api/v1/docs/").content.decode()
    assert f'<html lang="{language}"' in page
    for path, methods in schema["paths"].items():
        assert f'id="{methods["get"]["operationId"]}"' in page
        assert f"<code>{path}</code>" in page
        for parameter in methods["get"].get("parameters", ()):
            assert f"<code>{parameter['name']}</code>" in page
    assert "https://" not in page.split("<main")[1].split("</main>")[0]


def test_the_documentations_examples_answer(client, schema):
    from tests.api_world import make_api_world

    world = make_api_world(client)
    number = world.tea.rights.exclude(announcements=None).first().announcements.first().pk
    for path, methods in schema["paths"].items():
        example = methods["get"]["x-example"].replace("announcements/1/", f"announcements/{number}/")
        example = example.replace("E0001", "AUTH1" if "authorisations" in path else "E0002")
        if "labels" not in path:
            assert ask(client, example).status_code == 200, example
