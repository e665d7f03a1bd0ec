"""LEAF. Label codes: made from a batch number and an index, read back, and proven, without a table of codes.

The published form is `docs/label-code.md`, with test vectors for other implementations. In short: 110 bits are
batch number (26) · index in the batch (24) · tag (60). Batch and index are shuffled under the *order key*, so that
a code shows neither volume nor order. The tag is the first 60 bits of BLAKE2b under the *secret of the batch*: it
alone is what makes a code hard to invent (one guess in 2⁶⁰). Written in Crockford's base32 as 22 characters, and two
Reed-Solomon check characters over GF(32) find every mistake in one or two places, hence every swap of neighbours.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from hashlib import blake2b

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 24, 4
BATCH_BITS, INDEX_BITS, TAG_BITS = 26, 24, 60
MAX_BATCH, MAX_COUNT = (1 << BATCH_BITS) - 1, 1 << INDEX_BITS
KEY_BYTES = 32

_HALF = 25
_HALF_MASK = (1 << _HALF) - 1
_ROUNDS = 4
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_AS_PYTHON_READS = str.maketrans(ALPHABET, "0123456789ABCDEFGHIJKLMNOPQRSTUV")
_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]


class NotACode(ValueError):
    """A text that cannot be a label code. `kind`: length, letter or check; `group`: where to look again, from 1.

    With `check`, the group is the one to mend if a single character is wrong; None where no single one explains it.
    """

    def __init__(self, kind: str, *, found: int = 0, letter: str = "", group: int | None = None) -> None:
        super().__init__(kind)
        self.kind, self.found, self.letter, self.group = kind, found, letter, group


# --- Check characters: Reed-Solomon over GF(32) ---


def _powers() -> tuple[list[int], list[int]]:
    """Powers of x modulo x⁵+x²+1, and their logarithms."""
    powers, logarithms, value = [], [0] * 32, 1
    for exponent in range(31):
        powers.append(value)
        logarithms[value] = exponent
        value = value << 1 ^ (0b100101 if value & 16 else 0)
    return powers * 2, logarithms


_POWER, _LOG = _powers()


def _times(one: int, other: int) -> int:
    return _POWER[_LOG[one] + _LOG[other]] if one and other else 0


def _checks(symbols: list[int]) -> tuple[int, int]:
    """The two check symbols: remainder of the message, times x², by (x - α)(x - α²) = x² + (α+α²)x + α³."""
    middle, last = _POWER[1] ^ _POWER[2], _POWER[3]
    high = low = 0
    for symbol in symbols:
        carried = high ^ symbol
        high, low = low ^ _times(carried, middle), _times(carried, last)
    return high, low


@cache
def _check_tables() -> list[list[int]]:
    """For each of the eleven pairs of characters and each of its values, what it adds to both check symbols.

    The check symbols are linear, so that those of a code are the XOR of eleven entries.
    """
    tables = []
    for place in range(0, LENGTH - 2, 2):
        table = []
        for value in range(1024):
            symbols = [0] * (LENGTH - 2)
            symbols[place : place + 2] = value >> 5, value & 31
            high, low = _checks(symbols)
            table.append(high << 5 | low)
        tables.append(table)
    return tables


def _written(bits: int) -> str:
    """110 bits as 22 characters and their two check characters."""
    pairs = [bits >> shift & 1023 for shift in range(100, -1, -10)]
    return "".join([_PAIRS[pair] for pair in pairs]) + _PAIRS[_check_of(bits)]


def _check_of(bits: int) -> int:
    """The two check symbols of 110 bits, as one number of 10 bits."""
    check = 0
    for table in reversed(_check_tables()):
        check ^= table[bits & 1023]
        bits >>= 10
    return check


def _bits(code: str) -> int:
    """The 120 bits of 24 characters of the alphabet."""
    return int(code.translate(_AS_PYTHON_READS), 32)


# --- Order: a keyed permutation of batch and index ---


@lru_cache(maxsize=8)
def _rounds(order_key: bytes) -> list[blake2b]:
    """The round functions, each ready to be copied: BLAKE2b under the order key, of 'gi-order/1' and the round."""
    return [blake2b(b"gi-order/1" + bytes([number]), key=order_key, digest_size=4) for number in range(_ROUNDS)]


def _round(prepared: blake2b, half: int) -> int:
    function = prepared.copy()
    function.update(half.to_bytes(4, "big"))
    return int.from_bytes(function.digest(), "big") >> (32 - _HALF)


def _shuffled(place: int, order_key: bytes) -> int:
    """A balanced Feistel network of four rounds on 25 | 25 bits."""
    left, right = place >> _HALF, place & _HALF_MASK
    for prepared in _rounds(order_key):
        left, right = right, left ^ _round(prepared, right)
    return left << _HALF | right


def _unshuffled(value: int, order_key: bytes) -> int:
    left, right = value >> _HALF, value & _HALF_MASK
    for prepared in reversed(_rounds(order_key)):
        left, right = right ^ _round(prepared, left), left
    return left << _HALF | right


# --- Codes ---


@lru_cache(maxsize=4096)
def _tags(secret: bytes) -> blake2b:
    return blake2b(b"gi-label/1", key=secret, digest_size=8)


def tag_of(batch: int, index: int, secret: bytes) -> int:
    """The 60 bits that only the holder of the batch's secret can compute."""
    function = _tags(secret).copy()
    function.update(batch.to_bytes(4, "big") + index.to_bytes(4, "big"))
    return int.from_bytes(function.digest(), "big") >> (64 - TAG_BITS)


def make(batch: int, index: int, *, secret: bytes, order_key: bytes) -> str:
    """The code of one label, 24 characters without separators. Raises ValueError outside the ranges."""
    if not (0 <= batch <= MAX_BATCH and 0 <= index < MAX_COUNT):
        raise ValueError(f"no such label: {batch}, {index}")
    place = _shuffled(batch << INDEX_BITS | index, order_key)
    return _written(place << TAG_BITS | tag_of(batch, index, secret))


def make_many(batch: int, first: int, last: int, *, secret: bytes, order_key: bytes) -> Iterator[tuple[int, str]]:
    """Index and code of the labels from `first` to `last`, both included, one after the other."""
    if not (0 <= batch <= MAX_BATCH and 0 <= first <= last + 1 <= MAX_COUNT):
        raise ValueError(f"no such labels: {batch}, {first}-{last}")
    # The same as `make`, with everything looked up once: a million codes take some seconds.
    one, two, three, four = _rounds(order_key)
    tags, pairs, tables, size = _tags(secret), _PAIRS, _check_tables(), int.from_bytes
    t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10 = tables
    name, shift = batch.to_bytes(4, "big"), 32 - _HALF
    for index in range(first, last + 1):
        place = batch << INDEX_BITS | index
        left, right = place >> _HALF, place & _HALF_MASK
        for prepared in (one, two, three, four):
            function = prepared.copy()
            function.update(right.to_bytes(4, "big"))
            left, right = right, left ^ size(function.digest(), "big") >> shift
        function = tags.copy()
        function.update(name + index.to_bytes(4, "big"))
        bits = (left << _HALF | right) << TAG_BITS | size(function.digest(), "big") >> 4
        a, b, c, d = bits >> 100, bits >> 90 & 1023, bits >> 80 & 1023, bits >> 70 & 1023
        e, f, g, h = bits >> 60 & 1023, bits >> 50 & 1023, bits >> 40 & 1023, bits >> 30 & 1023
        i, j, k = bits >> 20 & 1023, bits >> 10 & 1023, bits & 1023
        check = (t0[a] ^ t1[b] ^ t2[c] ^ t3[d] ^ t4[e] ^ t5[f] ^ t6[g] ^ t7[h] ^ t8[i] ^ t9[j] ^ t10[k])
        yield index, (pairs[a] + pairs[b] + pairs[c] + pairs[d] + pairs[e] + pairs[f] + pairs[g] + pairs[h]
                      + pairs[i] + pairs[j] + pairs[k] + pairs[check])  # fmt: skip


def place_of(code: str, order_key: bytes) -> tuple[int, int, int]:
    """Batch, index and tag that a code of 24 characters states. Whether the tag is right is `proven`'s to say."""
    bits = _bits(code) >> 10
    place = _unshuffled(bits >> TAG_BITS, order_key)
    return place >> INDEX_BITS, place & MAX_COUNT - 1, bits & (1 << TAG_BITS) - 1


def proven(batch: int, index: int, tag: int, secret: bytes) -> bool:
    """Whether the tag is the one of this batch's secret, compared in constant time."""
    return hmac.compare_digest(tag_of(batch, index, secret).to_bytes(8, "big"), tag.to_bytes(8, "big"))


# --- What people type and scanners send ---

_ADDRESS = re.compile(r"^.*/v/", re.IGNORECASE | re.DOTALL)
# 24 letters and digits with anything between that is neither; what follows after a gap was added by the scanner.
_TYPED = re.compile(r"[^0-9A-Z]*((?:[0-9A-Z][\W_]*){23}[0-9A-Z])(?:[\W_].*)?", re.DOTALL)
_AS_PRINTED = re.compile(f"[{ALPHABET}]{{{LENGTH}}}/?", re.ASCII)
_NOT_A_LETTER = re.compile(r"[\W_]+")


def read(text: str) -> str:
    """The code that somebody typed, pasted or scanned, as 24 characters. Raises NotACode.

    Forgives small and full-width letters, separators, a whole address, O for 0, I and L for 1, and what a scanner
    adds behind the code.
    """
    if _AS_PRINTED.fullmatch(text):  # most are scanned
        letters = text.rstrip("/")
        bits = _bits(letters)
        if _check_of(bits >> 10) == bits & 1023:
            return letters
    text = unicodedata.normalize("NFKC", text[:400]).upper()
    text = _ADDRESS.sub("", text).partition("?")[0].partition("#")[0]
    found = _TYPED.fullmatch(text)
    letters = _NOT_A_LETTER.sub("", found[1] if found else text)
    if len(letters) != LENGTH:
        raise NotACode("length", found=len(letters))
    for place, letter in enumerate(letters):
        if letter not in _VALUES:
            raise NotACode("letter", letter=letter, group=place // GROUP + 1)
    symbols = [_VALUES[letter] for letter in letters]
    _must_check(symbols)
    return "".join(ALPHABET[symbol] for symbol in symbols)


def _must_check(symbols: list[int]) -> None:
    first = second = 0
    for symbol in symbols:
        first, second = _times(first, _POWER[1]) ^ symbol, _times(second, _POWER[2]) ^ symbol
    if not first and not second:
        return
    # One wrong character at x^e changes the two sums by v·α^e and v·α^2e: their ratio tells the place.
    group = None
    if first and second:
        exponent = (_LOG[second] - _LOG[first]) % 31
        if exponent < LENGTH:
            group = (LENGTH - 1 - exponent) // GROUP + 1
    raise NotACode("check", group=group)


def grouped(code: str) -> str:
    """Six groups of four, as printed under the symbol."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def address(site: str, code: str) -> str:
    """What the printed symbol holds: all capitals, so that it fits the denser alphanumeric mode."""
    return f"{site}/V/".upper() + code
