"""Follow by e-mail: nobody is written to who did not confirm, what is ended is erased, nothing tells who follows."""

import datetime
import logging
import re

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from cms import follow_facts, following
from cms.follow_words import last_due, link_of, name_in
from cms.models import Follow
from gi_registry.models import JournalEntry
from products.models import FormerNumber
from tests import factories as make

pytestmark = pytest.mark.django_db
ADDRESS = "reader@example.org"


@pytest.fixture
def tea():
    province, _prefecture, county, _other = make.make_hunan()
    tea = make.make_product(number=365, province=province, name_en="Anhua Dark Tea")
    make.make_area(tea.rights.get(), county)
    return tea


def ask(client, kind="product", key="365", email=ADDRESS, prefix="/en", **more):
    return client.post(f"{prefix}/follow/", {"kind": kind, "key": key, "email": email, **more})


def work():
    """What the worker sends at once."""
    call_command("work", "--once")
    sent, mail.outbox[:] = list(mail.outbox), []
    return sent


def links(message):
    return re.findall(r"http://\S+", message.body)


def path(message, page):
    """The path of a link in a mail."""
    return next(link for link in links(message) if f"/follow/{page}/" in link).removeprefix("http://127.0.0.1:8000")


def follower(client, kind="product", key="365", email=ADDRESS, **more):
    """Somebody who has asked and confirmed."""
    ask(client, kind, key, email, **more)
    (message,) = work()
    client.post(path(message, "confirm"))
    return Follow.objects.get(email=email.lower(), kind=kind, key=key)


# --- Asking


def test_the_form_says_what_is_stored_and_keeps_what_was_typed(client, tea):
    html = client.get("/en/follow/?kind=product&key=365").content.decode()
    assert "Anhua Dark Tea" in html
    assert "What is stored" in html
    assert "7 days" in html
    html = ask(client, email="no address", rhythm="weekly").content.decode()
    assert 'value="no address"' in html
    assert "This is no e-mail address" in html
    assert re.search(r'value="weekly"[^>]* checked', html)
    assert not Follow.objects.exists()


def test_who_asks_is_answered_alike_whoever_follows(client, tea):
    follower(client, email="other@example.org")
    first = ask(client)
    again = ask(client, email="other@example.org")
    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
    assert first["Location"] == "/en/follow/sent/"
    assert client.get("/en/follow/sent/").status_code == 200


def test_nobody_is_written_to_but_to_be_asked_until_they_confirm(client, tea):
    ask(client)
    (message,) = work()
    assert message.to == [ADDRESS]
    assert "Anhua Dark Tea" in message.subject
    row = Follow.objects.get()
    assert row.confirmed_at is None
    assert client.get(path(message, "confirm")).status_code == 200  # a program that looks at links of mails
    row.refresh_from_db()
    assert row.confirmed_at is None
    assert client.head(path(message, "confirm")).status_code == 200
    assert client.post(path(message, "confirm")).status_code == 302
    row.refresh_from_db()
    assert row.confirmed_at is not None
    assert row.told_until == (JournalEntry.objects.values_list("sequence", flat=True).first() or 0)


def test_confirming_twice_does_not_begin_anew(client, tea):
    row = follower(client)
    before = row.told_at
    following.confirm(row)
    row.refresh_from_db()
    assert row.told_at == before


def test_the_mail_speaks_the_language_of_the_page(client, tea):
    ask(client, prefix="")
    (message,) = work()
    assert "安化黑茶" in message.subject
    assert "http://127.0.0.1:8000/follow/confirm/" in message.body
    ask(client, email="english@example.org")
    (message,) = work()
    assert "http://127.0.0.1:8000/en/follow/confirm/" in message.body


def test_who_follows_already_is_told_so_by_mail_and_nothing_changes(client, tea):
    row = follower(client, rhythm="weekly")
    ask(client, rhythm="daily", email="READER@example.org")
    (message,) = work()
    assert "already" in message.subject
    assert path(message, "manage")
    assert Follow.objects.get().rhythm == row.rhythm == "weekly"


def test_asking_again_before_confirming_changes_rhythm_and_language(client, tea):
    ask(client, rhythm="weekly", prefix="")
    ask(client, rhythm="daily")
    row = Follow.objects.get()
    assert (row.rhythm, row.language) == ("daily", "en")


def test_what_nobody_confirms_is_erased_after_seven_days(client, tea):
    ask(client)
    asked = Follow.objects.get().asked_at
    assert following.erase_unconfirmed(asked + datetime.timedelta(days=6, hours=23)) == 0
    assert following.erase_unconfirmed(asked + datetime.timedelta(days=7)) == 1
    row = follower(client, email="kept@example.org")
    assert following.erase_unconfirmed(row.asked_at + datetime.timedelta(days=400)) == 0


def test_an_address_gets_few_letters_a_day_that_ask(client, tea):
    for _time in range(8):
        answer = ask(client)
        assert answer["Location"] == "/en/follow/sent/"
    assert len(work()) == 5


def test_a_network_that_asks_very_often_waits_and_loses_nothing(client, tea):
    for number in range(20):
        ask(client, email=f"reader{number}@example.org")
    answer = ask(client, email="late@example.org")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert 'value="late@example.org"' in answer.content.decode()
    assert not Follow.objects.filter(email="late@example.org").exists()


def test_a_form_on_another_site_needs_one_more_press(client, tea):
    answer = client.post(
        "/en/follow/", {"kind": "product", "key": "365", "email": ADDRESS}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 200
    assert f'value="{ADDRESS}"' in answer.content.decode()
    assert not Follow.objects.exists()


# --- What can be followed


def test_what_is_not_there_cannot_be_followed(client, tea):
    make.make_enterprise("示例茶业", uscc="91000000MA00000157")
    shown = make.make_enterprise("示例合作社", uscc="92000000MA0000023Y")
    make.make_authorisation(shown, tea)
    hostile = [
        ("product", "366"), ("product", "365 or 1=1"), ("product", "9" * 400), ("product", "\0"), ("product", ""),
        ("product", "³"), ("person", "365"), ("", ""), ("region", "999999"), ("region", "43092"),
        ("enterprise", "91000000MA00000157"), ("enterprise", shown.uscc), ("enterprise", "91430900600037341F"),
        ("agreement", "CN-XX"), ("agreement", "../../etc"), ("search", "q=" + "茶" * 200), ("news", "x"),
    ]  # fmt: skip
    for kind, key in hostile:
        assert client.get("/en/follow/", {"kind": kind, "key": key}).status_code == 404, (kind, key)
        assert ask(client, kind, key).status_code == 404, (kind, key)
    assert not Follow.objects.exists()


@pytest.mark.parametrize(
    "email",
    ["a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org", "<a@example.org>", "a" * 260 + "@b.cn", ""],
)
def test_an_address_that_is_more_than_an_address_is_refused(client, tea, email):
    answer = ask(client, email=email)
    assert answer.status_code == 200
    assert not Follow.objects.exists()
    assert work() == []


def test_a_search_is_stored_by_what_it_means(client, tea):
    first = follow_facts.find("search", "q=茶&status=protected&sort=name&page=3&colour=red&province=430000")
    same = follow_facts.find("search", "province=430000&q=%E8%8C%B6&status=protected")
    assert first == same
    assert "Hunan Province" in first.name
    assert "茶" in first.name
    assert first.address.startswith("/en/products/?province=430000&q=")


def test_a_former_number_or_code_leads_to_what_it_is_today(tea):
    FormerNumber.objects.create(number=990, product=tea)
    make.make_division("432324", "安化县", status="historic", successor=tea.rights.get().areas.get().division)
    assert follow_facts.find("product", "990").key == "365"
    assert follow_facts.find("region", "432324").key == "430923"


# --- Links


def test_links_are_made_by_this_site_alone(client, tea, settings):
    row = follower(client)
    link = link_of(row.token)
    assert name_in(link) == row.token
    changed = link[:-1] + ("A" if link[-1] != "A" else "B")
    for wrong in (row.token, changed, link + "A", "x", "x" * 44, "A" * 500):
        assert name_in(wrong) == ""
        for page in ("follow_confirm", "follow_manage", "follow_stop"):
            answer = client.get(reverse(f"cms:{page}", args=[wrong]))
            assert answer.status_code == 404
            assert "latest of them" in answer.content.decode()
            assert client.post(reverse(f"cms:{page}", args=[wrong]), {"what": "all"}).status_code == 404
    assert Follow.objects.count() == 1
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    assert name_in(link) == ""
    settings.SECRET_KEY_FALLBACKS = [old]
    assert name_in(link) == row.token


def test_pages_behind_a_link_are_kept_by_nobody(client, tea):
    link = link_of(follower(client).token)
    for page in ("follow_manage", "follow_stop"):
        answer = client.get(reverse(f"cms:{page}", args=[link]))
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex"
        assert not answer.cookies


def test_a_mail_program_ends_the_letter_at_one_press_without_cookie_or_token(client, tea):
    from django.test import Client

    row = follower(client)
    follower(client, "news", "")
    weekly = follower(client, "region", "430923", rhythm="weekly")
    stranger = follower(client, email="other@example.org")
    program = Client(enforce_csrf_checks=True)
    answer = program.post(reverse("cms:follow_stop", args=[link_of(row.token)]), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert set(Follow.objects.values_list("pk", flat=True)) == {weekly.pk, stranger.pk}


def test_one_press_on_the_letter_that_asks_erases_the_ask_alone(client, tea):
    kept = follower(client, "news", "")
    ask(client)
    (message,) = work()
    client.post(path(message, "stop"), {"List-Unsubscribe": "One-Click"})
    assert list(Follow.objects.all()) == [kept]


def test_looking_at_the_page_to_end_it_ends_nothing(client, tea):
    row = follower(client)
    html = client.get(f"/en/follow/stop/{link_of(row.token)}/").content.decode()
    assert "Anhua Dark Tea" in html
    assert Follow.objects.count() == 1


def test_ending_one_leaves_the_others_and_ending_all_erases_the_address(client, tea):
    row = follower(client)
    news = follower(client, "news", "")
    answer = client.post(f"/en/follow/stop/{link_of(row.token)}/", {"what": "this"}, follow=True)
    assert "News of the register" in answer.content.decode()
    assert list(Follow.objects.all()) == [news]
    ask(client)
    client.post(f"/en/follow/stop/{link_of(news.token)}/", {"what": "all"})
    assert not Follow.objects.exists()


def test_the_list_changes_how_often_and_only_of_ones_own(client, tea):
    row = follower(client)
    stranger = follower(client, email="other@example.org")
    address = f"/en/follow/manage/{link_of(row.token)}/"
    client.post(address, {"row": row.pk, "rhythm": "weekly"})
    client.post(address, {"row": stranger.pk, "rhythm": "weekly"})
    client.post(address, {"row": row.pk, "rhythm": "hourly"})
    client.post(address, {"row": "x"})
    row.refresh_from_db()
    stranger.refresh_from_db()
    assert (row.rhythm, stranger.rhythm) == ("weekly", "daily")


def test_a_link_of_something_that_nobody_confirmed_shows_nothing_else(client, tea):
    follower(client, "news", "")
    ask(client)
    row = Follow.objects.get(confirmed_at=None)
    answer = client.get(f"/en/follow/manage/{link_of(row.token)}/")
    assert answer["Location"] == f"/en/follow/confirm/{link_of(row.token)}/"


def test_the_link_that_ends_an_ask_shows_and_ends_nothing_else(client, tea):
    kept = follower(client, "news", "")
    for what in ("this", "all"):
        ask(client)
        address = path(work()[0], "stop")
        assert "News of the register" not in client.get(address).content.decode()
        ended = client.post(address, {"what": what}, follow=True)
        assert ended.redirect_chain == [("/en/follow/stopped/", 302)]
        assert "What you ended is erased" in ended.content.decode()
        assert list(Follow.objects.all()) == [kept]


def test_what_is_public_no_longer_can_still_be_ended(client, tea):
    firm = make.make_enterprise("某茶业", uscc="91430900600037341F")
    granted = make.make_authorisation(firm, tea)
    row = follower(client, "enterprise", "91430900600037341F")
    granted.delete()
    html = client.get(f"/en/follow/manage/{link_of(row.token)}/").content.decode()
    assert "no longer public" in html
    assert client.get(f"/en/follow/stop/{link_of(row.token)}/").status_code == 200


def test_no_address_stands_in_an_address_a_log_the_journal_or_the_queue(client, tea, caplog):
    from django_tasks_db.models import DBTaskResult

    caplog.set_level(logging.DEBUG)
    ask(client)
    (message,) = work()
    answers = [client.post(path(message, "confirm"))]
    answers.append(client.get(answers[0]["Location"]))
    following.queue_letters(timezone.now() + datetime.timedelta(days=8))
    call_command("work", "--once")
    assert ADDRESS not in " ".join(answer.get("Location", "") for answer in answers)
    assert ADDRESS not in answers[1].content.decode()
    assert ADDRESS not in caplog.text
    assert ADDRESS not in message.body
    assert not JournalEntry.objects.exists()
    rows = DBTaskResult.objects.values_list("args_kwargs", "return_value", "traceback")
    assert rows
    assert ADDRESS not in str(list(rows))


def test_constant_number_of_queries_to_ask(client, tea, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get("/en/follow/?kind=product&key=365")


@pytest.mark.parametrize(
    ("rhythm", "now", "due"),
    [
        ("daily", "2026-11-25T06:59", "2026-11-24T07:00"),
        ("daily", "2026-11-25T07:00", "2026-11-25T07:00"),
        ("daily", "2026-11-25T23:00", "2026-11-25T07:00"),
        ("weekly", "2026-11-23T06:59", "2026-11-16T07:00"),  # a Monday
        ("weekly", "2026-11-23T07:00", "2026-11-23T07:00"),
        ("weekly", "2026-11-29T23:00", "2026-11-23T07:00"),
    ],
)
def test_letters_are_due_at_seven_in_china(rhythm, now, due):
    def at(text):
        return timezone.make_aware(datetime.datetime.fromisoformat(text))

    assert last_due(rhythm, at(now).astimezone(datetime.UTC)) == at(due)


def test_the_pages_of_what_can_be_followed_lead_to_the_form(client, tea):
    call_command("create_site", verbosity=0)
    make.make_agreement("CN-EU-B1")
    firm = make.make_enterprise("某茶业", uscc="91430900600037341F")
    make.make_authorisation(firm, tea)
    for address, kind, key in (
        ("/en/products/365/", "product", "365"),
        ("/en/regions/430923/", "region", "430923"),
        (f"/en/enterprises/{firm.uscc}/", "enterprise", firm.uscc),
        ("/en/recognition/CN-EU-B1/", "agreement", "CN-EU-B1"),
        ("/en/news/", "news", ""),
    ):
        html = client.get(address).content.decode()
        form = re.search(r'<form method="post" action="/en/follow/">(.*?)</form>', html, re.DOTALL)
        assert form, address
        assert f'name="kind" value="{kind}"' in form[1]
        assert f'name="key" value="{key}"' in form[1]
    html = client.get("/en/products/?q=安化&status=protected").content.decode()
    link = re.search(r'href="(/en/follow/\?kind=search[^"]+)"', html)[1].replace("&amp;", "&")
    assert "“安化” · protected" in client.get(link).content.decode()


def test_nobody_can_follow_what_was_made_up_for_demonstration(client, tea):
    firm = make.make_enterprise("示例合作社", uscc="92000000MA0000023Y")
    make.make_authorisation(firm, tea)
    assert "/en/follow/" not in client.get(f"/en/enterprises/{firm.uscc}/").content.decode()
