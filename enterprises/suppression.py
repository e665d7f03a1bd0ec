"""LEAF. Which sums may be published, so that no enterprise's figure can be told from them.

A sum is *safe* when nobody's figure stands behind it who has not agreed, or at least `FEWEST` such figures above
zero do: an enterprise that subtracts its own still sees the sum of two others. That is asked of the rows that are
shown, and of what the rows that are not shown add up to, because a total less the rows shown tells just that.

Enterprises that have agreed may be known by everybody and protect nobody. The rows of a year are hidden for all
tables at once: a row that one table shows and another one hides would give the hidden one away.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

FEWEST = 3
Key = TypeVar("Key", bound=Hashable)


class Part(NamedTuple):
    """What one report adds to a sum: whose it is, whether the enterprise agreed, and how much (never below 0)."""

    firm: Hashable
    agreed: bool
    value: int


@dataclass(frozen=True)
class Decision(Generic[Key]):
    """`hidden`: rows whose sum is not shown. `totals`: for each table asked about, whether its total is shown."""

    hidden: frozenset[Key]
    totals: tuple[bool, ...]


def is_safe(parts: Iterable[Part]) -> bool:
    """Whether a sum of these may be published."""
    theirs = [part for part in parts if not part.agreed]
    return not theirs or len({part.firm for part in theirs if part.value > 0}) >= FEWEST


def decide(rows: Mapping[Key, Sequence[Part]], tables: Sequence[Collection[Key]]) -> Decision[Key]:
    """What may be shown of rows, where each of the tables shows some of them and their total.

    A row that is not safe is hidden. Where the hidden rows of a table together are not safe, the row with the
    fewest enterprises is hidden with them. A total is not shown where that does not help, or where its hidden rows,
    less those of a table within it (or the other way round), are not safe.
    """
    hidden = {key for key, parts in rows.items() if not is_safe(parts)}
    for table in tables:
        if is_safe(_together(rows, table)):
            while not is_safe(_together(rows, hidden.intersection(table))):
                hidden.add(_smallest(rows, [key for key in table if key not in hidden]))
    shown: list[frozenset[Key]] = []
    totals = []
    for table in tables:
        mine = frozenset(hidden.intersection(table))
        fits = is_safe(_together(rows, mine)) and all(_may_stand_beside(rows, mine, other) for other in shown)
        totals.append(fits)
        if fits:
            shown.append(mine)
    return Decision(frozenset(hidden), tuple(totals))


def _together(rows: Mapping[Key, Sequence[Part]], keys: Iterable[Key]) -> list[Part]:
    return [part for key in keys for part in rows[key]]


def _smallest(rows: Mapping[Key, Sequence[Part]], keys: Iterable[Key]) -> Key:
    """The row that loses least: few enterprises that did not agree, but not none, for these protect nobody."""

    def size(key: Key) -> tuple[int, int, str]:
        theirs = [part for part in rows[key] if not part.agreed]
        return len({part.firm for part in theirs}), sum(part.value for part in theirs), str(key)

    return min((key for key in keys if size(key)[0]), key=size)


def _may_stand_beside(rows: Mapping[Key, Sequence[Part]], one: frozenset[Key], other: frozenset[Key]) -> bool:
    """Whether two sums of hidden rows give nothing away by their difference, where one holds the other."""
    if one <= other or other <= one:
        return is_safe(_together(rows, one ^ other))
    return True


def may_join(sums: Mapping[Key, Sequence[Part]], others: Mapping[Key, Sequence[Part]], key: Key) -> bool:
    """Whether one of some further `sums` may be shown beside `others` that are shown already, all of other dimension.

    Parts are told apart by their identity. Looked at are the sums that lie wholly within one another: what a sum
    holds beyond those within it must be safe as well.
    """
    mine = _identities(sums[key])
    if not is_safe(sums[key]):
        return False
    inside = [parts for parts in others.values() if _identities(parts) <= mine]
    covered = set().union(*(_identities(parts) for parts in inside)) if inside else set()
    if not is_safe(part for part in sums[key] if id(part) not in covered):
        return False
    return all(
        _keeps_place(sums, parts, key) for parts in others.values() if mine <= _identities(parts)
    )


def _keeps_place(sums: Mapping[Key, Sequence[Part]], around: Sequence[Part], key: Key) -> bool:
    """Whether a sum stays shown when it and its like are the rows of the table that `around` is the total of."""
    whole = _identities(around)
    rows: dict[Hashable, Sequence[Part]] = {
        name: parts for name, parts in sums.items() if parts and _identities(parts) <= whole and is_safe(parts)
    }
    taken = {id(part) for parts in rows.values() for part in parts}
    rows[_Rest] = [part for part in around if id(part) not in taken]
    return key not in decide(rows, [list(rows)]).hidden


class _Rest:
    """Key of what no row of a table names."""


def _identities(parts: Iterable[Part]) -> set[int]:
    return {id(part) for part in parts}
