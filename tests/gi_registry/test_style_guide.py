"""The gallery shows every component, in both languages, and nobody but the makers of the site sees it."""

import pytest

from gi_registry import style_guide
from products.states import Category
from tests.tags import ROOT

pytestmark = pytest.mark.django_db
COMPONENTS = {f"components/{file.name}" for file in (ROOT / "templates" / "components").glob("*.html")}


@pytest.mark.parametrize("address", ["/styleguide/", "/en/styleguide/"])
def test_the_gallery_renders_every_component(client, settings, address):
    settings.DEBUG = True
    answer = client.get(address)
    assert answer.status_code == 200
    assert COMPONENTS - {template.name for template in answer.templates} == set()


def test_outside_of_development_there_is_no_such_page(client):
    assert client.get("/styleguide/").status_code == 404


def test_every_icon_of_the_component_is_in_the_gallery():
    source = (ROOT / "templates" / "components" / "icon.html").read_text()
    assert source.count("name == '") == len(style_guide.ICONS)
    assert all(f"name == '{name}'" in source for name in style_guide.ICONS)


def test_every_colour_and_size_of_the_gallery_is_a_token():
    tokens = (ROOT / "static" / "css" / "tokens.css").read_text()
    looks = (ROOT / "static" / "css" / "styleguide.css").read_text()
    for name in (*style_guide.COLOURS, *style_guide.SIZES, *style_guide.SPACES):
        assert f"--{name}:" in tokens
        assert f"var(--{name})" in looks


def test_every_kind_of_goods_has_a_drawing_in_the_gallery():
    assert set(style_guide.KINDS) == set(Category.values)
