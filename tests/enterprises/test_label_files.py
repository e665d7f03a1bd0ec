"""Files of labels: the batch's own codes, without void ones; a broken download goes on where it stopped."""

import csv
import io
import re
import shutil
import subprocess
import uuid
import zipfile

import pikepdf
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation

from enterprises import label_codes, label_facts, label_keys, label_printing, labels, supervision
from enterprises.label_states import RecallGround, VoidReason
from enterprises.states import SuspensionGround
from gi_registry.label_pdf import LAYOUTS
from tests.label_world import code_of, make_labels

pytestmark = pytest.mark.django_db
SITE = "https://gi.example.gov.cn"


@pytest.fixture
def found(settings):
    settings.SITE_URL = SITE
    cache.clear()
    return make_labels()


@pytest.fixture
def owner(found):
    client = Client()
    client.force_login(found.world.people["owner"])
    return client


def at(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def fetch(client, batch, kind, headers=None, **query):
    return client.get(at("portal_batch_file", batch.reference, kind), query, headers=headers)


def printed_text(content, folder):
    """The words of a PDF, as another program reads them."""
    program = shutil.which("pdftotext")
    if not program:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    (folder / "sheets.pdf").write_bytes(content)
    command = [program, "-raw", "sheets.pdf", "-"]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout.decode()


def void(found, batch, first, last):
    labels.declare_void(
        batch, by=found.world.actor("owner"), nonce=uuid.uuid4(), first=first, last=last, reason=VoidReason.DAMAGED
    )


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:]


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- Each kind ---


def test_the_table_holds_the_codes_and_addresses_of_the_batch(found, owner):
    batch = found.batch(30)
    response = fetch(owner, batch, "csv")
    content = response.getvalue()
    rows = rows_of(content)
    assert [int(row[0]) for row in rows] == list(range(1, 31))
    assert rows[6][2] == code_of(batch, 7) == rows[6][1].replace("-", "")
    assert rows[6][3] == f"{SITE.upper()}/V/{code_of(batch, 7)}"
    place = label_codes.place_of(rows[6][2], label_keys.order_key())
    assert place[:2] == (batch.pk, 7)
    assert int(response["Content-Length"]) == len(content)
    assert f'filename="{batch.reference}-1-30.csv"' in response["Content-Disposition"]
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_archives_hold_one_symbol_a_label(found, owner, kind):
    batch = found.batch(5)
    content = fetch(owner, batch, f"{kind}.zip").getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"{index:06}-{code_of(batch, index)}.{kind}" for index in range(1, 6)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_sheets_hold_the_labels_asked_for(found, owner, layout, tmp_path):
    batch = found.batch(100)
    content = fetch(owner, batch, "pdf", layout=layout, first=11, last=90).getvalue()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == label_facts.pages_of(80, LAYOUTS[layout].per_page)
    told = re.sub(r"[\s-]", "", printed_text(content, tmp_path))
    assert code_of(batch, 11) in told
    assert code_of(batch, 90) in told
    assert code_of(batch, 10) not in told
    assert "GB/T32719" in told


def test_void_and_returned_labels_are_left_out(found, owner):
    batch = found.batch(30)
    void(found, batch, 10, 12)
    labels.take_back(batch, by=found.world.actor("owner"), nonce=uuid.uuid4(), first=30, last=30)
    rows = rows_of(fetch(owner, batch, "csv").getvalue())
    assert [int(row[0]) for row in rows] == [*range(1, 10), *range(13, 30)]
    page = text_of(owner.get(at("portal_batch_files", batch.reference)))
    assert "4 labels are void or returned; they are left out of all files." in page
    assert "26 labels" in page


# --- Broken downloads ---


@pytest.mark.parametrize("kind", ["csv", "svg.zip", "png.zip", "pdf"])
def test_a_broken_download_goes_on_with_the_same_bytes(found, owner, kind):
    batch = found.batch(60)
    void(found, batch, 20, 25)
    whole = fetch(owner, batch, kind)
    content, tag = whole.getvalue(), whole["ETag"]
    assert whole["Accept-Ranges"] == "bytes"
    for start in (1, len(content) // 2, len(content) - 1):
        rest = fetch(owner, batch, kind, headers={"range": f"bytes={start}-", "if-range": tag})
        assert rest.status_code == 206
        assert rest["Content-Range"] == f"bytes {start}-{len(content) - 1}/{len(content)}"
        assert rest.getvalue() == content[start:]
        assert int(rest["Content-Length"]) == len(content) - start
    some = fetch(owner, batch, kind, headers={"range": "bytes=100-299"})
    assert some.getvalue() == content[100:300]
    beyond = fetch(owner, batch, kind, headers={"range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(content)}")


def test_after_a_change_a_download_begins_anew_instead_of_mixing(found, owner):
    batch = found.batch(60)
    tag = fetch(owner, batch, "csv")["ETag"]
    void(found, batch, 1, 1)
    again = fetch(owner, batch, "csv", headers={"range": "bytes=500-", "if-range": tag})
    assert again.status_code == 200
    assert len(rows_of(again.getvalue())) == 59


@pytest.mark.parametrize("kind", ["csv", "pdf"])
def test_files_are_not_compressed_on_the_way(found, owner, kind):
    response = fetch(owner, found.batch(60), kind, headers={"accept-encoding": "gzip"})
    assert response["Content-Encoding"] == "identity"
    assert response.getvalue()[:3] in (b"\xef\xbb\xbf", b"%PD")
    assert response["ETag"].startswith('"')


def test_a_large_file_is_made_while_it_is_sent(found, monkeypatch):
    """The first bytes leave before the last code is made."""
    balance = label_facts.batch_balance(found.batch(1_000_000, pack=1))
    made = []
    original = label_codes.make_many

    def counting(*args, **kwargs):
        for pair in original(*args, **kwargs):
            made.append(pair[0])
            yield pair

    monkeypatch.setattr(label_codes, "make_many", counting)
    file = label_printing.LabelFile(balance, "csv", 1, 1_000_000, LAYOUTS["a4-24"])
    pieces = file.pieces()
    next(pieces)
    next(pieces)
    assert 0 < len(made) <= 2000
    made.clear()
    tail = b"".join(file.pieces(file.length() - 40))
    assert len(tail) == 40
    assert made == [1_000_000]  # nothing before it was made in vain


# --- What is offered and asked for ---


def test_the_sheet_that_is_counted_is_the_one_that_is_chosen(found, owner):
    page = owner.get(at("portal_batch_files", found.batch(49).reference))
    assert '<option value="a4-24" selected>' in page.content.decode()
    assert "3 sheets" in text_of(page)


def test_big_batches_come_in_parts_each_with_its_size(found, owner):
    batch = found.batch(25_000, pack=1)
    void(found, batch, 10_001, 20_000)
    page = owner.get(at("portal_batch_files", batch.reference), {"layout": "a4-40"})
    words = text_of(page)
    assert "Labels 1 to 10 000" in words
    assert "250 sheets" in words
    assert "Labels 10 001 to 20 000" not in words  # nothing is left in it
    assert "Labels 20 001 to 25 000" in words
    assert "layout=a4-40&amp;first=20001&amp;last=25000" in page.content.decode()
    assert "10.4\xa0MB" in page.content.decode()


@pytest.mark.parametrize(
    ("kind", "query", "words"),
    [("pdf", {"first": "1", "last": "20000"}, "One file holds at most 10,000 labels."),
     ("csv", {"first": "5", "last": "3"}, "The last label comes after the first one."),
     ("csv", {"first": "0"}, "numbered 1 to 25000"),
     ("pdf", {"last": "25001"}, "numbered 1 to 25000"), ("csv", {"first": "one"}, "Write the number of a label"),
     ("csv", {"first": "7", "last": "8"}, "All these labels are void or returned."),
     ("pdf", {"layout": "a3"}, "Select a valid choice")],
)  # fmt: skip
def test_what_cannot_be_made_is_explained_on_the_page(found, owner, kind, query, words):
    batch = found.batch(25_000, pack=1)
    void(found, batch, 7, 8)
    page = owner.get(at("portal_batch_file", batch.reference, kind), query, follow=True)
    assert page.redirect_chain[0][0].startswith(at("portal_batch_files", batch.reference))
    assert words in text_of(page)
    assert all(f'value="{query[name]}"' in page.content.decode() for name in ("first", "last") if name in query)


def test_the_files_page_takes_no_longer_for_many_labels(found, owner):
    """Its figures come from ranges: no code is made for them."""
    batch = found.batch(900_000, pack=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(label_codes, "make_many", None)
        page = owner.get(at("portal_batch_files", batch.reference), {"page": 5})
    assert "Labels 400 001 to 410 000" in text_of(page)


def test_one_label_is_shown_as_it_will_be_printed(found, owner):
    batch = found.batch(30)
    page = owner.get(at("portal_batch_preview", batch.reference), {"label": "7"})
    assert re.sub(r"[\s-]", "", text_of(page)).count(code_of(batch, 7)) == 1
    assert "<svg" in page.content.decode()
    assert "91000000MA00000157" in text_of(page)
    wrong = owner.get(at("portal_batch_preview", batch.reference), {"label": "31"})
    assert "numbered 1 to 30" in text_of(wrong)


@pytest.mark.parametrize("kind", ["xlsx", "zip", "svg", "pdf.exe"])
def test_other_kinds_are_not_found(found, owner, kind):
    assert fetch(owner, found.batch(3), kind).status_code == 404


def test_only_issued_labels_of_a_mark_that_may_be_used_are_printed(found, owner):
    asked, recalled, good = found.request(3), found.batch(3), found.batch(3)
    labels.recall(recalled, by=found.world.actor("owner"), ground=RecallGround.ERROR, text="x")
    assert fetch(owner, good, "csv").status_code == 200
    supervision.suspend(
        found.authorisation, by=found.world.actor("approver"), ground=SuspensionGround.TEST_FAILED, text="Lead."
    )
    for batch in (asked, recalled, good):
        assert fetch(owner, batch, "csv").status_code == 404
        assert owner.get(at("portal_batch_files", batch.reference)).status_code == 404
        assert owner.get(at("portal_batch_preview", batch.reference)).status_code == 404


def test_no_download_of_another_enterprise(found):
    batch, client = found.batch(3), Client()
    client.force_login(found.world.people["outsider"])
    assert fetch(client, batch, "csv").status_code == 404
    assert fetch(client, batch, "csv", headers={"range": "bytes=0-"}).status_code == 404
