"""The API answers whatever its schema allows, and much that it does not, as its schema says: asked over the network.

A short form of `schemathesis run`: the same values on every run, so that a failure can be repeated. Keys of real
records take the place of made-up ones in half of the requests, or most answers would be "nothing is here".
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api_world import make_api_world

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENOUGH = settings(
    max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)  # fmt: skip
KEYS = {
    "number": [365, 366, 9], "code": ["430923", "430900", "999999"], "key": ["91430900600037341F", "E0002"],
    "reference": ["AUTH1", "DEMO1"], "slug": ["hunan-51"],
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_every_operation_answers_as_its_schema_says(live_server, client, settings):
    settings.API_LIMIT = 1_000_000
    world = make_api_world(client)
    keys = KEYS | {
        "text": ["7777-7777-7777-7777-7777-7777"],
        "id": [world.tea.rights.exclude(announcements=None).first().announcements.first().pk],
    }
    schema = schemathesis.openapi.from_url(f"{live_server.url}/api/v1/schema/?format=json")
    answered = {
        operation.ok().label: ask(operation.ok(), keys, live_server.url) for operation in schema.get_all_operations()
    }
    assert len(answered) == len(schema.raw_schema["paths"]) - 1  # all but the schema itself, which was read
    without = {label for label, codes in answered.items() if 200 not in codes}
    assert without == {"GET /api/v1/labels/{text}/"}  # no label was issued in this register


def pick(values, number):
    return values[number % len(values)]


def ask(operation, keys, url):
    """Valid and invalid requests of one operation; the statuses of the answers."""
    seen = set()

    def sent(case, number):
        names = case.path_parameters or {}
        slugs = {"slug": ["CN-EU-B1"]} if "agreements" in operation.path else {}
        if number is not None and names:
            case.path_parameters = {name: pick((keys | slugs)[name], number) for name in names}
        response = case.call(base_url=url)
        seen.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    first = {one.name: 0 for one in operation.path_parameters}
    sent(operation.Case(path_parameters=first), 0)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        cases = operation.as_strategy(generation_mode=mode)
        try:
            ENOUGH(given(cases, st.one_of(st.none(), st.integers(0, 2)))(sent))()
        except Unsatisfiable:  # there is nothing to get wrong about an address without parameters
            assert mode == GenerationMode.NEGATIVE
    return seen
