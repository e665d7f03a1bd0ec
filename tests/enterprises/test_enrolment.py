"""Enterprises and reported authorisations: entered and amended with search text and history."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from enterprises import enrolment
from enterprises.models import Authorisation, Enterprise
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from gi_registry.search_text import parse_query
from tests.factories import make_product

pytestmark = pytest.mark.django_db
OFFICER = Actor("user:1", Role.OFFICER)


@pytest.fixture
def enterprise():
    return enrolment.enter_enterprise(by=OFFICER, reference="E0001", name_zh="安化某茶业有限公司", basis="sourced")


def found(text):
    rows = Enterprise.objects.filter(search_text__tokens__matches=parse_query(text))
    return [row.reference for row in rows]


def test_an_enterprise_is_found_by_name_and_by_the_code_it_gets(enterprise):
    assert found("某茶业") == ["E0001"]
    enrolment.amend_enterprise(enterprise, by=OFFICER, uscc="91000000MA00000012")
    assert found("91000000MA00000012") == ["E0001"]
    assert JournalEntry.objects.first().payload == {
        "changes": {"uscc": {"before": None, "after": "91000000MA00000012"}}
    }


def test_an_authorisation_keeps_its_source_and_its_enterprise(enterprise):
    authorisation = enrolment.enter_authorisation(
        enterprise, by=OFFICER, reference="E0001", product=make_product(), product_text="安化黑茶", state="reported",
        basis="reported", effective_from=datetime.date(2023, 5, 31), effective_precision="month", source="B-AHHC",
    )  # fmt: skip
    entry = JournalEntry.objects.first()
    assert (entry.event_type, entry.parent_kind, entry.parent_id) == (
        "authorisation.entered", "enterprise", "E0001",
    )  # fmt: skip
    assert (entry.source, entry.effective_on) == ("B-AHHC", datetime.date(2023, 5, 31))
    enrolment.amend_authorisation(authorisation, by=OFFICER, note="short name as in the report")
    assert Authorisation.objects.get().note == "short name as in the report"
    assert JournalEntry.objects.first().event_type == "authorisation.amended"


def test_words_of_no_known_kind_are_refused(enterprise):
    with pytest.raises(ValidationError):
        enrolment.enter_authorisation(
            enterprise, by=OFFICER, reference="E0001", state="maybe", basis="reported",
            effective_from=datetime.date(2023, 5, 31),
        )  # fmt: skip
    assert not Authorisation.objects.exists()


def test_a_reviewer_does_not_enrol():
    with pytest.raises(MoveRefused):
        enrolment.enter_enterprise(by=Actor("user:2", Role.REVIEWER), reference="E1", name_zh="甲", basis="sourced")
    assert not Enterprise.objects.exists()
