"""Who may open and send what about agreements at the desk: everybody there reads, officers keep them."""

import datetime
import uuid

from products import annexing, list_files
from products.annex_words import REQUIRED
from products.states import EntryStatus
from tests.factories import make_agreement, make_agreement_entry
from tests.matrix import DESK, Row
from tests.products.test_annexes import TEA, as_csv

ROWS: dict[str, Row] = {
    "desk_recognition": Row(DESK, None),
    "desk_agreement_new": Row({"officer"}, {"officer"}),
    "desk_matches": Row(DESK, {"officer"}),
    "desk_match": Row(DESK, {"officer"}, "recognition name"),
    "desk_annex": Row({"officer"}, {"officer"}, "recognition file sent"),
    "desk_annex_undo": Row({"officer"}, {"officer"}, "recognition file applied"),
    "desk_recognition_agreement": Row(DESK, None, "recognition agreement"),
    "desk_agreement_edit": Row({"officer"}, {"officer"}, "recognition agreement"),
    "desk_agreement_comments": Row(DESK, {"officer"}, "recognition agreement"),
    "desk_annex_new": Row({"officer"}, {"officer"}, "recognition agreement"),
    "desk_annex_file": Row(DESK, None, "recognition list file"),
    "desk_agreement_entry": Row(DESK, None, "recognition entry"),
    "desk_agreement_entry_edit": Row({"officer"}, {"officer"}, "recognition entry"),
    "desk_agreement_entry_move": Row({"officer"}, {"officer"}, "recognition stage"),
}


def keys(world) -> dict[str, list]:
    """What the addresses name: an agreement with one name, a file that waits and one that is applied."""
    agreement = make_agreement()
    entry = make_agreement_entry(agreement, status=EntryStatus.LISTED, suggested=world.product, name_native="安化黑茶")
    by = world.actor("officer")

    def send(**change):
        return annexing.record_annex(
            agreement, by=by, nonce=uuid.uuid4(), file_name="a.csv", sha256="0" * 64, basis="b",
            rows=list_files.read(as_csv(TEA | change), REQUIRED).as_json(), on=datetime.date(2025, 1, 1),
        )  # fmt: skip

    applied = send(name_native="浏阳花炮", name_zh="浏阳花炮")
    annexing.apply_annex(applied, by=by, base=applied.base)
    return {
        "recognition agreement": [agreement.code],
        "recognition list file": [agreement.code, "csv"],
        "recognition name": [entry.pk],
        "recognition entry": [agreement.code, entry.pk],
        "recognition stage": [agreement.code, entry.pk, "object"],
        "recognition file sent": [send().nonce],
        "recognition file applied": [applied.nonce],
    }
