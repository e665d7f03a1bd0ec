"""OUT. Letters to followers: plain text, one address each, with links that end them at one press.

An address stands in no log: what a mail server answers may hold it, so only the kind of the failure is told on.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.follow_words import KEPT_UNCONFIRMED, Followed, Section, link_of
from cms.models import Follow

SUBJECT_LENGTH = 120  # characters; the name of what is followed may be longer


class LetterNotSent(Exception):
    """The mail server did not take a letter. It says why without the address."""


def send_ask(row: Follow, followed: Followed) -> None:
    """Ask whether the owner of an address wants to follow; where it does already, say so and lead to the list.

    Anybody can ask for any address. So what was typed into a search stays out of this letter: it would carry words of
    a stranger under the name of the register. The page behind the link shows them.
    """
    with translation.override(row.language):
        asked = row.confirmed_at is None
        page = "cms:follow_confirm" if asked else "cms:follow_manage"
        name = _("a search of products") if followed.is_typed else followed.name
        about = reverse("products:search") if followed.is_typed else followed.address
        context = {
            "name": name, "asked": asked, "days": KEPT_UNCONFIRMED.days, "link": _address(page, row.token),
            "stop": _address("cms:follow_stop", row.token), "about": settings.SITE_URL + about,
        }  # fmt: skip
        subject = _("Please confirm: follow {name}") if asked else _("You follow {name} already")
        body = render_to_string("emails/follow_ask.txt", context)
        _send(row, subject.format(name=name), body, f"ask-{row.token[:8]}-{int(row.asked_at.timestamp())}")


def send_letter(row: Follow, sections: Sequence[Section], number: str) -> None:
    """One letter with all that is new, in the active language. `number` names it: sent again, it keeps its name.

    `row` is the first of those that the letter is for; its link at the top of the mail ends all of them.
    """
    shown = [
        {"section": section, "stop": _address("cms:follow_stop", section.name),
         "about": settings.SITE_URL + section.followed.address}
        for section in sections
    ]  # fmt: skip
    context = {"sections": shown, "manage": _address("cms:follow_manage", row.token), "rhythm": row.rhythm}
    others = len(sections) - 1
    name = sections[0].followed.name
    subject = _("News on {name}").format(name=name)
    if others:
        subject = ngettext("News on {name} and {number} more", "News on {name} and {number} more", others)
        subject = subject.format(name=name, number=others)
    _send(row, subject, render_to_string("emails/follow_letter.txt", context), number)


def _address(page: str, name: str) -> str:
    return f"{settings.SITE_URL}{reverse(page, args=[link_of(name)])}"


def _send(row: Follow, subject: str, body: str, number: str) -> None:
    headers = {
        "List-Unsubscribe": f"<{_address('cms:follow_stop', row.token)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Content-Language": translation.get_language() or "",
        "Message-ID": f"<follow-{number}@{urlsplit(settings.SITE_URL).hostname}>",
    }
    line = " ".join(subject.split())[:SUBJECT_LENGTH]
    try:
        EmailMessage(line, body, to=[row.email], headers=headers).send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({str(answer[0]) for answer in error.recipients.values()})
        raise LetterNotSent(f"the mail server refused the recipient ({', '.join(codes)})") from None
    except smtplib.SMTPResponseException as error:
        raise LetterNotSent(f"{type(error).__name__} ({error.smtp_code})") from None
    except OSError as error:  # no connection, or any other failure of a mail server
        raise LetterNotSent(type(error).__name__) from None
