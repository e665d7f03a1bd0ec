"""LEAF. The unified social credit code (统一社会信用代码) of GB 32100-2015.

18 characters: registering department (1), body class (1), region of the registering authority (6, GB/T 2260),
organisation code of GB 11714 with its own check character (9), check character (1).
A code that checks is well formed; whether such a body exists is a question for the business register.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
LENGTH = 18
DEMO_REGION = "000000"  # no real body can have it: demonstration and test data use only this region

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_REGION = slice(2, 8)
_ORGANISATION = slice(8, 16)


class Department(TextChoices):
    """Registering departments by the first character of a code."""

    STAFFING = "1", _("Institutional staffing")
    FOREIGN_AFFAIRS = "2", _("Foreign affairs")
    JUSTICE = "3", _("Judicial administration")
    CULTURE = "4", _("Culture")
    CIVIL_AFFAIRS = "5", _("Civil affairs")
    TOURISM = "6", _("Tourism")
    RELIGION = "7", _("Religious affairs")
    TRADE_UNIONS = "8", _("Trade unions")
    MARKET_REGULATION = "9", _("Market regulation")
    MILITARY_STAFFING = "A", _("Military staffing")
    AGRICULTURE = "N", _("Agriculture")
    OTHER = "Y", _("Other")


class Problem(TextChoices):
    """Why a text is not a credit code."""

    LENGTH = "length", _("A credit code has 18 characters.")
    CHARACTER = "character", _("A credit code cannot have this character in this place.")
    CHECK = "check", _("The last character does not fit the others; compare the code again.")


class CodeWarning(TextChoices):
    """Oddities of a code that do not make it wrong."""

    ORGANISATION_CHECK = "organisation", _("Character 17 does not fit the organisation code.")
    DEPARTMENT = "department", _("The first character names no registering department.")


@dataclass(frozen=True)
class CreditCode:
    """Result of `check`. `position` counts from 1; parts that could not be read are empty."""

    text: str
    problem: Problem | None = None
    position: int | None = None
    expected_check: str = ""
    region: str = ""
    department: Department | None = None
    warnings: tuple[CodeWarning, ...] = ()

    @property
    def ok(self) -> bool:
        return self.problem is None

    @property
    def is_demo(self) -> bool:
        return self.region == DEMO_REGION


def normalise(text: str) -> str:
    """Half-width capitals without blanks, hyphens and invisible characters; nothing else is corrected."""
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", text).upper()
        # P(unctuation) d(ash), Z blanks, C controls; U+2212 is the minus sign
        if unicodedata.category(character)[0] not in "ZC"
        and unicodedata.category(character) != "Pd"
        and character != "\u2212"
    )


def looks_like(text: str) -> bool:
    """Whether somebody who typed this could have meant a credit code.

    18 letters or digits of which 8 are digits (or the letters O and I typed for them): region and organisation
    code bring that many, while a name in Latin letters does not. The code may still be wrong; ask `check`.
    """
    code = normalise(text)
    return (
        len(code) == LENGTH
        and re.fullmatch(r"[0-9A-Z]+", code) is not None
        and any(character.isdigit() for character in code)
        and sum(character in "0123456789OI" for character in code) >= 8
    )


def check_character(first17: str) -> str:
    """Check character for the first 17 characters of a code.

    Raises ValueError if there are not 17 of them or one is not in the alphabet.
    """
    if len(first17) != LENGTH - 1 or any(character not in _VALUES for character in first17):
        raise ValueError("17 characters of the credit code alphabet are needed")
    total = sum(_VALUES[character] * weight for character, weight in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def check(text: str) -> CreditCode:
    """Normalise and check a code; never raises. The first problem found is reported."""
    code = normalise(text)
    if len(code) != LENGTH:
        return CreditCode(code, Problem.LENGTH)
    region = code[_REGION]
    region = region if re.fullmatch(r"[0-9]{6}", region) else ""
    department = Department(code[0]) if code[0] in Department.values else None
    position = _first_wrong_position(code)
    if position is not None:
        return CreditCode(code, Problem.CHARACTER, position, region=region, department=department)
    expected = check_character(code[:17])
    warnings = []
    if department is None:
        warnings.append(CodeWarning.DEPARTMENT)
    if _organisation_check(code[_ORGANISATION]) != code[16]:
        warnings.append(CodeWarning.ORGANISATION_CHECK)
    wrong = code[17] != expected
    return CreditCode(
        code,
        problem=Problem.CHECK if wrong else None,
        position=LENGTH if wrong else None,
        expected_check=expected,
        region=region,
        department=department,
        warnings=tuple(warnings),
    )


def _first_wrong_position(code: str) -> int | None:
    for index, character in enumerate(code):
        # The region is digits only; every other place, the check included, may hold the whole alphabet.
        allowed = "0123456789" if _REGION.start <= index < _REGION.stop else ALPHABET
        if character not in allowed:
            return index + 1
    return None


def _organisation_check(first8: str) -> str:
    """Check character of GB 11714 (values 0-9, A-Z = 10-35)."""
    total = sum(
        int(character, 36) * weight for character, weight in zip(first8, _ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]
