"""LEAF. Passwords that somebody who guesses would try early: those of known leaks in thin disguise, and our own words.

Django's list has 20,000 leaked passwords, nearly all shorter than the twelve characters that are needed here. What
people do to a known password to make it longer is undone before the look-up: capitals, digits and signs around it,
"@" for "a", the same word twice.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LOOKS_LIKE = str.maketrans({"@": "a", "4": "a", "3": "e", "1": "l", "!": "i", "0": "o", "$": "s", "5": "s", "7": "t"})
# Rows of a keyboard, the alphabet and the digits, as people run along them; both ways.
RUNS = ("1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb")
OWN_WORDS = (
    "register", "registry", "geographical", "indication", "indications", "dibiao", "dili", "biaozhi", "chanpin",
    "zhishi", "chanquan", "dengji", "dengjibu", "zhongguo", "china", "cnipa", "guojia", "heicha", "anhua", "chaye",
    "admin", "administrator", "password", "passwort", "mima", "woaini", "woaizhongguo", "welcome", "huanying",
    "reviewer", "approver", "officer", "auditor", "editor", "publisher", "enterprise", "demo", "office",
)  # fmt: skip
SHORTEST_REST = 6  # characters that must be left when everything that is easy to guess is taken away


class EasyToGuessValidator:
    """Refuses a password of which little is left without known words, runs, years and repetitions."""

    def __init__(self) -> None:
        self.leaked = CommonPasswordValidator().passwords
        words = sorted(OWN_WORDS, key=len, reverse=True)
        self.own = re.compile("|".join(words))

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError where the password is easy to guess."""
        plain = unicodedata.normalize("NFKC", password).lower().replace(" ", "")
        if any(self._is_easy(text) for text in (plain, plain.translate(LOOKS_LIKE))):
            raise ValidationError(self.get_help_text(), code="password_easy_to_guess")

    def _is_easy(self, text: str) -> bool:
        core = re.sub(r"^[^a-z]+|[^a-z]+$", "", text)
        if {text, core, _once(text), _once(core)} & self.leaked:
            return True
        rest = self.own.sub("", _without_runs(text))
        rest = re.sub(r"(19|20)\d\d", "", rest)
        return len(set(_once(rest))) < SHORTEST_REST

    def get_help_text(self) -> str:
        return str(
            _(
                "This password is easy to guess: it is, or hardly differs from, one that many people use, a row of "
                "keys or a word of this register. Four words that have nothing to do with each other are better."
            )
        )


def _once(text: str) -> str:
    """A text that is a shorter one several times: that one."""
    found = re.fullmatch(r"(.+?)\1+", text)
    return found.group(1) if found else text


def _without_runs(text: str) -> str:
    """A text without four or more neighbours on a keyboard, in the alphabet or in the digits, or the same one."""
    for row in RUNS:
        for way in (row, row[::-1]):
            for size in range(len(way), 3, -1):
                for start in range(len(way) - size + 1):
                    text = text.replace(way[start : start + size], "")
    return re.sub(r"(.)\1{3,}", "", text)
