"""From the printed sheet to the answer on a phone: what is printed is decoded, opened, and looked at.

Every answer is walked in both languages and at both widths without JavaScript; axe looks at each.
"""

import subprocess
import uuid

import pytest
import zxingcpp
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.test import Client
from PIL import Image

from enterprises import labels
from enterprises.label_states import RecallGround, VoidReason
from enterprises.scan_models import Scan, ScannedLabel, label_key
from enterprises.scanning import this_minute
from tests.label_world import code_of, make_labels

pytestmark = [pytest.mark.browser]
PHONE = "Mozilla/5.0 (Linux; Android 13; M2012K11AC) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"


@pytest.fixture
def found(db):
    found = make_labels()
    call_command("create_site", verbosity=0)
    TOTP.activate(found.world.people["reviewer"], "JBSWY3DPEHPK3PXP")
    return found


def phone(browser, width=390, language="zh-CN"):
    return browser.new_context(
        viewport={"width": width, "height": 844}, java_script_enabled=False, locale=language, user_agent=PHONE
    )


def answers(found):
    """One path for each answer, by its name."""
    batch, recalled = found.batch(100, active=(1, 50)), found.batch(10, active=(1, 10))
    owner, minute = found.world.actor("owner"), this_minute()
    labels.declare_void(batch, by=owner, nonce=uuid.uuid4(), first=5, last=5, reason=VoidReason.LOST)
    labels.recall(recalled, by=owner, ground=RecallGround.QUALITY, text="Mould.")
    ScannedLabel.objects.create(
        label=label_key(batch.pk, 2), first_minute=minute, last_minute=minute, count=9, warned_until=minute + 600
    )
    code = code_of(batch, 1)
    slip = code[:-1] + ("A" if code[-1] != "A" else "B")
    made_up = "0" * 24
    return {
        "in_force": f"/V/{code}", "unusual": f"/V/{code_of(batch, 2)}", "not_activated": f"/V/{code_of(batch, 60)}",
        "stopped": f"/V/{code_of(batch, 5)}", "recalled": f"/V/{code_of(recalled, 1)}", "typing_error": f"/v/{slip}/",
        "not_issued": f"/v/{made_up}/",
    }  # fmt: skip


def test_a_printed_sheet_leads_to_the_answer(browser, site, found, tmp_path):
    """The sheet of the portal, rendered as a printer would, read by an independent decoder, opened on a phone."""
    batch = found.batch(10, active=(1, 10))
    client = Client()
    client.force_login(found.world.people["owner"])
    answer = client.get(f"/portal/label-batches/{batch.reference}/labels.pdf")
    sheet = tmp_path / "sheet.pdf"
    sheet.write_bytes(answer.getvalue())
    subprocess.run(["pdftoppm", "-r", "300", "-png", "-f", "1", "-l", "1", sheet, tmp_path / "page"], check=True)
    picture = Image.open(next(tmp_path.glob("page*.png")))
    addresses = {one.text for one in zxingcpp.read_barcodes(picture)}
    assert addresses == {f"{site}/V/{code_of(batch, index)}".upper() for index in range(1, 11)}
    context = phone(browser)
    page = context.new_page()
    # A phone's scanner opens the address as printed; the host is the same in capitals.
    page.goto(min(addresses))
    assert page.get_attribute(".verdict", "data-verdict") == "in_force"
    assert "91000000MA00000157" in page.inner_text("main")
    context.close()
    assert Scan.objects.count() == 1


def test_every_answer_can_be_read_by_everybody(browser, site, found):
    from axe_playwright_python.sync_playwright import Axe

    for name, path in answers(found).items():
        for width, language in ((390, "zh-CN"), (1280, "en-GB")):
            context = browser.new_context(viewport={"width": width, "height": 844}, locale=language, user_agent=PHONE)
            page = context.new_page()
            page.goto(site + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
            faults = Axe().run(page).response["violations"]
            assert not faults, (name, width, [(fault["id"], fault["nodes"][0]["html"]) for fault in faults])
            context.close()


def test_the_first_screen_of_a_phone_answers(browser, site, found):
    """Verdict, product, enterprise and credit code stand on the first screen, also of a small phone."""
    path = answers(found)["in_force"]
    context = browser.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=False, locale="zh-CN",
                                  user_agent=PHONE)  # fmt: skip
    page = context.new_page()
    page.goto(site + path)
    for text in ("安化黑茶", "示例茶业有限公司", "91000000MA00000157"):
        box = page.get_by_text(text).first.bounding_box()
        assert box["y"] + box["height"] <= 640, text
    context.close()


def test_the_language_can_be_switched_and_a_slip_mended_by_keyboard(browser, site, found):
    paths = answers(found)
    context = phone(browser)
    page = context.new_page()
    page.goto(site + paths["in_force"])
    assert page.get_attribute("html", "lang") == "zh-Hans"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**lang=en")
    assert page.get_attribute("html", "lang") == "en"
    page.goto(site + paths["typing_error"] + "?lang=en")
    page.fill("#q", paths["in_force"].rpartition("/")[2].lower())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector("[data-verdict=in_force]")
    assert page.get_attribute("html", "lang") == "en"
    context.close()
