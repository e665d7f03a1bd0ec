"""What an application still lacks, and what the register says of it by itself: every gap and every fact alone."""

import datetime

import pytest
from django.utils import timezone

from enterprises.completeness import facts, missing, needs_mark, required_documents
from enterprises.models import Authorisation
from enterprises.states import ApplicationKind, ApplicationState, DocumentKind, LawfulUser
from products.models import Product
from products.states import AreaBasis, Extent, Track
from tests import factories as make
from tests.case_world import make_world

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = datetime.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


def gaps(file):
    return [(gap.step, str(gap.text)) for gap in missing(file)]


def fact(file, label):
    """Word and verdict of the fact with this label."""
    found = next(found for found in facts(file) if str(found.label) == label)
    return str(found.text), found.good


# --- Gaps ---


def test_a_complete_draft_lacks_nothing(world):
    assert gaps(world.draft()) == []


def test_an_empty_draft_lacks_everything_in_the_order_of_the_steps(world):
    found = gaps(world.draft(complete=False))
    assert [step for step, _text in found] == ["product"] * 2 + ["sites"] + ["goods"] * 3 + ["documents"] * 2


@pytest.mark.parametrize(("values", "step", "words"), [
    ({"product": None}, "product", "Choose the product"),
    ({"lawful_user": ""}, "product", "on what right"),
    ({"varieties": []}, "goods", "varieties"),
    ({"standard": ""}, "goods", "the standard or the announcement"),
    ({"yearly_output": None}, "goods", "yearly output"),
    ({"output_unit": ""}, "goods", "yearly output"),
    ({"lawful_user": LawfulUser.COLLECTIVE_MEMBER}, "product", "registration number of the trademark"),
])  # fmt: skip
def test_each_gap_by_itself(world, values, step, words):
    found = gaps(world.draft(**values))
    assert len(found) == 1
    assert found[0][0] == step
    assert words in found[0][1]


def test_an_output_of_nothing_is_an_answer(world):
    assert gaps(world.draft(yearly_output=0)) == []


def test_a_draft_without_sites(world):
    file = world.draft()
    file.sites.all().delete()
    assert [step for step, _text in gaps(file)] == ["sites"]


@pytest.mark.parametrize("kind", [DocumentKind.APPLICATION_FORM, DocumentKind.TEST_REPORT])
def test_a_missing_document_is_named(world, kind):
    file = world.draft()
    file.documents.filter(kind=kind).delete()
    assert gaps(file) == [("documents", f"Add a document: {kind.label}.")]


def test_a_product_that_lost_its_protection_cannot_be_applied_for(world):
    file = world.draft()
    world.product.rights.update(status="revoked", effective_to=TODAY)
    assert gaps(file) == [("product", "This product is not protected today; nobody can apply for it.")]


def test_a_foreign_product_has_no_such_route(world):
    foreign = make.make_product("香槟", track=Track.FOREIGN_GI)
    assert foreign in Product.objects.in_force()
    assert [step for step, _text in gaps(world.draft(product=foreign))] == ["product"]


def test_a_licensee_gives_number_last_day_and_contract(world):
    file = world.draft(lawful_user=LawfulUser.LICENSEE)
    texts = " ".join(text for _step, text in gaps(file))
    assert len(gaps(file)) == 3
    for words in ("registration number", "last day of the licence", str(DocumentKind.LICENCE.label)):
        assert words in texts


@pytest.mark.parametrize(("lawful_user", "wanted"), [
    (LawfulUser.PRODUCER, False), (LawfulUser.COLLECTIVE_MEMBER, True), (LawfulUser.LICENSEE, True), ("", False),
])  # fmt: skip
def test_whose_right_rests_on_a_trademark(world, lawful_user, wanted):
    assert needs_mark(world.draft(lawful_user=lawful_user)) is wanted


def test_a_change_needs_its_proof_and_no_new_test_report(world):
    file = world.draft()
    file.kind = ApplicationKind.CHANGE
    assert required_documents(file) == [DocumentKind.APPLICATION_FORM, DocumentKind.PROOF_OF_CHANGE]


# --- Facts ---


def test_a_file_in_order_is_good_in_every_fact(world):
    found = facts(world.file())
    assert [row.good for row in found] == [True] * 5
    assert "Licence" not in [str(row.label) for row in found], "who needs no licence is not asked for one"


@pytest.mark.parametrize(("uscc", "good", "words"), [
    ("91430900600037341F", True, "well formed"),
    ("91430900600037341A", False, "not well formed"), ("", False, "not well formed"),
    ("B1430900600037341D", None, "registering department"),
])  # fmt: skip
def test_the_credit_code(world, uscc, good, words):
    file = world.file()
    file.enterprise.uscc = uscc
    text, verdict = fact(file, "Credit code")
    assert verdict is good
    assert words in text


def test_the_product(world):
    file = world.file()
    assert fact(file, "Product") == ("protected today", True)
    world.product.rights.update(status="revoked", effective_to=TODAY)
    assert fact(file, "Product") == ("not protected today", False)


@pytest.mark.parametrize(("change", "good"), [
    ({}, True), ({"extent": Extent.PART}, None), ({"extent": Extent.NOT_STATED}, None),
    ({"basis": AreaBasis.INFERRED_FROM_NAME}, None),
])  # fmt: skip
def test_where_a_site_lies(world, change, good):
    file = world.file()
    world.product.rights.get().areas.update(**change)
    assert fact(file, "Site in Anhua County")[1] is good


def test_every_site_has_a_fact_of_its_own(world):
    file = world.file()
    file.sites.create(division=world.elsewhere, address="Road 2")
    assert fact(file, "Site in Anhua County")[1] is True
    text, good = fact(file, "Site in Beijing")
    assert good is False
    assert "outside" in text


def test_another_open_file_of_the_same_enterprise_for_the_product(world):
    file = world.file()
    assert fact(file, "Duplicate")[1] is True
    world.draft()
    assert fact(file, "Duplicate")[1] is True, "a draft is nobody's business yet"
    other = world.file()
    assert fact(file, "Duplicate") == ("1 other open file for this product", False)
    other.state = ApplicationState.WITHDRAWN
    other.save()
    assert fact(file, "Duplicate")[1] is True


def test_an_enterprise_that_is_authorised_already(world):
    file = world.file()
    authorisation = make.make_authorisation(world.enterprise, world.product)
    assert fact(file, "Duplicate") == ("the enterprise is authorised for this product already", False)
    Authorisation.objects.filter(pk=authorisation.pk).update(state="ended", effective_to=TODAY)
    assert fact(file, "Duplicate")[1] is True


def test_earlier_decisions_are_told_and_not_judged(world):
    file = world.file()
    assert fact(file, "Earlier decisions") == ("none against the enterprise", True)
    world.file(ApplicationState.REFUSED)
    world.file(ApplicationState.NOT_ACCEPTED)
    make.make_authorisation(world.enterprise, None, product_text="x", state="revoked", effective_to=TODAY)
    assert fact(file, "Earlier decisions") == ("2 refused before, 1 stopped", None)


@pytest.mark.parametrize(("licence", "mark", "good", "words"), [
    (TODAY + DAY, TODAY + DAY, True, "ends with the trademark or before"),
    (TODAY, TODAY, True, "ends with the trademark"),
    (TODAY + 2 * DAY, TODAY + DAY, False, "ends after the trademark"),
    (TODAY + DAY, None, None, "last day of the trademark is not given"),
    (TODAY - DAY, TODAY + DAY, False, "has run out"),
    (None, TODAY + DAY, False, "no last day"),
])  # fmt: skip
def test_the_licence(world, licence, mark, good, words):
    file = world.file()
    file.lawful_user, file.licence_until, file.mark_until = LawfulUser.LICENSEE, licence, mark
    text, verdict = fact(file, "Licence")
    assert verdict is good
    assert words in text
