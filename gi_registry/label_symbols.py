"""QR symbols of label codes, a hundred times as fast as one by one, and bit for bit those of `qrcode`. LEAF.

Everything a QR symbol does to its data is linear over GF(2): Reed-Solomon is, interleaving only moves bits, patterns
and mask are constants. So for one prefix, one length, one version and one mask the symbol of a code is the XOR of
the symbol of a first code and of what each changed bit changes. `qrcode` draws these parts once for a prefix (about
150 symbols, a fifth of a second) and remains the source of truth: nothing here knows how a QR code is made.

The text is a prefix such as `HTTPS://REGISTER.EXAMPLE/V/` and a code, in alphanumeric mode: two characters a, b are
one number 45a + b of eleven bits, a last single one has six. With a prefix of odd length the first character of the
code shares its number with the last one of the prefix.

A symbol is an integer of `size` rows of `stride` bits, the first module the highest bit, dark is 1. Each row has the
quiet zone of four modules on its left, at least four on its right, and fills whole bytes. So rows never touch each
other when the symbol is shifted, which the penalty rules rely on, and bytes can be cut without moving bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.util import ALPHA_NUM, MODE_ALPHA_NUM, QRData

QUIET_ZONE = 4
MASKS = range(8)

# What a code is made of: ALPHABET and LENGTH of enterprises/label_codes.py, which a test compares.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 24

_VALUES = {chr(letter): value for value, letter in enumerate(ALPHA_NUM)}


class _Numbers(QRData):  # type: ignore[misc]  # qrcode has no types
    """Alphanumeric data for `qrcode` given as the numbers of its pairs, also such as no two characters make."""

    def __init__(self, numbers: Sequence[int], length: int) -> None:
        super().__init__(b"0" * length, mode=MODE_ALPHA_NUM, check_data=False)
        self.numbers = numbers

    def write(self, buffer: Any) -> None:
        for place, number in enumerate(self.numbers):
            buffer.put(number, _width(place, len(self)))


def _width(place: int, length: int) -> int:
    """Bits of the number at a place: a last character without a partner has six."""
    return 6 if 2 * place + 1 == length else 11


def _numbers(text: str) -> list[int]:
    pairs = (text[start : start + 2] for start in range(0, len(text), 2))
    return [45 * _VALUES[pair[0]] + _VALUES[pair[1]] if len(pair) == 2 else _VALUES[pair] for pair in pairs]


class Symbols:
    """The symbols of all codes behind one prefix, error correction Q (25 %), smallest version that fits.

    Raises ValueError for a prefix that is not alphanumeric in the sense of ISO/IEC 18004 (capitals, digits and
    `$%*+-./: `) or too long for any symbol.
    """

    def __init__(self, prefix: str) -> None:
        strangers = set(prefix) - set(_VALUES)
        if strangers:
            raise ValueError(f"not alphanumeric: {''.join(sorted(strangers))!r} in {prefix!r}")
        self.prefix = prefix
        self._length = len(prefix) + LENGTH
        text = prefix + ALPHABET[-1] * LENGTH  # not zeros: qrcode 8 fails where a whole block of data is 0
        plain = qrcode.QRCode(error_correction=ERROR_CORRECT_Q)
        plain.add_data(QRData(text, mode=MODE_ALPHA_NUM))
        self.version: int = plain.best_fit()
        self.size = 4 * self.version + 17
        self.stride = -(-(self.size + 2 * QUIET_ZONE) // 8) * 8
        self._penalty = _Penalty(self.size, self.stride)
        numbers = _numbers(text)
        self._masks = [self._drawn(numbers, mask) for mask in MASKS]
        self._pairs = self._tables(numbers)
        self._prove(prefix + (ALPHABET * 2)[-LENGTH:])

    def _drawn(self, numbers: Sequence[int], mask: int) -> int:
        return self._read(_Numbers(numbers, self._length), mask)

    def _read(self, data: QRData, mask: int) -> int:
        code = qrcode.QRCode(self.version, ERROR_CORRECT_Q, border=0, mask_pattern=mask)
        code.add_data(data)
        code.make(fit=False)
        return framed(code.get_matrix(), self.stride)

    def _tables(self, numbers: list[int]) -> list[tuple[slice, dict[str, int]]]:
        """For each number that the code has a part in: which characters, and what each value of theirs changes."""
        first, tables = len(self.prefix) // 2, []
        for place in range(first, len(numbers)):
            changes = []
            for bit in range(_width(place, self._length)):
                other = [*numbers]
                other[place] ^= 1 << bit
                changes.append(self._drawn(other, 0) ^ self._masks[0])
            start = 2 * place - len(self.prefix)
            known = self.prefix[start:] if start < 0 else ""
            letters = [high + low for high in ALPHABET for low in ALPHABET]
            if known or start + 1 == LENGTH:
                letters = list(ALPHABET)
            table = {
                pair: _sum(changes[bit] for bit in range(11) if (_numbers(known + pair)[0] ^ numbers[place]) >> bit & 1)
                for pair in letters
            }
            tables.append((slice(max(start, 0), start + 2), table))
        return tables

    def _prove(self, text: str) -> None:
        """One symbol made both ways, in case a later `qrcode` no longer draws what the tables suppose."""
        if self.symbol(text[-LENGTH:], 5) != self._read(QRData(text, mode=MODE_ALPHA_NUM), 5):
            raise RuntimeError("this version of qrcode draws other symbols than the label tables suppose")

    def symbol(self, code: str, mask: int | None = None) -> int:
        """The symbol of a code in rows of `stride` bits; without a mask, the one with the smallest penalty.

        Raises KeyError for anything but LENGTH characters of ALPHABET.
        """
        if len(code) != LENGTH:
            raise KeyError(code)
        data = 0
        for part, table in self._pairs:
            data ^= table[code[part]]
        if mask is not None:
            return data ^ self._masks[mask]
        penalty = self._penalty
        return min([data ^ masked for masked in self._masks], key=penalty)

    def matrix(self, code: str, mask: int | None = None) -> int:
        """The bare symbol: size x size bits, no quiet zone."""
        symbol, row = self.symbol(code, mask), (1 << self.size) - 1
        right, matrix = self.stride - QUIET_ZONE - self.size, 0
        for place in reversed(range(self.size)):
            matrix = matrix << self.size | symbol >> place * self.stride + right & row
        return matrix

    def rows(self, code: str) -> bytes:
        """The symbol with the best mask as `size` rows of `stride` / 8 bytes."""
        return self.symbol(code).to_bytes(self.size * self.stride // 8, "big")

    def penalty(self, symbol: int) -> int:
        """Penalty of a symbol in rows of `stride` bits by ISO/IEC 18004, 7.8.3.1."""
        return self._penalty(symbol)


@lru_cache(maxsize=8)
def symbols_of(prefix: str) -> Symbols:
    """The tables of a prefix, made on first use and kept: some megabytes each."""
    return Symbols(prefix)


def framed(modules: Sequence[Sequence[bool]], stride: int) -> int:
    """Rows of modules as one integer with rows of `stride` bits."""
    rows = ("0" * QUIET_ZONE + "".join("1" if dark else "0" for dark in row) for row in modules)
    return int("".join(row.ljust(stride, "0") for row in rows), 2)


def _sum(parts: Iterable[int]) -> int:
    total = 0
    for part in parts:
        total ^= part
    return total


class _Penalty:
    """The four rules of ISO/IEC 18004, 7.8.3.1, on the whole symbol at once: shifted copies, AND, and counting.

    A bit of an AND with the copy shifted right by k stands for a module and its k-th neighbour to the left; by
    k rows, for the one above. Modules outside of the symbol count as neither dark nor light, as in `qrcode`.
    """

    def __init__(self, size: int, stride: int) -> None:
        def area(left: int, top: int) -> int:
            return framed([[x >= left and y >= top for x in range(size)] for y in range(size)], stride)

        self.stride, self.modules = stride, size * size
        self.all, self.not_left, self.not_top = area(0, 0), area(1, 0), area(0, 1)

    def __call__(self, dark: int) -> int:
        stride, light = self.stride, dark ^ self.all
        beside = (dark ^ dark >> 1) & self.not_left ^ self.not_left  # like its neighbour to the left
        above = (dark ^ dark >> stride) & self.not_top ^ self.not_top
        points = 3 * (beside & beside >> stride & above).bit_count()  # each block of 2 x 2 of one colour
        for like, step in (beside, 1), (above, stride):
            # A run of five costs 3 and each further module 1: every five in a row 1, every start of such a run 2.
            five = like & like >> step
            five &= five >> 2 * step
            points += five.bit_count() + 2 * (five ^ five & five >> step).bit_count()
            # 1011101, as in the finder patterns, with four light modules before or after it.
            finder = dark & light >> step & dark >> 2 * step & dark >> 3 * step
            finder &= dark >> 4 * step & light >> 5 * step & dark >> 6 * step
            four = light & light >> step
            four &= four >> 2 * step
            points += 40 * ((finder & four >> 7 * step).bit_count() + (finder & four << 4 * step).bit_count())
        # 10 for every 5 % by which the share of dark modules differs from half.
        return points + 10 * (abs(20 * dark.bit_count() - 10 * self.modules) // self.modules)
