"""Words of the agreement lists: only what the source proves reads as protected."""

import pytest

from gi_registry.csv_files import RowRefused
from products.reference_agreements import entry_status


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("protected", "protected"),
        ("protected (CNIPA announcement under the CNIPA–French ministry–INAO protocol)", "protected"),
        ("listed_annex_vi; already protected in China", "protected"),
        ("protected_per_2017_publication_list", "listed"),
        ("listed_annex_vi; published for opposition 2022-12-02", "listed"),
        ("listed; second list inferred (annex not seen)", "listed"),
        ("listed (batch to be checked)", "listed"),
        ("in_2019_list_of_100_not_in_annex_iv (unverified)", "withdrawn"),
        ("in_2019_list_of_100_not_in_annex_iv", "withdrawn"),
        ("unverified", "proposed"),
        ("reported for the first list (to be checked)", "proposed"),
        ("requested by Bulgaria for the later list (2019-11); annex not seen", "proposed"),
        ('"to be recommended" for the second list (2021-03); inclusion unverified', "proposed"),
        ('application in China reported (2021-05); "3+3" not named in the source', "proposed"),
        ('named in the China–Thailand "3+3" list', "proposed"),
        ("named in the agreement; handicraft, so probably Annex VII (annex not seen)", "proposed"),
    ],
)
def test_entry_status(words, status):
    assert entry_status(words) == status


@pytest.mark.parametrize("words", ["", "maybe", "no longer protected"])
def test_unknown_words_are_refused(words):
    with pytest.raises(RowRefused, match="unknown words"):
        entry_status(words)
