"""Words of Wagtail's editor that we translate because Wagtail has them in English only."""

import gettext
from pathlib import Path

import pytest
import wagtail
from django.utils import translation

from cms.editor_words import COUNTED, WORDS

FOLDER = Path(wagtail.__file__).parent


def catalogue(language):
    """Everything that Wagtail's own files say in a language: English files name all words and translate none."""
    found = {}
    for file in FOLDER.glob(f"**/locale/{language}/LC_MESSAGES/django.mo"):
        with file.open("rb") as opened:
            found |= {key: text for key, text in gettext.GNUTranslations(opened)._catalog.items() if text}
    return found


@pytest.fixture(scope="module")
def chinese():
    return catalogue("zh_Hans")


def test_each_word_is_one_of_wagtail_and_none_has_a_translation_there(chinese):
    said = "".join(
        file.read_text(encoding="utf-8") for file in FOLDER.glob("**/locale/en/LC_MESSAGES/django.po")
    ).replace('"\n"', "").replace("\\", "")  # fmt: skip
    assert [word for word in WORDS if word in chinese] == []
    assert [word for word in WORDS if f'msgid "{word}"' not in said] == []
    assert [pair for pair in COUNTED if str(pair) in chinese] == []


def test_an_editor_reads_them_in_chinese():
    with translation.override("zh-hans"):
        missing = [word for word in WORDS if translation.gettext(word) == word]
    assert missing == []
