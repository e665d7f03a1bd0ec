"""What the list of announcements says each is about, and whether a page speaks of a text that was not loaded."""

import datetime
import re

import pytest

from products.models import Announcement, AnnouncementEntry
from products.states import AnnouncementKind
from tests import factories as make
from tests.case_world import make_world
from tests.page_words import words
from tests.protection_world import make_case

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "said"),
    [(AnnouncementKind.APPROVAL, "approval"), (AnnouncementKind.MARK_USE, "use of the special mark"),
     (AnnouncementKind.REVOCATION, "revocation"), (AnnouncementKind.CHANGE, "change of what is protected")],
)  # fmt: skip
def test_an_announcement_is_about_what_it_did(client, kind, said):
    paper = Announcement.objects.create(text="示例公告", issuer="other", number=1,
                                        published_on=datetime.date(2024, 1, 5), published_precision="day")  # fmt: skip
    right = make.make_product().rights.get()
    AnnouncementEntry.objects.create(announcement=paper, right=right, kind=kind)
    cells = re.search(r'data-label="About">(.*?)</td>', client.get("/en/announcements/").content.decode())
    assert cells[1] == said


def test_a_preliminary_announcement_of_a_new_name_is_about_the_time_to_object(client):
    case = make_case(make_world(), "preliminary")
    assert "preliminary announcement; time to object" in words(client.get("/en/announcements/"))
    paper = case.notices.get().announcement
    assert "is not loaded" not in words(client.get(f"/en/announcements/{paper.pk}/"))


def test_a_product_of_this_register_rests_on_its_announcement(client):
    case = make_case(make_world(), "recognised")
    case.refresh_from_db()
    page = words(client.get(f"/en/products/{case.right.product.number}/"))
    assert "The record rests on the announcements" in page
    assert "No source is named" not in page
