"""The page that answers for a label, the page where codes are typed, and the same answer for machines."""

import gzip
import io
import re
import uuid

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from enterprises import label_codes, labels, supervision
from enterprises.label_states import RecallGround, VoidReason
from enterprises.scan_models import CopySignal, Scan, ScannedLabel, label_key
from enterprises.states import SuspensionGround
from enterprises.verdicts import Verdict
from enterprises.views.label_page import CODE, FIRST, GROUPED, TIMES
from tests.label_world import code_of, make_labels

PHONE = "Mozilla/5.0 (Linux; Android 13; M2012K11AC) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
NEVER = re.compile(r"\b(genuine|fake|authentic|verified)\b|正品|真品|假货|验证通过", re.IGNORECASE)


@pytest.fixture
def found(db):
    return make_labels()


@pytest.fixture
def phone():
    return Client(HTTP_USER_AGENT=PHONE, HTTP_ACCEPT_LANGUAGE="en")


def verdict_of(response):
    return re.search(r'data-verdict="(\w+)"', response.content.decode())[1]


def ask(phone, batch, index, **headers):
    return phone.get(f"/V/{code_of(batch, index)}", headers=headers)


def test_a_label_in_force_shows_what_to_compare(found, phone):
    batch = found.batch(100, active=(1, 50), packed_on=timezone.localdate())
    response = ask(phone, batch, 7)
    page = response.content.decode()
    assert response.status_code == 200
    assert verdict_of(response) == Verdict.IN_FORCE
    for text in ("Anhua Dark Tea", "茯砖茶", "示例茶业有限公司", "91000000MA00000157", "GB/T 32719", "500 g",
                 label_codes.grouped(code_of(batch, 7)), "127.0.0.1:8000", "Demonstration", "once"):  # fmt: skip
        assert text in page
    assert not NEVER.search(page)


@pytest.mark.parametrize(
    ("prepare", "verdict", "words"),
    [
        (lambda found, batch: None, Verdict.NOT_ACTIVATED, "should not be on sale yet"),
        (lambda found, batch: labels.declare_void(
            batch, by=found.world.actor("owner"), nonce=uuid.uuid4(), first=60, last=60, reason=VoidReason.LOST
        ), Verdict.STOPPED, "Lost or stolen"),
        (lambda found, batch: labels.take_back(
            batch, by=found.world.actor("owner"), nonce=uuid.uuid4(), first=60, last=60
        ), Verdict.STOPPED, "returned unused"),
        (lambda found, batch: labels.recall(
            batch, by=found.world.actor("owner"), ground=RecallGround.QUALITY, text="Mould."
        ), Verdict.STOPPED, "The goods do not meet the standard"),
        (lambda found, batch: supervision.suspend(
            found.authorisation, by=found.world.actor("approver"), ground=SuspensionGround.INVESTIGATION, text="So."
        ), Verdict.STOPPED, "The use of the mark is being investigated"),
    ],
)  # fmt: skip
def test_every_answer_says_why_and_since_when(found, phone, prepare, verdict, words):
    batch = found.batch(100, active=(1, 50))
    prepare(found, batch)
    response = ask(phone, batch, 60)
    assert (response.status_code, verdict_of(response)) == (200, verdict)
    page = response.content.decode()
    assert words in page
    if verdict == Verdict.STOPPED:
        assert f'datetime="{timezone.localdate().isoformat()}"' in page
    assert not NEVER.search(page)


def test_the_answer_changes_with_the_very_next_question(found, phone):
    batch = found.batch(100, active=(1, 50))
    assert verdict_of(ask(phone, batch, 1)) == Verdict.IN_FORCE
    supervision.suspend(
        found.authorisation, by=found.world.actor("approver"), ground=SuspensionGround.OTHER, text="So."
    )
    assert verdict_of(ask(phone, batch, 1)) == Verdict.STOPPED


def test_codes_that_were_never_issued_are_told_from_slips(found, phone):
    batch = found.batch(10)
    code = code_of(batch, 1)
    other = label_codes.make(batch.pk, 1, secret=bytes(32), order_key=bytes(32))
    response = phone.get(f"/v/{other}/")
    assert (response.status_code, verdict_of(response)) == (404, Verdict.NOT_ISSUED)
    slip = code[:5] + ("7" if code[5] != "7" else "8") + code[6:]
    response = phone.get(f"/v/{slip}/")
    assert (response.status_code, verdict_of(response)) == (404, Verdict.TYPING_ERROR)
    assert "group 2 first" in response.content.decode()
    assert f'value="{slip}"' in response.content.decode()  # what was typed can be mended
    assert not Scan.objects.exists()


@pytest.mark.parametrize("text", ["7", "<script>alert(1)</script>", "标签", "%00", "U" * 24, "7" * 400])
def test_wrong_texts_get_an_answer_to_act_on(db, phone, text):
    response = phone.get(f"/v/{text}/")
    assert (response.status_code, verdict_of(response)) == (404, Verdict.TYPING_ERROR)
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize(
    "form",
    ["/V/{code}", "/v/{code}", "/v/{code}/", "/V/{lower}/", "/v/{grouped}", "/v/{code}%0D%0A", "/V/{code}%20",
     "/V/{code}.", "/v/{code}/?from=scanner", "/V/{code},QR_CODE", "/en/v/{code}/"],
)  # fmt: skip
def test_whatever_scanners_make_of_the_address_leads_to_the_label(found, phone, form):
    batch = found.batch(10, active=(1, 10))
    code = code_of(batch, 1)
    address = form.format(code=code, lower=code.lower(), grouped=label_codes.grouped(code))
    response = phone.get(address)
    assert (response.status_code, verdict_of(response)) == (200, Verdict.IN_FORCE)


# --- Scans ---


def test_a_visit_is_a_scan_and_a_second_look_is_none(found, phone):
    batch = found.batch(10, active=(1, 10))
    ask(phone, batch, 1)
    ask(phone, batch, 1)
    row = ScannedLabel.objects.get()
    assert (row.label, row.count) == (label_key(batch.pk, 1), 1)
    scan = Scan.objects.get()
    assert (scan.province, scan.device) == ("", "android")


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"},
     {"User-Agent": "facebookexternalhit/1.1"}, {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"}],
)  # fmt: skip
def test_previews_and_loading_ahead_are_no_scans(found, phone, headers):
    batch = found.batch(10, active=(1, 10))
    response = ask(phone, batch, 1, **headers)
    assert verdict_of(response) == Verdict.IN_FORCE
    assert not Scan.objects.exists()


def test_head_is_no_scan(found, phone):
    batch = found.batch(10, active=(1, 10))
    assert phone.head(f"/V/{code_of(batch, 1)}").status_code == 200
    assert not Scan.objects.exists()
    assert phone.post(f"/V/{code_of(batch, 1)}").status_code == 405


def test_only_a_scan_that_was_counted_is_called_included(found):
    batch = found.batch(10, active=(1, 10))
    address = f"/v/{code_of(batch, 1)}?lang=en"

    preview = Client(HTTP_USER_AGENT="facebookexternalhit/1.1").get(address).content.decode()
    assert "not yet" in preview
    assert "this time included" not in preview
    assert "once (this time included)" in Client(HTTP_USER_AGENT=PHONE).get(address).content.decode()
    assert "（含本次）" in Client(HTTP_USER_AGENT=PHONE).get(address.replace("en", "zh-hans")).content.decode()


def test_the_warning_reaches_the_page(found):
    batch = found.batch(10, active=(1, 10))
    key = label_key(batch.pk, 1)
    minute = int(timezone.now().timestamp()) // 60
    ScannedLabel.objects.create(label=key, first_minute=minute, last_minute=minute, count=9, warned_until=minute + 60)
    response = Client(HTTP_USER_AGENT=PHONE).get(f"/V/{code_of(batch, 1)}")
    assert verdict_of(response) == Verdict.UNUSUAL
    assert "6–20" in response.content.decode()


def test_a_label_that_should_not_be_on_sale_becomes_a_signal(found):
    batch = found.batch(10)
    for device in ("Android", "iPhone"):
        Client(HTTP_USER_AGENT=f"Mozilla/5.0 ({device})").get(f"/V/{code_of(batch, 1)}")
    assert CopySignal.objects.get().kind == "not_on_sale"


# --- The page ---


def test_the_page_is_light_and_needs_nothing_else(found, phone):
    batch = found.batch(10, active=(1, 10))
    response = ask(phone, batch, 1, **{"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) <= 14 * 1024
    page = gzip.decompress(response.content).decode()
    assert "<script" not in page
    assert 'rel="stylesheet"' not in page
    assert not set(re.findall("[\ue000-\uf8ff]", page))


def test_nothing_is_set_and_nothing_kept_on_the_way(found, phone):
    batch = found.batch(10, active=(1, 10))
    response = ask(phone, batch, 1)
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert "Accept-Language" in response["Vary"]


def test_the_stand_ins_are_all_filled(found, phone):
    batch = found.batch(10, active=(1, 10))
    page = ask(phone, batch, 3).content.decode()
    assert not any(mark in page for mark in (CODE, GROUPED, FIRST, TIMES))
    assert code_of(batch, 3) in page
    other = ask(phone, batch, 4).content.decode()
    assert code_of(batch, 3) not in other


def test_the_reference_photo_can_be_compared_and_no_other_file_is_sent(found, phone):
    batch = found.batch(10, active=(1, 10))
    owner = Client()
    owner.force_login(found.world.people["owner"])
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "#2f6f5e").save(picture, "JPEG")
    upload = SimpleUploadedFile("pack.jpg", picture.getvalue(), "image/jpeg")
    owner.post(f"/portal/label-batches/{batch.reference}/photo/", {"photo": upload})
    page = ask(phone, batch, 1).content.decode()
    address = re.search(r'<img src="([^"]+)"', page)[1]
    answer = phone.get(address)
    assert Image.open(io.BytesIO(answer.getvalue())).size == (60, 40)
    for other in ("nothing.jpg", "../../keys/master_keys", "..%2F..%2Fkeys%2Fmaster_keys"):
        assert phone.get(f"/label-photos/{other}").status_code == 404


def test_a_shared_link_does_not_look_like_a_verdict(found, phone):
    batch = found.batch(10, active=(1, 10))
    head = ask(phone, batch, 1).content.decode().partition("<style>")[0]
    assert 'property="og:title"' in head
    assert "in force" not in head
    assert "Anhua" not in head


@pytest.mark.parametrize(
    ("accepted", "address", "language"),
    [("", "/V/{}", "zh-Hans"), ("zh-CN,zh;q=0.9", "/V/{}", "zh-Hans"), ("en-GB,en;q=0.9", "/V/{}", "en"),
     ("fr", "/V/{}", "en"), ("en", "/V/{}?lang=zh-hans", "zh-Hans"), ("zh", "/V/{}?lang=en", "en"),
     ("zh", "/en/v/{}/", "en"), ("zh", "/V/{}?lang=xx", "zh-Hans")],
)  # fmt: skip
def test_chinese_by_default_english_for_others_and_a_switch(found, accepted, address, language):
    batch = found.batch(10, active=(1, 10))
    response = Client(HTTP_USER_AGENT=PHONE).get(
        address.format(code_of(batch, 1)), headers={"Accept-Language": accepted} if accepted else {}
    )
    page = response.content.decode()
    assert f'<html lang="{language}">' in page
    assert response["Content-Language"] == language
    assert ("?lang=en" if language == "zh-Hans" else "?lang=zh-hans") in page


def test_a_register_that_cannot_open_its_keys_says_so_and_not_that_the_label_is_unknown(found, phone, settings):
    batch = found.batch(10)
    code = code_of(batch, 1)
    settings.MASTER_KEYS = django_settings.MASTER_KEYS.replace("1:", "5:", 1)
    response = phone.get(f"/V/{code}")
    assert response.status_code == 503
    assert "says nothing about the label" in response.content.decode()


# --- How often ---


@pytest.mark.usefixtures("one_window")
def test_guessing_has_to_wait_and_honest_scans_go_on(found, phone):
    batch = found.batch(10, active=(1, 10))
    for number in range(10):
        assert phone.get(f"/v/{number}/").status_code == 404
    response = phone.get("/v/11/")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 600
    assert ask(phone, batch, 1).status_code == 200
    made_up = label_codes.make(batch.pk, 1, secret=bytes(32), order_key=bytes(32))
    assert phone.get(f"/v/{made_up}/").status_code == 429


# --- Typing ---


def test_a_typed_code_leads_to_its_page(found, phone):
    code = code_of(found.batch(10), 1)
    assert phone.get("/verify/", {"q": label_codes.grouped(code).lower()}).url == f"/v/{code}"
    assert phone.get("/en/verify/", {"q": code}).url == f"/v/{code}?lang=en"
    for text in (label_codes.grouped(code), f"HTTPS://GI.EXAMPLE.CN/V/{code}"):
        assert phone.get("/find/", {"q": text}).url.startswith("/verify/?q=")
        assert phone.get("/find/", {"q": text}, follow=True).redirect_chain[-1][0] == f"/v/{code}"


def test_a_typed_slip_keeps_what_was_typed(db, phone):
    page = phone.get("/en/verify/", {"q": "7KQ2-M9XD-41TB"}).content.decode()
    assert "this one has 12" in page
    assert 'value="7KQ2-M9XD-41TB"' in page


def test_a_credit_code_leads_to_the_enterprise(db, phone):
    assert phone.get("/verify/", {"q": "91430900600037341F"}).url == "/enterprises/91430900600037341F/"


@pytest.mark.usefixtures("one_window")
def test_typing_is_limited(db, phone):
    answers = [phone.get("/verify/", {"q": "7"}).status_code for _time in range(21)]
    assert answers == [200] * 20 + [429]


# --- For machines ---


def test_machines_get_the_same_answer_and_count_as_no_scan(found, phone):
    batch = found.batch(10, active=(1, 10))
    code = code_of(batch, 1)
    told = phone.get(f"/api/v1/labels/{code}/").json()
    assert told["verdict"] == "in_force"
    assert told["enterprise"]["uscc"] == "91000000MA00000157"
    assert told["batch"]["variety"] == "茯砖茶"
    assert told["scans"] == {"first_on": None, "band": "0"}
    assert told["demonstration"] is True
    assert not Scan.objects.exists()
    labels.recall(batch, by=found.world.actor("owner"), ground=RecallGround.COPIED, text="Copied.")
    told = phone.get(f"/api/v1/labels/{code}/").json()
    today = timezone.localdate().isoformat()
    assert (told["verdict"], told["stops"]) == (
        "stopped", [{"kind": "batch_recalled", "on": today, "reason": "copied"}]
    )  # fmt: skip


@pytest.mark.usefixtures("one_window")
def test_machines_learn_of_mistakes_and_limits(db, phone):
    answers = [phone.get("/api/v1/labels/77/") for _time in range(11)]
    assert answers[0].json()["verdict"] == "typing_error"
    assert (answers[0].status_code, answers[10].status_code) == (404, 429)
    assert int(answers[10]["Retry-After"]) > 0
