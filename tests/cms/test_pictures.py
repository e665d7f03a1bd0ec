"""Pictures: formats and sizes for every screen, no jump while loading, whose they are, what stands in their place."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils import translation

from cms.blocks import PictureBlock
from cms.media_models import RegisterImage
from cms.models import ArticlePage
from products.states import Category
from tests.page_world import add, home, make_picture, make_site, text


def kind_picture(category, size="card"):
    template = Template("{% include 'components/kind_picture.html' with category=category size=size only %}")
    return template.render(Context({"category": category, "size": size}))


@pytest.fixture
def article(db):
    """An article with two pictures, after some words."""
    make_site()
    body = [
        text(),
        *[
            ("picture", {"image": make_picture(width=2000, height=1200), "alt": f"第{number}个茶园", "caption": "春天"})
            for number in (1, 2)
        ],
    ]
    return add(home(), ArticlePage(title="有图", body=body))


def test_pictures_come_in_new_formats_and_several_widths_with_a_size_that_reserves_their_place(client, article):
    html = client.get(article.url).text
    sources = re.findall(r"<source [^>]+>", html)
    assert [re.search(r'type="image/(\w+)"', source)[1] for source in sources] == ["avif", "webp"] * 2
    assert all(re.findall(r"(\d+)w", source) == ["480", "960", "1440"] for source in sources)
    first = re.search(r"<img[^>]+>", html[html.index("<picture>") :])[0]
    assert 'width="480"' in first
    assert 'height="288"' in first
    assert re.findall(r"(\d+)w", first) == ["480", "960", "1440"]
    assert "sizes=" in first
    assert 'alt="第1个茶园"' in first


def test_only_the_first_picture_is_loaded_at_once(client, article):
    html = client.get(article.url).text
    assert re.findall(r'loading="(\w+)"', html) == ["eager", "lazy"]


def test_whose_a_picture_is_stands_below_it(client, article):
    html = client.get(article.url).text
    assert html.count("某某摄") == 2
    assert html.count("CC BY 4.0") >= 2


def test_the_crop_of_a_card_keeps_the_focal_point(db):
    picture = make_picture(width=1600, height=400)
    whole = picture.get_rendition("fill-320x213")
    picture.focal_point_x, picture.focal_point_y = 1500, 200
    picture.focal_point_width = picture.focal_point_height = 100
    picture.save()
    focused = RegisterImage.objects.get(pk=picture.pk).get_rendition("fill-320x213")
    assert focused.focal_point_key != whole.focal_point_key
    assert (focused.width, focused.height) == (320, 213)


def test_a_picture_without_words_is_refused(db):
    value = PictureBlock().to_python({"image": make_picture(width=40, height=30).pk, "alt": "", "caption": ""})
    with pytest.raises(ValidationError) as refused:
        PictureBlock().clean(value)
    assert list(refused.value.block_errors) == ["alt"]


def test_a_picture_without_an_owner_is_refused(db):
    picture = make_picture(width=40, height=30)
    picture.credit = ""
    with pytest.raises(ValidationError) as refused:
        picture.full_clean()
    assert "credit" in refused.value.message_dict


def test_every_kind_of_goods_has_a_drawing_of_its_own():
    drawings = {kind_picture(category) for category in Category}
    assert len(drawings) == len(Category) == 16


@pytest.mark.parametrize("size", ["card", "head", "small"])
@pytest.mark.parametrize("category", Category)
def test_a_drawing_reserves_its_place_and_is_no_word(category, size):
    html = kind_picture(category, size)
    assert 'aria-hidden="true"' in html
    assert re.search(r'<svg[^>]* width="\d+" height="\d+"', html)
    assert " style=" not in html
    assert html.count("<svg") == html.count("</svg>") == 1


def test_an_unknown_kind_of_goods_has_the_drawing_of_the_others():
    with translation.override("zh-hans"):
        assert kind_picture("nothing") == kind_picture("other")
