"""Dates of which only the year or month is known."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gi_registry.partial_dates import Precision, first_day, iso, parse


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2014", date(2014, 1, 1), date(2014, 12, 31), Precision.YEAR),
        ("2014-07", date(2014, 7, 1), date(2014, 7, 31), Precision.MONTH),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28), Precision.MONTH),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), Precision.MONTH),
        ("2014-12", date(2014, 12, 1), date(2014, 12, 31), Precision.MONTH),
        ("2014-07-03", date(2014, 7, 3), date(2014, 7, 3), Precision.DAY),
        (" 2014-07 ", date(2014, 7, 1), date(2014, 7, 31), Precision.MONTH),
    ],
)
def test_a_stated_period_is_kept_as_its_last_day(
    text: str, first: date, last: date, precision: Precision
) -> None:
    assert parse(text) == (last, precision)
    assert first_day(last, precision) == first
    assert iso(last, precision) == text.strip()


@pytest.mark.parametrize("text", ["", " "])
def test_no_text_is_no_date(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "14",
        "2014-7",
        "2014-13",
        "2014-00",
        "2023-02-29",
        "0000",
        "2014/07",
        "2014-07-03T00:00",
        "２０１４",
        "2014年",
    ],
)
def test_other_texts_are_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date") as refused:
        parse(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize("precision", ["", "week"])
def test_an_unknown_precision_is_refused(precision: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Precision"):
        iso(date(2014, 7, 3), precision)


@given(day=st.dates(), precision=st.sampled_from(Precision))
def test_a_period_survives_being_written_and_read(day: date, precision: Precision) -> None:
    read = parse(iso(day, precision))
    assert read is not None
    assert read.precision == precision
    assert first_day(*read) <= day <= read.on
    assert iso(*read) == iso(day, precision)
