"""Documents in the portal: what is taken, what is refused without a loss, who gets them and how, the receipt."""

import io

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from PIL import Image

from enterprises import document_store, drafts, workflow
from enterprises.application_models import Document
from enterprises.states import ApplicationState, DocumentKind
from enterprises.views import portal_documents
from tests.case_world import make_world, pdf
from tests.enterprises.test_portal import at, sign_in, text_of
from tests.portal_files import a_pdf, kept_files  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def folder(kept_files):  # noqa: F811
    return kept_files


def add(client, file, upload, **values):
    """Send the form of the step of documents."""
    values = {"kind": "other", "title": "", "action": "add"} | values
    if upload is not None:
        values["file"] = upload
    return client.post(at("portal_step", file.reference, "documents"), values)


def a_picture():
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a private remark"
    Image.new("RGB", (40, 30), "red").save(target, "JPEG", exif=exif)
    return SimpleUploadedFile("phone.jpg", target.getvalue(), content_type="image/jpeg")


def locked_pdf():
    document, target = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.save(target, encryption=pikepdf.Encryption(owner="o", user="u"))
    return SimpleUploadedFile("locked.pdf", target.getvalue())


def test_a_document_is_cleaned_kept_and_sent_as_attachment(world, folder):
    file, client = world.draft(complete=False), sign_in(world)
    assert add(client, file, a_picture(), kind="test_report", title="检测报告 “2026”/一").status_code == 302
    document = Document.objects.get()
    assert (document.kind, document.media_type, document.title) == ("test_report", "image/jpeg", "检测报告 “2026”/一")
    assert b"private remark" not in (folder / document.name).read_bytes()
    answer = client.get(at("portal_document", file.reference, document.pk))
    assert b"".join(answer.streaming_content) == (folder / document.name).read_bytes()
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert ".jpg" in answer["Content-Disposition"]
    assert "/" not in answer["Content-Disposition"].split("filename")[1]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == document_store.ATTACHMENT_POLICY
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (lambda: SimpleUploadedFile("form.docx", b"PK\x03\x04 word"), "Word, Excel, WPS or ZIP"),
        (lambda: SimpleUploadedFile("empty.pdf", b""), "The file is empty."),
        (lambda: SimpleUploadedFile("evil.pdf", b"<script>alert(1)</script>"), "Only PDF files and JPEG or PNG"),
        (lambda: SimpleUploadedFile("broken.pdf", b"%PDF-1.4 nothing"), "damaged"),
        (lambda: SimpleUploadedFile("big.pdf", b"%PDF" + bytes(10 * 1024 * 1024)), "at most 10.0"),
        (lambda: a_pdf("long", pages=201), "201 pages"),
        (locked_pdf, "protected by a password"),
        (lambda: None, "Choose a file first."),
    ],
)
def test_a_refused_file_says_why_and_keeps_kind_and_title(world, folder, upload, said):
    file, client = world.draft(complete=False), sign_in(world)
    page = add(client, file, upload(), kind="licence", title="Licence of 2026")
    assert page.status_code == 200
    assert said in text_of(page).replace("\xa0", " ")
    content = page.content.decode()
    assert 'value="Licence of 2026"' in content
    assert '<option value="licence" selected>' in content
    assert 'href="#id_file"' in content
    assert not Document.objects.exists()
    assert not any(path.is_file() for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "x"}, "not one of the available choices"),
        ({"kind": ""}, "This field is required."),
        ({"title": "t" * 121}, "at most 120 characters"),
    ],
)
def test_wrong_words_beside_a_file_are_told(world, folder, values, said):
    page = add(sign_in(world), world.draft(complete=False), a_pdf(), **values)
    assert said in text_of(page)
    assert not Document.objects.exists()


def test_continue_takes_a_chosen_file_along_and_goes_on_without_one(world, folder):
    file, client = world.draft(complete=False), sign_in(world)
    check, here = at("portal_step", file.reference, "check"), at("portal_step", file.reference, "documents")
    assert add(client, file, None, action="continue")["Location"] == check
    assert add(client, file, a_pdf(), action="continue")["Location"] == check
    assert add(client, file, a_pdf("two"), action="stop")["Location"] == at("portal")
    assert add(client, file, a_pdf("three"))["Location"] == here
    assert Document.objects.count() == 3
    assert add(client, file, a_pdf("three"))["Location"] == here  # the same form sent twice
    assert Document.objects.count() == 3
    assert add(client, file, locked_pdf(), action="continue").status_code == 200


def test_a_file_holds_twenty_documents(world, folder):
    file, client = world.draft(), sign_in(world)
    for number in range(18):
        drafts.add_document(
            file, by=world.actor("owner"), kind=DocumentKind.OTHER, title="", cleaned=pdf(str(number)),
            name=f"{number}.pdf",
        )  # fmt: skip
    page = client.get(at("portal_step", file.reference, "documents"))
    assert "holds 20 documents; it cannot hold more" in text_of(page)
    assert "A file holds at most 20 documents." in text_of(add(client, file, a_pdf("one more")))
    assert file.documents.count() == 20
    assert not any(path.is_file() for path in folder.rglob("*"))


def test_a_document_is_taken_out_of_a_draft_and_stays_in_what_was_sent(world, folder):
    file, client = world.draft(), sign_in(world)
    address = at("portal_document_remove", file.reference, file.documents.first().pk)
    for _time in range(2):
        assert client.post(address)["Location"] == at("portal_step", file.reference, "documents")
    assert file.documents.count() == 1
    sent = world.file(ApplicationState.DEFECTS)
    address = at("portal_document_remove", sent.reference, sent.documents.first().pk)
    assert address not in client.get(at("portal_step", sent.reference, "documents")).content.decode()
    assert "stays in the file" in text_of(client.post(address, follow=True))
    assert sent.documents.count() == 2
    assert add(client, sent, a_pdf("better")).status_code == 302
    assert sent.documents.count() == 3


def test_no_document_is_added_to_a_file_that_is_with_the_office(world, folder):
    file, client = world.file(ApplicationState.SUBMITTED), sign_in(world)
    assert add(client, file, a_pdf())["Location"] == at("portal_file", file.reference)
    assert file.documents.count() == 2


def test_documents_are_for_the_enterprise_alone(world, folder):
    file = world.draft(complete=False)
    add(sign_in(world), file, a_pdf())
    address = at("portal_document", file.reference, Document.objects.get().pk)
    answer = sign_in(world, "colleague").get(address)
    assert answer.status_code == 200
    assert answer.getvalue().startswith(b"%PDF")
    for name in ("outsider", "reviewer", "auditor"):
        assert sign_in(world, name).get(address).status_code == 404
        assert add(sign_in(world, name), file, a_pdf("theirs")).status_code == 404
    assert Client().get(address).status_code == 302
    assert add(Client(), file, a_pdf("theirs")).status_code == 403
    assert Document.objects.count() == 1


# --- The receipt ---


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_receipt_names_what_was_sent_and_is_no_decision(world, language):
    file = world.draft()
    workflow.submit(file, by=world.actor("owner"))
    with translation.override(language):
        paper = portal_documents.paper(file)
        said = {line.label: line.value for line in paper.lines}
        assert paper.number == file.reference
        assert paper.demonstration
        assert any(file.sites.get().address in value for value in said.values())
        assert "示例茶业有限公司" in said.values()
        assert [row[3] for row in paper.tables[0].rows] == [row.sha256 for row in file.documents.all()]
        assert paper.notes
    if language == "en":
        assert "no decision" in paper.notes[0]
