"""What browsers say of themselves: devices, visits of machines, languages."""

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from gi_registry.visitors import FAMILIES, device_family, is_machine, is_preview, prefers_chinese

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = f"Mozilla/5.0 (Linux; Android 14; V2301A Build/UP1A) {WEBKIT} Chrome/130.0.0.0 Mobile Safari/537.36"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {APPLE} Version/18.1 Mobile/15E148 Safari/604.1"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/130.0.0.0 Safari/537.36"
PEOPLE = [
    (ANDROID, "android"),
    (f"{ANDROID} XWEB/1300 MMWEBSDK/20240404 MicroMessenger/8.0.49.2600(0x2800313D) WeChat/arm64", "wechat-android"),
    (f"{ANDROID} AlipayClient/10.6.20.8000 Language/zh-Hans", "android"),
    (f"{ANDROID} CUBOT_NOTE_20", "android"),
    (f"Mozilla/5.0 (Linux; Android 12; HarmonyOS; ALN-AL00) {WEBKIT} Chrome/114.0.0.0 Mobile Safari/537.36", "harmony"),
    (f"Mozilla/5.0 (Phone; OpenHarmony 5.0) {WEBKIT} Chrome/114.0.0.0 ArkWeb/4.1.6.1 Mobile Safari/537.36", "harmony"),
    (IPHONE, "ios"),
    (f"{IPHONE} MicroMessenger/8.0.54(0x18003632) NetType/WIFI Language/zh_CN", "wechat-ios"),
    (f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {APPLE} CriOS/126.0 Mobile/15E148 Safari/604.1", "ios"),
    (WINDOWS, "desktop"),
    (f"{WINDOWS} NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13)", "desktop"),
    (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {APPLE} MicroMessenger/6.8.0 MacWechat/3.8.8", "desktop"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "desktop"),
    ("Nokia6100/1.0 (04.01) Profile/MIDP-1.0", "other"),
    ("", "other"),
]
MACHINES = [
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Twitterbot/1.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0 A",
    "TelegramBot (like TwitterBot)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; +http://www.linkedin.com)",
    "DingTalkBot-LinkService/1.0 (+https://open-doc.dingtalk.com/microapp/faquestions/ftpfeu)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) {WEBKIT} Chrome/130.0 Mobile Safari/537.36"
    " (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible;"
    " Bytespider; spider-feedback@bytedance.com)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) Skype for Business SkypeUriPreview Preview/0.5",
    "curl/8.5.0",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
]


@pytest.mark.parametrize(("user_agent", "family"), PEOPLE)
def test_devices_of_people(user_agent: str, family: str) -> None:
    assert device_family(user_agent) == family
    assert family in FAMILIES


@pytest.mark.parametrize("user_agent", [user_agent for user_agent, _ in PEOPLE])
def test_a_person_who_opens_a_page_counts(user_agent: str) -> None:
    request = RequestFactory().get("/v/1/", HTTP_USER_AGENT=user_agent, HTTP_SEC_FETCH_DEST="document")
    assert not is_preview(request)


@pytest.mark.parametrize("user_agent", MACHINES)
def test_a_machine_that_opens_a_page_does_not_count(user_agent: str) -> None:
    assert is_machine(user_agent)
    assert is_preview(RequestFactory().get("/v/1/", HTTP_USER_AGENT=user_agent))


def test_a_head_request_does_not_count() -> None:
    assert is_preview(RequestFactory().head("/v/1/", HTTP_USER_AGENT=IPHONE))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("HTTP_SEC_PURPOSE", "prefetch"),
        ("HTTP_SEC_PURPOSE", "prefetch;prerender"),
        ("HTTP_PURPOSE", "prefetch"),
        ("HTTP_X_PURPOSE", "preview"),
        ("HTTP_X_MOZ", "Prefetch"),
    ],
)
def test_a_page_loaded_ahead_does_not_count(header: str, value: str) -> None:
    assert is_preview(RequestFactory().get("/v/1/", HTTP_USER_AGENT=ANDROID, **{header: value}))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "*",
        "zh",
        "zh-CN,zh;q=0.9,en-US;q=0.8,en;q=0.7",
        "zh-Hant-TW",
        "ZH-cn",
        "en;q=0.5, zh;q=0.9",
        "bo-CN, zh-CN;q=0.9, en;q=0.8",  # Tibetan first: of the two languages here it is Chinese
        "zh, en",
        "en;q=0, zh;q=0.1",
        ";;;,,,q=",
        "en;q=NaN",
    ],
)
def test_shown_in_chinese(header: str) -> None:
    assert prefers_chinese(header)


@pytest.mark.parametrize(
    "header",
    [
        "en",
        "en-GB,en;q=0.9,zh-CN;q=0.8",
        "en, zh",
        "fr-FR,fr;q=0.9",
        "fr, *;q=0.5",
        "zh;q=0.2, en;q=0.3",
        "zh;q=0, ja",
        "zh;q=2, en;q=0.1",
        "," * 99 + "en",
    ],
)
def test_shown_in_english(header: str) -> None:
    assert not prefers_chinese(header)


def test_a_header_without_end_is_read_no_further_than_needed() -> None:
    assert not prefers_chinese("en;q=0.1," + "x;q=0.1," * 200 + "zh")


@given(st.text(max_size=200))
def test_no_header_breaks_it(text: str) -> None:
    assert prefers_chinese(text) in (True, False)
    assert device_family(text) in FAMILIES
    assert is_machine(text) in (True, False)
