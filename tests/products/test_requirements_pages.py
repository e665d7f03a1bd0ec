"""What was protected on a day, and what two versions of the requirements change: rules and pages."""

import datetime
import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products import registrar
from products.case_states import RequirementPart
from products.models import Announcement, FormerNumber, ProtectedArea
from products.record_values import Area
from products.states import AreaBasis, Extent, ProductStatus, Track
from products.system_models import ProtectionRequirement
from products.system_requirements import area_between, area_changes, requirements_of
from tests import factories as make
from tests.case_world import make_world

pytestmark = pytest.mark.django_db
DAY = datetime.date
FIRST, SECOND = DAY(2011, 1, 1), DAY(2020, 7, 1)
NAMED = AreaBasis.NAMED_IN_SOURCE
TEXTS = {
    RequirementPart.NAME: "安化黑茶。", RequirementPart.TRAITS: "汤色橙黄。水分≤12.5%。",
    RequirementPart.FAME: "明代已有。",
}  # fmt: skip


@pytest.fixture
def world():
    return make_world()


def paper(number):
    return Announcement.objects.create(issuer="cnipa", number=number, text=f"公告第{number}号", published_on=SECOND)


@pytest.fixture
def right(world):
    """安化黑茶: since 2010 for 安化县, requirements from 2011, changed in 2020 together with the area."""
    right, by = world.product.rights.get(), world.actor("officer")
    registrar.change_right(right, by=by, on=FIRST, announcement=paper(1), parts=TEXTS)
    taojiang = world.county.parent.children.exclude(pk=world.county.pk).get()
    registrar.change_right(
        right, by=by, on=SECOND, announcement=paper(2),
        parts=TEXTS | {RequirementPart.TRAITS: "汤色橙黄。水分≤13.0%。", RequirementPart.FAME: "明代已有。 "},
        areas=frozenset({Area(world.county, Extent.PART, NAMED), Area(taojiang, Extent.WHOLE, NAMED)}),
    )  # fmt: skip
    return right


def words(response):
    return html.unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", response.content.decode())))


def of_day(world, on, pair=None):
    return requirements_of(world.product, on, pair)[0]


@pytest.mark.parametrize(
    ("on", "version", "codes", "is_live"),
    [
        (DAY(2010, 12, 29), None, ["430923"], False), (DAY(2010, 12, 30), None, ["430923"], True),
        (FIRST, 1, ["430923"], True), (DAY(2020, 6, 30), 1, ["430923"], True),
        (SECOND, 2, ["430922", "430923"], True), (DAY(2026, 1, 1), 2, ["430922", "430923"], True),
    ],
)  # fmt: skip
def test_version_and_area_of_a_day(world, right, on, version, codes, is_live):
    found = of_day(world, on)
    assert (found.version and found.version.version, found.is_live) == (version, is_live)
    assert sorted(row.division.code for row in found.area) == codes


def test_a_revoked_right_protects_nothing_from_its_end(world, right):
    on = DAY(2022, 1, 1)
    registrar.revoke_right(right, by=world.actor("officer"), on=on, announcement=paper(3), reason="generic")
    assert of_day(world, on - datetime.timedelta(days=1)).version.version == 2
    assert of_day(world, on).version is None
    assert len(of_day(world, on).versions) == 2


def test_two_versions_part_by_part(world, right):
    found = of_day(world, SECOND, (1, 2)).difference
    kinds = {part.part: part.text.kind for part in found.parts}
    assert kinds == {"name": "equal", "traits": "changed", "fame": "equal"}
    assert [part.part for part in found.changes] == ["traits"]
    assert found.touches_main_content
    assert [row.division.code for row in found.area.gained] == ["430922"]
    assert [(old.extent, new.extent) for old, new in found.area.changed] == [("whole", "part")]


def test_a_change_of_another_part_is_none_of_the_main_content(world, right):
    texts = ProtectionRequirement.objects.get(version=2).parts | {RequirementPart.FAME: "唐代已有。"}
    registrar.change_right(
        right, by=world.actor("officer"), on=DAY(2021, 1, 1), announcement=paper(3), parts=texts
    )  # fmt: skip
    found = of_day(world, SECOND, (2, 3)).difference
    assert (found.touches_main_content, bool(found.area), len(found.changes)) == (False, False, 1)


def test_every_change_of_the_area_has_its_day(world, right):
    third = DAY(2023, 1, 1)
    registrar.change_right(
        right, by=world.actor("officer"), on=third, announcement=paper(3),
        areas=frozenset({Area(world.county, Extent.PART, NAMED)}),
    )  # fmt: skip
    rows = list(ProtectedArea.objects.filter(right=right))
    (latest, lost), (before, gained) = area_changes(rows)
    assert (latest, before) == (third, SECOND)
    assert [row.division.code for row in lost.lost] == ["430922"]
    assert [row.division.code for row in gained.gained] == ["430922"]
    over_all = area_between(rows, FIRST, third)
    assert (over_all.gained, over_all.lost, len(over_all.changed)) == ([], [], 1), "what came and went is no difference"


def test_the_page_marks_differences_in_words_too(client, world, right):
    page = client.get("/en/products/365/requirements/?compare=1,2").content.decode()
    gone = re.search("<del>(?!Struck|no longer)(.*?)</del>", page)[1]
    new = re.search("<ins>(?!underlined|newly)(.*?)</ins>", page)[1]
    assert re.sub("<[^>]+>", "", gone) == "[only before: 12.5 end]"
    assert re.sub("<[^>]+>", "", new) == "[only after: 13.0 end]"
    assert "<ins>newly in the area</ins>" in page


def test_ticked_boxes_and_the_short_form_mean_the_same(client, world, right):
    ticked = client.get("/en/products/365/requirements/?compare=2&compare=1").context["rights"][0].difference
    assert (ticked.before.version, ticked.after.version) == (1, 2)


@pytest.mark.parametrize("query", ["compare=1", "compare=1,1", "compare=1,x", "compare=1,2,3", "as_of=2999-01-01",
                                   "as_of=x", "compare=99999,1", "compare=1,7", "compare=%00,1"])  # fmt: skip
def test_malformed_values_are_named_and_ignored(client, world, right, query):
    response = client.get(f"/en/products/365/requirements/?{query}")
    assert response.status_code == 200
    assert len(response.context["notices"]) == 1
    assert response.context["rights"][0].difference is None


def test_unknown_and_former_numbers(client, world, right):
    FormerNumber.objects.create(number=767, product=world.product)
    assert client.get("/en/products/999/requirements/").status_code == 404
    response = client.get("/en/products/767/requirements/")
    assert (response.status_code, response.headers["Location"]) == (301, "/en/products/365/requirements/")


def test_a_product_without_requirements_says_so_and_shows_its_area(client, world):
    page = words(client.get("/en/products/365/requirements/"))
    assert "No protection requirements are loaded for this product." in page
    assert "430923" in page


def test_an_inferred_area_is_no_legal_area(client, world):
    world.product.rights.get().areas.update(basis=AreaBasis.INFERRED_FROM_NAME)
    page = words(client.get("/en/products/365/requirements/"))
    assert "not the legal area" in page
    assert "Area of the day" not in page


def test_each_right_with_requirements_is_shown(client, world, right):
    mark = make.make_right(world.product, track=Track.COLLECTIVE_MARK, effective_from=DAY(2015, 1, 1))
    reported = make.make_right(world.product, track=Track.TRADEMARK, status=ProductStatus.REPORTED, effective_from=None)
    ProtectionRequirement.objects.create(right=mark, version=1, parts={"name": "商标"}, effective_from=DAY(2015, 1, 1))
    response = client.get("/en/products/365/requirements/?as_of=2014-12-31")
    found = {one.right.pk: (one.is_live, one.version is not None) for one in response.context["rights"]}
    assert found == {right.pk: (True, True), mark.pk: (False, False), reported.pk: (False, False)}
    assert [one.right.pk for one in response.context["rights"]][-1] == reported.pk


def test_the_record_shows_the_version_of_the_day_alone(client, world, right):
    now = words(client.get("/en/products/365/"))
    assert "水分≤13.0%" in now
    assert "水分≤12.5%" not in now
    assert "All 2 versions and what they changed" in now
    then = client.get("/en/products/365/?as_of=2015-01-01")
    assert "水分≤12.5%" in words(then)
    assert "/en/products/365/requirements/?as_of=2015-01-01" in then.content.decode()
    before = words(client.get("/en/products/365/?as_of=2010-12-31"))
    assert "No version of the requirements was in force on this date." in before


def test_the_page_takes_the_same_queries_for_any_number_of_versions(client, world, right, django_assert_num_queries):
    address = "/en/products/365/requirements/?compare=1,2"
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(3, 7):
        registrar.change_right(
            right, by=world.actor("officer"), on=DAY(2018 + number, 1, 1), announcement=paper(number), parts=TEXTS
        )
    with django_assert_num_queries(len(few)):
        client.get(address)
