"""READER. How divisions lie to each other, those of the past by what became of them. One query for all."""

from __future__ import annotations

from dataclasses import dataclass, field

from gi_registry.models import Division, DivisionLevel

MOST_CHANGES = 9  # a chain of successors that does not end is a mistake in the data, and must not hang a page


@dataclass(frozen=True)
class Geography:
    """Keys of divisions: their parents, and for those of the past their successors."""

    parents: dict[int, int | None]
    successors: dict[int, int]
    prefectures: frozenset[int]
    _around: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Geography:
        """All divisions of the register."""
        rows = list(Division.objects.order_by().values_list("pk", "parent_id", "successor_id", "level"))
        return cls(
            {pk: parent for pk, parent, _next, _level in rows},
            {pk: successor for pk, _parent, successor, _level in rows if successor},
            frozenset(pk for pk, _parent, _next, level in rows if level == DivisionLevel.PREFECTURE),
        )

    def today(self, division: int) -> int:
        """What a division has become; itself where nothing is on record."""
        for _step in range(MOST_CHANGES):
            following = self.successors.get(division)
            if following is None:
                break
            division = following
        return division

    def around(self, division: int) -> list[int]:
        """The divisions of today that hold it, the nearest first; for one of the past also the one it joined."""
        line = self._around.get(division)
        if line is None:
            here = self.today(division)
            line = self._around[division] = [] if here == division else [here]
            while (parent := self.parents.get(here)) is not None:
                line.append(parent)
                here = parent
        return line

    def lineage(self, division: int) -> list[int]:
        """A division as it is today and the ones that hold it, up to the province."""
        here = self.today(division)
        return [here, *self.around(here)]

    def prefecture(self, division: int) -> int | None:
        """The prefecture that a division is or lies in."""
        return next((part for part in self.lineage(division) if part in self.prefectures), None)
