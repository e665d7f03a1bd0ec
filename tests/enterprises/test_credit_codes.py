"""The unified social credit code of GB 32100-2015."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.credit_codes import (
    ALPHABET,
    CodeWarning,
    Department,
    Problem,
    check,
    check_character,
    looks_like,
    normalise,
)

REAL = ["91110000600037341L", "9144030071526726XG", "91350100M000100Y43"]
DEMO = [
    "91000000MA00000157",
    "92000000MA0000023Y",
    "93000000MA0000031N",
    "N2000000MA000004X4",
    "52000000MA0000058M",
    "12000000MA0000066L",
]


@pytest.mark.parametrize("code", REAL + DEMO)
def test_right_codes_check_without_warning(code: str) -> None:
    result = check(code)
    assert (result.text, result.ok, result.warnings) == (code, True, ())
    assert result.expected_check == code[-1]
    assert result.region == code[2:8]
    assert result.is_demo is (code in DEMO)


def test_a_rural_collective_is_registered_by_agriculture() -> None:
    assert check("N2000000MA000004X4").department == Department.AGRICULTURE


def test_a_wrong_check_character_names_the_right_one() -> None:
    result = check("91310115MA1G4L1WXK")
    assert (result.problem, result.position, result.expected_check) == (Problem.CHECK, 18, "7")
    assert result.warnings == (CodeWarning.ORGANISATION_CHECK,)
    assert result.region == "310115"


def test_a_doubtful_organisation_code_is_a_warning_only() -> None:
    first17 = "91000000MA0000016"
    result = check(first17 + check_character(first17))
    assert result.ok
    assert result.warnings == (CodeWarning.ORGANISATION_CHECK,)


def test_an_unknown_department_is_a_warning_only() -> None:
    first17 = "B1000000MA0000015"
    result = check(first17 + check_character(first17))
    assert (result.ok, result.department, result.warnings) == (True, None, (CodeWarning.DEPARTMENT,))


@pytest.mark.parametrize(
    "text",
    [
        " 91000000MA00000157\n",
        "91000000ma00000157",
        "9100 0000 MA00 0001 57",
        "910000-00MA000-00157",
        "910000–00MA000−00157",
        "９１００００００ＭＡ０００００１５７",
        "\ufeff91000000MA0000\u200b0157",
    ],
)
def test_ways_of_writing_do_not_matter(text: str) -> None:
    assert normalise(text) == "91000000MA00000157"
    assert check(text).ok


@pytest.mark.parametrize(
    "text", ["", "91000000MA0000015", "91000000MA000001577", "440301103097413", "安化黑茶"]
)
def test_another_length_is_the_first_problem(text: str) -> None:
    result = check(text)
    assert (result.problem, result.position, result.expected_check) == (Problem.LENGTH, None, "")


@pytest.mark.parametrize(
    ("code", "position"),
    [
        ("91000000MAO0000157", 11),  # letter O
        ("9I000000MA00000157", 2),
        ("91A00000MA00000157", 3),  # the region is digits
        ("91000000MA0000015Z", 18),
        ("91000000MA00000.57", 16),
        ("91000000MA00000一57"[:18], 16),
    ],
)
def test_a_character_that_cannot_stand_there_is_named_by_place(code: str, position: int) -> None:
    result = check(code)
    assert (result.problem, result.position) == (Problem.CHARACTER, position)


@pytest.mark.parametrize("code", REAL + DEMO)
def test_every_single_typing_error_is_noticed(code: str) -> None:
    passed = [
        code[:place] + character + code[place + 1 :]
        for place in range(len(code))
        for character in ALPHABET
        if character != code[place] and check(code[:place] + character + code[place + 1 :]).ok
    ]
    assert passed == []


@pytest.mark.parametrize("text", ["", "91000000MA000001", "91000000MA000001O", "91000000ma0000015"])
def test_the_check_character_needs_seventeen_legal_characters(text: str) -> None:
    with pytest.raises(ValueError, match="17 characters"):
        check_character(text)


@pytest.mark.parametrize(
    "text", [*REAL, *DEMO, "91310115MA1G4L1WXK", "9100 0000 ma00 0001 57", "9IOOOOOOMA00OOO157"]
)
def test_what_was_meant_as_a_code_is_recognised(text: str) -> None:
    assert looks_like(text)


@pytest.mark.parametrize(
    "text",
    [
        "anhuaheichaanhuahe",
        "Anhua Dark Tea Company",
        "安化黑茶",
        "国窖1573白酒",
        "91000000MA0000015",
        "",
        "OIOIOIOIOIOIOIOIOI",
    ],
)
def test_names_are_not_taken_for_a_code(text: str) -> None:
    assert not looks_like(text)


@given(text=st.text(max_size=40))
def test_any_text_can_be_checked(text: str) -> None:
    assert not (check(text).ok and check(text).problem)
    looks_like(text)


@given(first17=st.from_regex(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{9}}", fullmatch=True))
def test_a_computed_check_character_is_accepted(first17: str) -> None:
    assert check(first17 + check_character(first17)).ok
