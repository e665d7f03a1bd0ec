"""Terms in working days and in months, against the holiday calendars that the State Council published."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gi_registry.working_days import (
    KNOWN_YEARS,
    ONE_DAY,
    Term,
    after_months,
    after_working_days,
    is_known,
    is_working_day,
    working_days_between,
)

DAYS = st.dates(datetime.date(2004, 1, 1), datetime.date(2032, 12, 31))
day = datetime.date.fromisoformat


def days(first, last):
    return [day(first) + ONE_DAY * number for number in range((day(last) - day(first)).days + 1)]


# --- Single days: the notices of the State Council's office for 2020, 2023, 2024, 2025 and 2026 ---


@pytest.mark.parametrize(("first", "last"), [
    ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"), ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
    ("2025-01-28", "2025-02-04"), ("2025-10-01", "2025-10-08"),  # Mid-Autumn fell into the National Day week
    ("2024-02-10", "2024-02-17"), ("2024-10-01", "2024-10-07"), ("2023-09-29", "2023-10-06"),
    ("2020-01-24", "2020-02-02"),  # made longer because of the epidemic
])  # fmt: skip
def test_nobody_works_on_holidays(first, last):
    assert [date for date in days(first, last) if is_working_day(date)] == []


@pytest.mark.parametrize("text", [
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
])  # fmt: skip
def test_weekends_that_were_moved_are_worked(text):
    assert day(text).weekday() >= 5
    assert is_working_day(day(text))


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_other_weekend_is_free_and_the_year_has_its_working_days(year):
    dates = days(f"{year}-01-01", f"{year}-12-31")
    assert sum(map(is_working_day, dates)) == {2024: 251, 2025: 248, 2026: 248}[year]
    assert sum(is_working_day(date) for date in dates if date.weekday() >= 5) == {2024: 8, 2025: 5, 2026: 6}[year]


# --- Terms in working days ---


@pytest.mark.parametrize(("start", "number", "end"), [
    ("2026-11-16", 5, "2026-11-23"),  # a plain week: Monday to Monday
    ("2026-11-20", 1, "2026-11-23"),  # the day of the event does not count, nor does the weekend
    ("2026-11-21", 1, "2026-11-23"),  # an event on a Saturday
    ("2026-02-12", 5, "2026-02-26"),  # Spring Festival: 13, Saturday 14, then 24, 25, 26
    ("2026-02-12", 10, "2026-03-04"),  # 27, Saturday 28, then 2, 3, 4 March
    ("2025-01-24", 5, "2025-02-07"),  # Sunday 26, Monday 27, then 5, 6, 7 February
    ("2026-09-30", 1, "2026-10-08"),
    ("2026-09-30", 3, "2026-10-10"),  # a Saturday that is worked
    ("2026-09-18", 1, "2026-09-20"),  # a Sunday that is worked
    ("2026-10-01", 0, "2026-10-01"),
])  # fmt: skip
def test_terms_of_working_days(start, number, end):
    assert after_working_days(day(start), number) == Term(day(end))
    assert working_days_between(day(start), day(end)) == number


def test_between_counts_backwards_too():
    assert working_days_between(day("2026-02-26"), day("2026-02-12")) == -5
    assert working_days_between(day("2026-02-16"), day("2026-02-16")) == 0


@given(start=DAYS, number=st.integers(1, 120))
def test_a_term_ends_on_the_first_day_that_completes_it(start, number):
    end = after_working_days(start, number).last_day
    assert is_working_day(end)
    assert working_days_between(start, end) == number
    assert working_days_between(start, end - ONE_DAY) == number - 1


# --- Terms in months ---


@pytest.mark.parametrize(("start", "months", "end"), [
    ("2024-04-19", 2, "2024-06-19"),  # an objection period: two months from the announcement
    ("2025-12-31", 1, "2026-02-02"),  # 31 January is a Saturday
    ("2024-01-31", 1, "2024-02-29"), ("2024-08-31", 6, "2025-02-28"), ("2024-02-29", 12, "2025-02-28"),
    ("2025-12-31", 2, "2026-02-28"),  # a Saturday that is worked: the term ends there
    ("2026-08-01", 2, "2026-10-08"),  # would end on National Day
    ("2025-12-15", 2, "2026-02-24"),  # would end in the Spring Festival week
    ("2026-07-20", 2, "2026-09-20"),  # a Sunday that is worked
    ("2026-05-22", 3, "2026-08-24"),  # a plain Saturday
    ("2025-11-15", 1, "2025-12-15"), ("2025-12-05", 1, "2026-01-05"),  # into December, over the year's end
])  # fmt: skip
def test_terms_of_months(start, months, end):
    assert after_months(day(start), months) == Term(day(end))


def same_number(start, months):
    """The day of the same number some months later, or the last one before it that there is."""
    month = start.month - 1 + months
    for number in range(start.day, 27, -1):
        try:
            return datetime.date(start.year + month // 12, month % 12 + 1, number)
        except ValueError:
            continue
    return datetime.date(start.year + month // 12, month % 12 + 1, start.day)


@given(start=DAYS, months=st.integers(1, 36))
def test_a_month_term_ends_on_the_first_working_day_from_the_same_number_on(start, months):
    end, wanted = after_months(start, months).last_day, same_number(start, months)
    assert is_working_day(end)
    assert wanted <= end
    assert working_days_between(wanted - ONE_DAY, end) == 1, "nobody worked on the days before"


# --- Years that are not published yet ---


def test_beyond_the_last_published_year_terms_are_provisional_and_count_mondays_to_fridays():
    last = max(KNOWN_YEARS)
    assert is_known(datetime.date(last, 12, 31))
    assert not is_known(datetime.date(last + 1, 1, 1))
    assert not after_working_days(datetime.date(last, 11, 1), 10).provisional
    assert after_working_days(datetime.date(last, 12, 28), 10).provisional
    assert not after_months(datetime.date(last, 9, 1), 1).provisional
    assert after_months(datetime.date(last, 11, 15), 2).provisional
    assert is_working_day(day("2095-10-03")), "National Day, but a Monday of a year that nobody has published"
    assert after_working_days(day("2095-09-30"), 5) == Term(day("2095-10-07"), provisional=True)
    assert after_months(day("2095-08-01"), 2) == Term(day("2095-10-03"), provisional=True)


def test_the_year_of_this_test_world_is_published():
    assert set(range(2004, 2027)) <= set(KNOWN_YEARS)
