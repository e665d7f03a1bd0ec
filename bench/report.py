"""Measuring and the table. A part of the benchmark gets a `Report` and calls `compare` and `note`."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """What one case took, in milliseconds, over all rounds."""

    p50: float
    p95: float


def percentile(sorted_values: list[float], share: float) -> float:
    """The smallest value that `share` of all values do not exceed (nearest rank)."""
    rank = max(1, -(-len(sorted_values) * int(share * 100) // 100))
    return sorted_values[rank - 1]


class Report:
    """Prints one table for each comparison and remembers which aims were missed."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.missed: list[str] = []

    def note(self, text: str) -> None:
        """A line of explanation: how many rows, which server, which machine."""
        print(f"  {text}", flush=True)

    def compare(
        self,
        title: str,
        cases: Mapping[str, Callable[[], object]],
        *,
        baseline: str,
        rounds: int = 200,
        warm_up: int = 5,
        aims_p95_ms: Mapping[str, float] | None = None,
    ) -> dict[str, Timing]:
        """Time the cases in turn, round by round, and print p50, p95 and the ratio to the baseline.

        Taking turns spreads a disturbance of the machine over all cases alike. Times are wall-clock
        milliseconds of one call. An aim missed is marked and counted; it never stops the run.
        """
        if baseline not in cases:
            raise ValueError(f"baseline {baseline!r} is not one of the cases {sorted(cases)}")
        taken: dict[str, list[float]] = {name: [] for name in cases}
        for number in range(-warm_up, rounds):
            for name, call in cases.items():
                start = time.perf_counter()
                call()
                if number >= 0:
                    taken[name].append((time.perf_counter() - start) * 1000)
        timings = {
            name: Timing(statistics.median(values), percentile(sorted(values), 0.95))
            for name, values in taken.items()
        }
        self._print(title, timings, timings[baseline], rounds, aims_p95_ms or {})
        return timings

    def _print(
        self, title: str, timings: dict[str, Timing], base: Timing, rounds: int, aims: Mapping[str, float]
    ) -> None:
        width = max(len("case"), *(len(name) for name in timings))
        print(f"\n{title} ({self.database}, {rounds} rounds)")
        print(f"  {'case':<{width}}  {'p50 ms':>9}  {'p95 ms':>9}  {'ratio':>7}  aim (p95)")
        for name, timing in timings.items():
            aim = ""
            if name in aims:
                met = timing.p95 <= aims[name]
                aim = f"{aims[name]:g} ms {'met' if met else 'MISSED'}"
                if not met:
                    self.missed.append(f"{title}: {name} {timing.p95:.1f} ms of {aims[name]:g} ms")
            ratio = timing.p50 / base.p50 if base.p50 else float("nan")
            print(f"  {name:<{width}}  {timing.p50:9.3f}  {timing.p95:9.3f}  {ratio:6.2f}x  {aim}".rstrip())
        print(flush=True)
