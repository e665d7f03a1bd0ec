"""The first pages: made in both languages, and never made over."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from wagtail.models import Locale, Page, Site

from cms.models import HomePage, NewsIndexPage

pytestmark = pytest.mark.django_db


def create_site():
    out = StringIO()
    call_command("create_site", stdout=out)
    return out.getvalue()


def test_home_and_news_stand_in_both_languages():
    create_site()
    for model, in_chinese, in_english in ((HomePage, "/", "/en/"), (NewsIndexPage, "/news/", "/en/news/")):
        pages = {page.locale.language_code: page for page in model.objects.live()}
        assert (pages["zh-hans"].url, pages["en"].url) == (in_chinese, in_english)
        assert pages["zh-hans"].get_translation(Locale.objects.get(language_code="en")) == pages["en"]


def test_the_greeting_of_wagtail_is_gone_and_any_host_is_answered(client, settings):
    create_site()
    assert not Page.objects.filter(title__startswith="Welcome").exists()
    assert Site.objects.get().is_default_site
    settings.ALLOWED_HOSTS = ["*"]
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 200


def test_the_site_takes_its_name_and_port_from_the_settings(settings):
    settings.SITE_URL = "https://register.example"
    create_site()
    site = Site.objects.get()
    assert (site.hostname, site.port) == ("register.example", 443)
    assert NewsIndexPage.objects.get(locale__language_code="en").full_url == "https://register.example/en/news/"


def test_a_second_run_leaves_the_work_of_editors_alone():
    create_site()
    home = HomePage.objects.get(locale__language_code="zh-hans")
    home.title, home.headline, home.slug = "另一个标题", "编辑写的", "start"
    home.save_revision().publish()
    NewsIndexPage.objects.get(locale__language_code="en").unpublish()
    Group.objects.get(name="Editors").permissions.clear()
    moderators = Group.objects.get(name="Moderators").permissions
    moderators.remove(moderators.exclude(codename="access_admin").first())
    left = moderators.count()
    assert create_site() == ""
    home.refresh_from_db()
    assert (home.title, home.headline) == ("另一个标题", "编辑写的")
    assert not NewsIndexPage.objects.get(locale__language_code="en").live
    assert moderators.count() == left
    assert HomePage.objects.count() == NewsIndexPage.objects.count() == 2


def test_pages_that_were_there_before_stay():
    root = Page.get_first_root_node()
    greeting = Page.objects.get(depth=2)
    greeting.add_child(instance=Page(title="Kept", slug="kept"))
    create_site()
    assert Page.objects.filter(slug="kept").exists()
    assert HomePage.objects.child_of(root).count() == 2
