"""What the public sees of a decision: the authorisation, its certificate, the announcement and its list."""

import datetime
import io
import re

import pikepdf
import pytest
from django.utils import timezone

from enterprises import supervision
from enterprises.models import Authorisation
from enterprises.states import ApplicationState, StopGround
from products.models import AnnouncementEntry
from tests.case_world import announce, make_world

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def began(authorisation, days_ago):
    """As if it had been announced some days ago."""
    day = timezone.localdate() - days_ago * DAY
    Authorisation.objects.filter(pk=authorisation.pk).update(effective_from=day)
    authorisation.terms.update(effective_from=day)
    authorisation.refresh_from_db()
    return day


def test_the_page_says_what_the_register_holds(client, world):
    authorisation = world.authorisation()
    page = client.get(f"/en/authorisations/{authorisation.reference}/")
    text = text_of(page)
    assert "holds an authorisation of this enterprise" in text
    assert "no real enterprise" in text
    assert "茯砖茶" in text
    assert "GB/T 32719" in text
    assert "Authorised to use the special mark by" in text
    assert "pill-live" in page.content.decode()
    assert "genuine" not in text


def test_lower_case_and_unknown_references(client, world):
    authorisation = world.authorisation()
    lower = client.get(f"/en/authorisations/{authorisation.reference.lower()}/")
    assert (lower.status_code, lower["Location"]) == (301, f"/en/authorisations/{authorisation.reference}/")
    assert client.get("/en/authorisations/A9999999/").status_code == 404


def test_any_past_date_can_be_asked(client, world):
    authorisation = world.authorisation()
    first = began(authorisation, 10)
    address = f"/en/authorisations/{authorisation.reference}/"
    before = text_of(client.get(f"{address}?as_of={first - DAY}"))
    assert "no authorisation in force" in before
    assert "Not yet begun" in before
    assert "holds an authorisation" in text_of(client.get(f"{address}?as_of={first}"))
    future = text_of(client.get(f"{address}?as_of={timezone.localdate() + DAY}"))
    assert "was ignored" in future


def stop(world, authorisation, ground=StopGround.OFFENCE):
    case = supervision.propose_stop(authorisation, by=world.actor("reviewer"), ground=ground, text="seen on site")
    supervision.decide_stop(case, by=world.actor("approver"), text="proved")
    return case


def test_a_stopped_one_says_so_with_day_and_ground_and_not_what_was_written(client, world):
    authorisation = world.authorisation()
    began(authorisation, 10)
    stop(world, authorisation)
    page = client.get(f"/en/authorisations/{authorisation.reference}/")
    assert "no authorisation in force" in text_of(page)
    assert "serious offence" in text_of(page)
    assert "seen on site" not in text_of(page)
    assert "pill-live" not in page.content.decode()
    yesterday = text_of(client.get(f"/en/authorisations/{authorisation.reference}/?as_of={timezone.localdate() - DAY}"))
    assert "holds an authorisation" in yesterday


def test_when_protection_of_the_product_has_ended_nothing_reads_as_in_force(client, world):
    authorisation = world.authorisation()
    world.product.rights.update(status="revoked", effective_to=timezone.localdate())
    text = text_of(client.get(f"/en/authorisations/{authorisation.reference}/"))
    assert "protection of the product has ended" in text
    assert "no authorisation in force" in text


def test_an_order_to_rectify_is_shown_and_the_authorisation_stands(client, world):
    authorisation = world.authorisation()
    supervision.order_rectification(authorisation, by=world.actor("reviewer"), text="labels too small")
    text = text_of(client.get(f"/en/authorisations/{authorisation.reference}/"))
    assert "ordered to rectify" in text
    assert "holds an authorisation" in text
    assert "labels too small" not in text


# --- The certificate ---


def certificate_address(client, authorisation, language="/en"):
    """The certificate, and the address that its code holds as a link of the page."""
    response = client.get(f"{language}/authorisations/{authorisation.reference}/certificate.pdf")
    assert response["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(response.content)) as document:
        assert len(document.pages) == 1
    return response


def test_the_certificate_is_one_page_and_is_only_given_while_in_force(client, world):
    authorisation = world.authorisation()
    certificate_address(client, authorisation)
    certificate_address(client, authorisation, language="")
    stop(world, authorisation)
    refused = client.get(f"/en/authorisations/{authorisation.reference}/certificate.pdf")
    assert refused.status_code == 302


def mark_of(authorisation):
    from enterprises import authorisation_facts as facts

    return facts.fingerprint(facts.answer(authorisation))


def test_a_certificate_of_today_agrees_and_one_from_before_a_change_does_not(client, world):
    authorisation = world.authorisation()
    address = f"/en/authorisations/{authorisation.reference}/?c={mark_of(authorisation)}&printed=2026-01-02"
    assert "says what the register says today" in text_of(client.get(address))
    authorisation.terms.update(varieties=["千两茶"])
    out_of_date = client.get(address)
    assert "This certificate is out of date" in text_of(out_of_date)
    assert "2 January 2026" in text_of(out_of_date)


def test_a_certificate_of_a_stopped_authorisation_is_out_of_date(client, world):
    authorisation = world.authorisation()
    mark = mark_of(authorisation)
    stop(world, authorisation)
    for code in (mark, mark_of(Authorisation.objects.get(pk=authorisation.pk))):
        text = text_of(client.get(f"/en/authorisations/{authorisation.reference}/?c={code}"))
        assert "This certificate is out of date" in text


@pytest.mark.parametrize("code", ["xyz", "<script>", "0" * 9, "0" * 11])
def test_a_mark_that_is_none_is_named_and_ignored(client, world, code):
    authorisation = world.authorisation()
    text = text_of(client.get(f"/en/authorisations/{authorisation.reference}/", {"c": code}))
    assert "was ignored" in text
    assert "out of date" not in text


# --- The announcement ---


def test_the_announcement_shows_its_list_and_offers_it_as_files(client, world):
    authorisation = world.authorisation()
    paper = authorisation.announcement
    page = client.get(f"/en/announcements/{paper.pk}/")
    text = text_of(page)
    assert "示例茶业有限公司" in text
    assert "no announcement of any authority" in text
    table = client.get(f"/en/announcements/{paper.pk}/list.csv")
    content = b"".join(table.streaming_content).decode()
    assert "91000000MA00000157" in content
    assert client.get(f"/en/announcements/{paper.pk}/list.pdf").content.startswith(b"%PDF")
    assert client.get(f"/en/announcements/{paper.pk}/list.exe").status_code == 404


def test_a_demonstration_announcement_stands_in_no_list_and_on_no_record(client, world):
    authorisation = world.authorisation()
    assert authorisation.announcement.text not in text_of(client.get("/en/announcements/"))
    assert not AnnouncementEntry.objects.exists()
    assert authorisation.announcement.text not in text_of(client.get("/en/products/365/"))


def test_a_real_announcement_stands_in_the_list_and_on_the_record(client):
    world = make_world(demo=False)
    authorisation = world.authorisation()
    assert authorisation.announcement.text in text_of(client.get("/en/announcements/"))
    assert world.enterprise.name_zh in text_of(client.get("/en/products/365/"))
    assert world.enterprise.name_zh in text_of(client.get("/en/enterprises/"))
    assert world.enterprise.name_zh in text_of(client.get("/en/regions/430923/"))


def test_stops_are_announced_with_their_ground(client, world):
    authorisation = world.authorisation()
    paper = announce(world, stops=[stop(world, authorisation)])
    text = text_of(client.get(f"/en/announcements/{paper.pk}/"))
    assert "Use of the mark has ended" in text
    assert "serious offence" in text.lower()
    assert "stopped" in b"".join(client.get(f"/announcements/{paper.pk}/list.csv").streaming_content).decode()


def test_a_correction_and_the_corrected_one_lead_to_each_other(client, world):
    old = announce(world, world.file(ApplicationState.APPROVED))
    new = announce(world, corrects=old, body="Read 茯砖茶.")
    assert "Corrected by" in text_of(client.get(f"/en/announcements/{old.pk}/"))
    text = text_of(client.get(f"/en/announcements/{new.pk}/"))
    assert "This corrects" in text
    assert "Read 茯砖茶." in text
    assert client.get(f"/announcements/{new.pk}/list.csv").status_code == 404  # it has no list
