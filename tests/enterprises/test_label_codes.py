"""Label codes: what is made is read back, mistakes are found, and a tag cannot be guessed."""

import json
import os
import random
from hashlib import blake2b
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises import label_codes
from enterprises.label_codes import ALPHABET, LENGTH, MAX_BATCH, MAX_COUNT, NotACode
from tests import label_vectors
from tests.tags import ROOT

SECRET, ORDER_KEY = bytes(range(32)), bytes(range(32, 64))
places = st.tuples(st.integers(0, MAX_BATCH), st.integers(0, MAX_COUNT - 1))
keys = st.binary(min_size=32, max_size=32)


def make(place):
    return label_codes.make(*place, secret=SECRET, order_key=ORDER_KEY)


@given(places, keys, keys)
def test_what_is_made_is_read_back_and_proven(place, secret, order_key):
    code = label_codes.make(*place, secret=secret, order_key=order_key)
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    *found, tag = label_codes.place_of(label_codes.read(code), order_key)
    assert tuple(found) == place
    assert label_codes.proven(*place, tag, secret)


@given(places, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found_and_its_group_named(place, at, letter):
    code = make(place)
    if code[at] == letter:
        return
    with pytest.raises(NotACode) as found:
        label_codes.read(code[:at] + letter + code[at + 1 :])
    assert found.value.kind == "check"
    assert found.value.group == at // 4 + 1


@given(places, st.integers(0, LENGTH - 2))
def test_two_neighbours_swapped_are_found(place, at):
    code = make(place)
    if code[at] == code[at + 1]:
        return
    with pytest.raises(NotACode):
        label_codes.read(code[:at] + code[at + 1] + code[at] + code[at + 2 :])


@given(places, st.data())
def test_any_two_wrong_characters_are_found(place, data):
    code = list(make(place))
    one, other = data.draw(st.lists(st.integers(0, LENGTH - 1), min_size=2, max_size=2, unique=True))
    for at in (one, other):
        code[at] = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != code[at]]))
    with pytest.raises(NotACode):
        label_codes.read("".join(code))


def test_the_check_characters_are_the_remainder_by_the_generator():
    """(x - α)(x - α²) divides every code, computed here by long division with tables of its own."""
    power, log, value = [], {}, 1
    for exponent in range(31):
        power.append(value)
        log[value] = exponent
        value = value << 1 ^ (0b100101 if value & 0b10000 else 0)

    def times(one, other):
        return power[(log[one] + log[other]) % 31] if one and other else 0

    generator = [1, power[1] ^ power[2], power[3]]
    for index in range(50):
        symbols = [ALPHABET.index(letter) for letter in make((4711, index))]
        for start in range(LENGTH - 2):
            factor = symbols[start]
            for offset, coefficient in enumerate(generator):
                symbols[start + offset] ^= times(factor, coefficient)
        assert symbols[-2:] == [0, 0]


def test_the_tag_is_the_first_60_bits_of_the_keyed_hash():
    """The construction of the specification, written a second time."""
    for batch, index in ((1, 1), (4711, 42), (MAX_BATCH, MAX_COUNT - 1)):
        data = b"gi-label/1" + batch.to_bytes(4, "big") + index.to_bytes(4, "big")
        digest = blake2b(data, key=SECRET, digest_size=8).digest()
        bits = "".join(f"{byte:08b}" for byte in digest)[:60]
        _batch, _index, tag = label_codes.place_of(make((batch, index)), ORDER_KEY)
        assert f"{tag:060b}" == bits


def test_a_random_code_passes_the_tag_with_chance_two_to_the_minus_60():
    """No tag is favoured: exactly one of the 2⁶⁰ proves a label, and every bit of it counts."""
    _batch, _index, tag = label_codes.place_of(make((7, 7)), ORDER_KEY)
    assert label_codes.proven(7, 7, tag, SECRET)
    assert not any(label_codes.proven(7, 7, tag ^ 1 << bit, SECRET) for bit in range(60))
    dice = random.Random(1)
    assert not any(label_codes.proven(7, 7, dice.getrandbits(60), SECRET) for _time in range(20_000))


def test_each_bit_of_tags_is_set_half_the_time():
    tags = [label_codes.tag_of(1, index, SECRET) for index in range(4000)]
    for bit in range(60):
        assert 1800 < sum(tag >> bit & 1 for tag in tags) < 2200


def test_neighbouring_labels_show_neither_order_nor_batch():
    """The first ten characters of consecutive labels are no sequence, and differ in half of their bits."""
    heads = [int(make((12, index))[:10].translate(str.maketrans(ALPHABET, "0123456789ABCDEFGHIJKLMNOPQRSTUV")), 32)
             for index in range(2000)]  # fmt: skip
    assert len(set(heads)) == 2000
    apart = [(one ^ other).bit_count() for one, other in pairwise(heads)]
    assert 23 < sum(apart) / len(apart) < 27
    rises = sum(one < other for one, other in pairwise(heads))
    assert 900 < rises < 1100


def test_places_are_shuffled_without_loss():
    seen = {label_codes._shuffled(place, ORDER_KEY) for place in range(5000)}
    assert len(seen) == 5000
    assert all(0 <= value < 1 << 50 for value in seen)


def test_another_secret_or_order_key_gives_other_codes():
    code = make((5, 5))
    for secret, order_key in ((os.urandom(32), ORDER_KEY), (SECRET, os.urandom(32))):
        assert label_codes.make(5, 5, secret=secret, order_key=order_key) != code


def test_many_codes_are_the_same_as_one_by_one():
    many = list(label_codes.make_many(4711, 990, 1010, secret=SECRET, order_key=ORDER_KEY))
    assert many == [(index, make((4711, index))) for index in range(990, 1011)]


@pytest.mark.parametrize("place", [(-1, 0), (MAX_BATCH + 1, 0), (0, -1), (0, MAX_COUNT)])
def test_places_outside_the_ranges_have_no_code(place):
    with pytest.raises(ValueError, match="no such label"):
        make(place)


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (9, 5), (0, MAX_COUNT)])
def test_ranges_outside_have_no_codes(first, last):
    with pytest.raises(ValueError, match="no such label"):
        next(label_codes.make_many(1, first, last, secret=SECRET, order_key=ORDER_KEY))


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_a_mistake_with_a_kind(text):
    try:
        found = len(label_codes.read(text))
    except NotACode as problem:
        found = problem.kind
    assert found in (LENGTH, "length", "letter", "check")


def test_a_very_long_text_is_refused_quickly():
    with pytest.raises(NotACode):
        label_codes.read("- " * 10_000_000)


def test_codes_are_shown_in_six_groups_and_printed_in_capitals():
    code = make((1, 1))
    assert label_codes.grouped(code).split("-") == [code[at : at + 4] for at in range(0, 24, 4)]
    assert label_codes.address("https://gi.example.cn", code) == "HTTPS://GI.EXAMPLE.CN/V/" + code


# --- The published vectors ---

FILE = ROOT / "docs" / "label-code-vectors.json"


def test_the_published_vectors_are_those_of_the_code():
    assert json.loads(FILE.read_text(encoding="utf-8")) == json.loads(json.dumps(label_vectors.document()))


def test_the_vectors_cover_what_can_go_wrong():
    vectors = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
    assert len(vectors) >= 300
    by_reason: dict[str, list] = {}
    for row in vectors:
        by_reason.setdefault(row["why"], []).append(row)
    for why in ("one character changed", "neighbours swapped"):
        assert all(row.get("error") == "check" for row in by_reason[why])
    for why in ("valid", "small letters", "look-alike letters", "hyphens", "blanks", "full-width letters",
                "whole address", "line end added by a scanner", "text added by a scanner"):  # fmt: skip
        assert all(row.get("proven") for row in by_reason[why]), why
    for why in ("secret of another batch", "well-formed with another tag"):
        assert all(row.get("proven") is False for row in by_reason[why]), why
    assert {row["error"] for row in by_reason["too short"] + by_reason["too long"]} == {"length"}
