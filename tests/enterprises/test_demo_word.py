"""Demonstration enterprises are called so on the desk: by their name, or else by a word beside it."""

import pytest
from django.utils import translation

from enterprises.templatetags.desk_tags import needs_demo_word
from tests.case_world import demo_code
from tests.factories import make_enterprise

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "name", "shown", "needed"),
    [
        ("zh-hans", ("演示茶厂", "Demonstration tea works"), "", False),
        ("zh-hans", ("安化茶厂", "Demonstration tea works"), "", True),
        ("en", ("演示茶厂", "A Demonstration tea works"), "", False),
        ("en", ("演示茶厂", "Anhua tea works"), "", True),
        ("en", ("演示茶厂", ""), "", True),
        # The Chinese name alone says nothing to readers of an English page.
        ("en", ("演示茶厂", "A Demonstration tea works"), "zh", True),
    ],
)
def test_the_word_stands_beside_a_name_that_does_not_say_it(language, name, shown, needed):
    name_zh, name_en = name
    firm = make_enterprise(name_zh, uscc=demo_code(1), name_en=name_en)
    with translation.override(language):
        assert needs_demo_word(firm, shown) is needed


def test_no_real_enterprise_is_called_a_demonstration():
    assert not needs_demo_word(make_enterprise("安化茶厂", uscc="91430900600037341F"))
