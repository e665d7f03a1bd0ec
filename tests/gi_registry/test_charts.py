"""Charts: round ticks, points where the numbers say, and the same numbers for those who do not see the drawing."""

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from gi_registry.charts import BOTTOM, LEFT, RIGHT, TOP, Series, bar_chart, line_chart, spread, ticks

YEARS = [(0, "2000", "2000"), (10, "2010", "2010"), (20, "2020", "2020")]


def lines(*series, columns=YEARS):
    return line_chart("trend", "Covered", "From 0 to 8.", "Year", columns, list(series))


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        (0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6, 8]), (9, [0, 5, 10]), (51, [0, 20, 40, 60]),
        (100, [0, 25, 50, 75, 100]), (344, [0, 100, 200, 300, 400]), (832, [0, 250, 500, 750, 1000]),
    ],
)  # fmt: skip
def test_ticks_are_round(largest, expected):
    assert ticks(largest) == expected


@given(st.integers(0, 10_000_000))
def test_ticks_hold_the_largest_value_and_no_empty_step_above_it(largest):
    found = ticks(largest)
    step = found[1]
    assert found == [step * number for number in range(len(found))]
    assert 2 <= len(found) <= 5
    assert found[-1] >= largest
    assert found[-2] < max(largest, 1)


def test_labels_of_years_keep_their_distance_and_the_last_is_told():
    places = [LEFT + index * 13.5 for index in range(26)] + [LEFT + 25.9 * 13.5]
    shown = spread(places, 40)
    assert shown == [0, 5, 10, 15, 20, 26]
    assert spread([1.0], 40) == [0]
    assert spread([], 40) == []


def test_the_axis_runs_from_the_first_day_to_the_last_and_from_nothing_to_the_top_tick():
    chart = lines(Series("Covered", "is-covered", [0, 2, 4]))
    assert chart.lines[0].d == f"M{LEFT}.0 {BOTTOM}.0L{(LEFT + RIGHT) / 2} {(BOTTOM + TOP) / 2}L{RIGHT}.0 {TOP}.0"
    assert chart.lines[0].end == (RIGHT, TOP)
    assert [tick.text for tick in chart.up] == ["0", "1", "2", "3", "4"]
    assert chart.up[0].at == BOTTOM
    assert [tick.text for tick in chart.across] == ["2000", "2010", "2020"]


def test_unequal_times_stand_at_unequal_distances():
    chart = lines(Series("Covered", "", [1, 1, 1]), columns=[(0, "a", "a"), (9, "b", "b"), (10, "c", "c")])
    assert f"L{round(LEFT + (RIGHT - LEFT) * 0.9, 1)} " in chart.lines[0].d


def test_a_value_that_is_not_known_breaks_the_line_and_is_no_zero():
    chart = lines(Series("Covered", "", [1, None, 4]))
    assert chart.lines[0].d.count("M") == 2
    assert "L" not in chart.lines[0].d
    assert chart.rows[1] == ("2010", (None,))


def test_a_series_without_any_value_is_drawn_as_nothing():
    chart = lines(Series("Covered", "", [None, None, None]))
    assert (chart.lines[0].d, chart.lines[0].end) == ("", None)


def test_bars_stand_beside_each_other_as_high_as_their_values():
    chart = bar_chart(
        "exits", "Left", "", "Year", ["2016", "2017"],
        [Series("Loaded", "bar-solid", [31, 125]), Series("Official", "bar-lined", [28, None])],
    )  # fmt: skip
    first, second, alone = chart.bars
    assert first.x + first.w == pytest.approx(second.x)
    assert first.h / second.h == pytest.approx(31 / 28, rel=0.02)
    assert alone.text_x == chart.across[1].at
    assert all(bar.y + bar.h == pytest.approx(BOTTOM, abs=0.1) for bar in chart.bars)
    assert second.title == "2016, Official: 28"


def test_many_bars_stay_inside_the_axes():
    series = [Series("a", "", [5] * 30), Series("b", "", [3] * 30)]
    chart = bar_chart("b", "", "", "", [str(number) for number in range(30)], series)
    assert min(bar.x for bar in chart.bars) >= LEFT
    assert max(bar.x + bar.w for bar in chart.bars) <= RIGHT
    assert all(one.x + one.w <= other.x + 0.11 for one, other in zip(chart.bars, chart.bars[1:], strict=False))


def test_a_chart_is_told_in_words_and_in_a_table():
    chart = lines(Series("Covered", "is-covered", [0, 2, 8]), Series("Not proven", "is-unproven", [1, None, 3]))
    with override("en"):
        html = render_to_string("components/chart_lines.html", {"chart": chart})
    assert 'role="img" aria-labelledby="trend-title trend-note"' in html
    assert '<title id="trend-title">Covered</title><desc id="trend-note">From 0 to 8.</desc>' in html
    assert '<th scope="row">2010</th><td>2</td><td>–</td>' in html
    assert '<th scope="col">Not proven</th>' in html
    assert "style=" not in html


def test_bars_differ_by_pattern_and_carry_their_numbers():
    series = [Series("Loaded", "bar-solid", [31]), Series("Official", "bar-lined", [28])]
    chart = bar_chart("exits", "Left", "", "Year", ["2016"], series)
    html = render_to_string("components/chart_bars.html", {"chart": chart})
    assert html.count('class="bar-lined" fill="url(#exits-lines)"') == 2  # the bar and its place in the legend
    assert '<pattern id="exits-lines"' in html
    assert '<text class="bar-number"' in html
    assert "<title>2016, Loaded: 31</title>" in html
