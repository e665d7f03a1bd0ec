"""Words on a record: they stand within its page, have its address, and a draft can be looked at there."""

import pytest
from django.core.exceptions import ValidationError
from wagtail.actions.convert_alias import ConvertAliasPageAction
from wagtail.models import Locale, PageViewRestriction

from cms.models import AnnouncementPage, ProductPage
from cms.stories import pictures_of, story_of
from products.models import Announcement
from tests.factories import make_product
from tests.page_world import add, home, make_picture, make_site, section, stand_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site():
    make_site()


@pytest.fixture
def stories():
    return section(slug="stories", title="故事")


@pytest.fixture
def tea():
    return make_product("安化黑茶", number=365)


def english(page, title):
    """A translation of a page, published."""
    copy = page.copy_for_translation(Locale.objects.get(language_code="en"), copy_parents=True)
    copy.title = title
    copy.save_revision().publish()
    return copy


def record(client, address="/products/365/"):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.text


def test_a_story_stands_within_the_record_of_its_product(client, stories, tea):
    add(stories, ProductPage(title="两条河", product=tea, intro="一句话。", body=[text("<h2>山</h2><p>正文。</p>")]))
    html = record(client)
    assert "两条河" in html
    assert "<h3>山</h3>" in html, "headings of the text stand below that of the story"
    assert "两条河" not in record(client, f"/products/{make_product('乙').number}/")


def test_a_story_has_the_address_of_the_record_and_its_own_place_leads_there(client, stories, tea):
    story = add(stories, ProductPage(title="两条河", product=tea))
    other = english(story, "Two rivers")
    assert (story.url, other.url) == ("/products/365/", "/en/products/365/")
    assert story.full_url.endswith("/products/365/")
    for page, address in ((story, "/stories/"), (other, "/en/stories/")):
        answer = client.get(f"{address}{page.slug}/")
        assert (answer.status_code, answer["Location"]) == (302, page.url)


def test_each_language_has_its_own_story(client, stories, tea):
    english(add(stories, ProductPage(title="两条河", product=tea)), "Two rivers")
    assert "Two rivers" not in record(client)
    html = record(client, "/en/products/365/")
    assert "Two rivers" in html
    assert "两条河" not in html


def test_without_a_translation_the_other_language_is_shown_with_a_note(client, stories, tea):
    story = add(stories, ProductPage(title="两条河", product=tea, body=[text()]))
    stand_in(story)
    html = record(client, "/en/products/365/")
    assert "This text exists in Chinese only." in html
    assert '<h2 lang="zh-Hans">两条河</h2>' in html


def test_a_translation_that_is_not_published_yet_leaves_the_original_with_its_note(client, stories, tea):
    """The copy has become a page of its own, and still shows the words of the original."""
    story = add(stories, ProductPage(title="两条河", product=tea))
    draft = stand_in(story)
    ConvertAliasPageAction(draft).execute(skip_permission_checks=True)
    draft.refresh_from_db()
    draft.title = "Two rivers"
    draft.save_revision()
    html = record(client, "/en/products/365/")
    assert "This text exists in Chinese only." in html
    assert "Two rivers" not in html
    draft.get_latest_revision().publish()
    assert "Two rivers" in record(client, "/en/products/365/")


@pytest.mark.parametrize("change", ["unpublish", "restrict", "draft"])
def test_what_is_not_public_does_not_show(client, stories, tea, change):
    story = add(stories, ProductPage(title="两条河", product=tea), publish=change != "draft")
    if change == "unpublish":
        story.unpublish()
    elif change == "restrict":
        PageViewRestriction.objects.create(page=story, restriction_type="login")
    assert "两条河" not in record(client)


def test_the_preview_shows_the_draft_within_the_record(client, stories, tea):
    story = add(stories, ProductPage(title="发布的", product=tea, body=[text("<p>旧文。</p>")]))
    story.title, story.body = "草稿的题目", [text("<p>新文。</p>")]
    answer = story.make_preview_request()
    html = answer.content.decode()
    assert "安化黑茶" in html
    assert "草稿的题目" in html
    assert "新文。" in html
    assert "旧文。" not in html
    assert "发布的" not in html
    assert "草稿的题目" not in record(client)


def test_the_preview_of_a_translation_is_in_its_language(stories, tea):
    story = add(stories, ProductPage(title="两条河", product=tea))
    draft = english(story, "Two rivers")
    draft.title = "Three rivers"
    html = draft.make_preview_request().content.decode()
    assert '<html lang="en"' in html
    assert "Three rivers" in html


def test_a_draft_is_no_draft_of_another_record(stories, tea):
    other = make_product("乙茶")
    draft = ProductPage(title="草稿", product=tea, locale=home().locale)
    assert story_of(other, draft) is None
    found = story_of(tea, draft)
    assert (found.page, found.is_draft) == (draft, True)


def test_a_second_story_in_the_same_language_is_refused_and_says_which_there_is(stories, tea):
    first = add(stories, ProductPage(title="第一篇", product=tea))
    second = add(stories, ProductPage(title="第二篇", product=make_product("乙茶")), publish=False)
    second.product = tea
    with pytest.raises(ValidationError, match="第一篇"):
        second.save_revision()  # a draft is told, too
    first.clean()
    english(first, "The first")  # another language is another story
    first.unpublish()
    second.save_revision().publish()
    second.refresh_from_db()
    assert second.live


def test_a_picture_needs_words_for_who_does_not_see_it(stories, tea):
    page = ProductPage(title="有图", slug="a", product=tea, picture=make_picture(), locale=home().locale)
    with pytest.raises(ValidationError) as refused:
        page.clean()
    assert list(refused.value.message_dict) == ["picture_alt"]
    page.picture_alt = "茶园"
    page.clean()


def test_an_announcement_is_explained_within_its_page(client, stories):
    paper = Announcement.objects.create(issuer="cnipa", number=577, text="国家知识产权局公告第五七七号")
    page = add(stories, AnnouncementPage(title="说的是什么", announcement=paper, body=[text("<p>白话。</p>")]))
    assert page.url == f"/announcements/{paper.pk}/"
    assert "白话。" in record(client, page.url)
    page.title = "改过的题目"
    assert "改过的题目" in page.make_preview_request().content.decode()


def test_a_story_takes_two_queries_and_none_more_for_a_product_without(stories, tea, django_assert_num_queries):
    add(stories, ProductPage(title="两条河", product=tea))
    for product in (tea, make_product("乙")):
        with django_assert_num_queries(2):
            story_of(product)


def test_pictures_of_many_products_are_asked_for_together(stories, tea, django_assert_num_queries):
    others = [make_product(f"第{number}茶") for number in range(3)]
    for product in (tea, *others):
        add(stories, ProductPage(title=product.name_zh, product=product, picture=make_picture(), picture_alt="园"))
    with django_assert_num_queries(4):
        found = pictures_of([product.pk for product in (tea, *others)])
    assert len(found) == 4


def test_a_preview_may_stand_in_a_frame_of_the_editor_and_the_record_in_none(client, stories, tea):
    story = add(stories, ProductPage(title="两条河", product=tea))
    assert "frame-ancestors 'self'" in story.make_preview_request()["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in client.get("/products/365/")["Content-Security-Policy"]
