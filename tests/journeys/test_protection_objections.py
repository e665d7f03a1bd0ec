"""An objection that is upheld, in a real browser without JavaScript: the case ends, and no objector is named."""

import pytest

from products.drafting import Place
from products.models import Product
from products.objection_models import Objection
from tests.journeys.case_people import Official, Visitor, faults_of_pages
from tests.journeys.test_protection import NAME, object_by_keyboard, world  # noqa: F401
from tests.protection_world import end_notice, make_case, neighbour

pytestmark = [pytest.mark.browser]


def test_an_objection_that_is_upheld_ends_the_case_and_names_nobody(browser, page, site, world):  # noqa: F811
    case = make_case(world, "preliminary", name_zh=NAME, places=[Place(neighbour(world))])
    end_notice(case, days=-30)  # the time to object runs
    officer, another = (Official(browser, site, name, world) for name in ("officer", "another_officer"))
    visitor, stranger = (Visitor(browser, site, name) for name in ("visitor", "stranger"))
    objection, secret = object_by_keyboard(visitor, NAME)
    officer.handle(objection, "admit", text="It came in time.")
    officer.handle(objection, "negotiate", text="Both sides met and found no way.")
    officer.go(f"/en/desk/objections/{objection}/")
    assert "somebody else has to decide" in officer.text()
    another.handle(objection, "uphold", text="It is right.", published_reason="两个镇确不产此茶。")
    another.step(case.reference, "refuse", text="An objection was right.")

    visitor.go(secret)
    assert "两个镇确不产此茶" in visitor.text()
    stranger.go("/en/objections/")
    assert "from a unit Upheld 两个镇确不产此茶。" in stranger.text()
    stranger.go(f"/en/cases/{case.reference}/")
    assert "Refused" in stranger.text()
    assert "Anybody may object" not in stranger.text()  # though the last day has not come
    stranger.go("/en/announcements/")
    assert "there is nothing to object to" in stranger.text()
    stranger.go(f"/en/announcements/objections/{case.notices.get().pk}/")
    assert "there is nothing left to object to" in stranger.text()
    stranger.go("/en/log/")
    for path in list(stranger.seen):
        stranger.go(path)
        for private in (
            "某某茶业合作社",
            "某某路88号",
            "13800000000",
            "两个镇不产此茶",
            secret.split("/")[-2],
        ):
            assert private not in stranger.page.content(), (path, private)
    assert not Product.objects.filter(name_zh=NAME).exists()
    assert Objection.objects.get().state == "upheld"
    faults = faults_of_pages(browser, officer, another, visitor, stranger)
    assert not faults, "\n".join(faults)
