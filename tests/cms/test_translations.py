"""Two languages: what is not translated is shown with a note, translating is one step, and what is older is said."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import Locale, Page

from cms import page_work, translations
from cms.models import NewsPage
from cms.translations import State
from gi_registry.roles import Role
from tests.cms import editors
from tests.cms.editors import again, news, policy, rewrite

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(monkeypatch):
    editors.as_wagtail_expects(monkeypatch)
    call_command("create_site", verbosity=0)


def english():
    return Locale.objects.get(language_code="en")


def with_alias(page):
    """A page with the alias that Wagtail makes of it in the other tree."""
    again(page).copy_for_translation(english(), copy_parents=True, alias=True)
    return again(page).get_translation(english())


def published(by=None, **more):
    page = news(by or editors.publisher(), live=True, **more)
    return again(page), with_alias(page)


def state(page):
    return State(translations.of(page).translation)


def test_a_page_made_in_the_editor_stands_in_both_trees(client):
    user = editors.publisher()
    client.force_login(user)
    form = editors.form_of(NewsPage(title="新闻", slug="both"), "publish")
    client.post(reverse("wagtailadmin_pages:add", args=["cms", "newspage", editors.news_index().pk]), form)
    chinese, alias = NewsPage.objects.live().order_by("pk")
    assert (alias.alias_of_id, alias.locale.language_code) == (chinese.pk, "en")
    editors.edit(client, user, chinese, "publish", title="新闻二")
    assert again(alias).title == "新闻二", "an alias changes with its original"


def test_an_alias_says_which_language_it_is_in():
    page, alias = published()
    assert (page.text_language, page.is_untranslated, page.original) == ("zh-hans", False, None)
    assert (alias.text_language, alias.is_untranslated, alias.original.pk) == ("zh-hans", True, page.pk)


@pytest.mark.parametrize(("language", "words"), [("en", "shown in Chinese"), ("zh-hans", "")])
def test_the_note_stands_on_untranslated_pages_only(language, words):
    page, alias = published()
    with translation.override(language):
        assert "language-note" not in render_to_string("cms/_language_note.html", {"page": page})
        note = render_to_string("cms/_language_note.html", {"page": alias})
    assert "language-note" in note
    assert words in note


def test_translating_opens_a_page_of_its_own_and_visitors_keep_the_original(client):
    user = editors.editor()
    page, alias = published()
    client.force_login(user)
    address = reverse("register_translate", args=[page.pk])
    assert client.get(address).status_code == 200
    assert again(alias).alias_of_id == page.pk, "looking changes nothing"
    answer = client.post(address)
    twin = again(alias)
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[twin.pk])
    assert twin.alias_of is None
    assert twin.live
    assert (twin.is_untranslated, twin.text_language) == (True, "zh-hans")
    assert state(page) == State.DRAFT
    rewrite(twin, user, title="English news")
    assert again(twin).is_untranslated
    again(twin).get_latest_revision().publish(user=editors.publisher())
    twin = again(twin)
    assert (twin.is_untranslated, twin.text_language, twin.title) == (False, "en", "English news")
    assert state(page) == state(twin) == State.CURRENT


def test_a_draft_is_translated_from_its_newest_text():
    user = editors.editor()
    page = news(user, title="初稿")
    alias = with_alias(page)
    rewrite(page, user, title="定稿")
    twin = page_work.begin_translation(page=again(page), by=user)
    assert not Page.objects.filter(pk=alias.pk).exists()
    assert (twin.live, twin.get_latest_revision_as_object().title, twin.locale.language_code) == (False, "定稿", "en")
    assert again(twin).owner == user
    assert page_work.begin_translation(page=again(page), by=user).pk == twin.pk, "twice is once"


def test_who_may_not_edit_or_translate_may_not_begin():
    page, alias = published()
    with pytest.raises(PermissionDenied):
        page_work.begin_translation(page=page, by=editors.make_user())
    user = editors.editor()
    editors.group("Editors").permissions.filter(codename="submit_translation").delete()
    with pytest.raises(PermissionDenied):
        page_work.begin_translation(page=page, by=editors.make_rights_stale(user))
    assert again(alias).alias_of_id == page.pk


def test_the_translator_of_a_rule_does_not_publish_alone():
    translator, other = editors.publisher(), editors.publisher()
    page = policy(other, live=True)
    with_alias(page)
    twin = page_work.begin_translation(page=again(page), by=translator)
    rewrite(twin, translator, title="Measures")
    tester = again(twin).permissions_for_user
    assert not tester(editors.make_rights_stale(translator)).can_publish()
    assert tester(editors.make_rights_stale(other)).can_publish()


def test_states_of_translations():
    user = editors.publisher()
    alone = news(user, live=True)
    assert state(alone) == State.MISSING
    page, alias = published(user)
    assert state(page) == state(alias) == State.MISSING
    twin = page_work.begin_translation(page=page, by=user)
    assert state(page) == State.DRAFT
    twin.get_latest_revision().publish()
    assert state(page) == State.CURRENT
    rewrite(page, user, title="改了")
    assert state(page) == State.CURRENT, "a draft changes nothing yet"
    again(page).get_latest_revision().publish()
    assert state(page) == state(twin) == State.OLDER
    again(twin).save_revision(user=user).publish()
    assert state(page) == State.CURRENT


def test_a_page_that_exists_in_english_only_is_in_the_list():
    parent = editors.news_index("en")
    page = parent.add_child(instance=NewsPage(title="Only English", slug="only", locale=parent.locale))
    row = translations.of(page)
    assert (row.pk, row.translation, row.twin) == (page.pk, State.MISSING, None)


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_one_query_for_any_number_of_pages(django_assert_num_queries, number):
    for _ in range(number):
        published()
    with django_assert_num_queries(1):
        assert [row.translation for row in translations.pages()].count("missing") == number


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_of_pages_shows_states_in_the_same_queries(client, django_assert_max_num_queries, number):
    for _ in range(number):
        published()
    client.force_login(editors.editor())
    address = reverse("wagtailadmin_explore", args=[editors.news_index().pk])
    assert client.get(address).text.count("register-state") == number
    with django_assert_max_num_queries(70) as taken:
        client.get(address)
    asked = [query["sql"] for query in taken.captured_queries if 'translation_key" IN' in query["sql"]]
    assert len(asked) == 1, "the states of all rows at once"


def test_the_form_tells_the_state_and_leads_to_the_other_language(client):
    user = editors.editor()
    page, alias = published()
    client.force_login(user)
    html = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text
    assert reverse("register_translate", args=[page.pk]) in html
    html = client.get(reverse("wagtailadmin_pages:edit", args=[alias.pk])).text
    assert reverse("register_translate", args=[page.pk]) in html
    assert reverse("wagtailadmin_pages:convert_alias", args=[alias.pk]) not in html
    twin = page_work.begin_translation(page=page, by=user)
    twin.get_latest_revision().publish()
    NewsPage.objects.filter(pk=page.pk).update(last_published_at=timezone.now() + datetime.timedelta(days=1))
    html = client.get(reverse("wagtailadmin_pages:edit", args=[twin.pk])).text
    assert 'class="register-note look"' in html
    assert reverse("wagtailadmin_pages:edit", args=[page.pk]) in html


def test_others_do_not_translate(client):
    page, alias = published()
    address = reverse("register_translate", args=[page.pk])
    client.force_login(editors.make_user(Role.AUDITOR))
    assert client.post(address)["Location"].startswith("/cms/login/")
    guest = editors.make_user()  # gets into the editor and no further
    guest.user_permissions.add(editors.group("Editors").permissions.get(codename="access_admin"))
    client.force_login(editors.make_rights_stale(guest))
    for answer in (client.get(address), client.post(address)):
        assert editors.is_refused(answer)
    assert again(alias).alias_of_id == page.pk
