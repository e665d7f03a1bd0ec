"""Test vectors of label codes: `python -m tests.label_vectors > docs/label-code-vectors.json`.

Each vector is a text and what reading it must give: the code with batch, index and whether the tag is right, or the
kind of mistake. The keys are printed there: they are examples and sign nothing real.
"""

import hashlib
import json
import random
import sys

from enterprises import label_codes

ORDER_KEY = hashlib.sha256(b"example order key").digest()
SECRETS = {number: hashlib.sha256(b"example secret %d" % number).digest() for number in (1, 2, 4711, 67108863)}


def code(batch: int, index: int) -> str:
    return label_codes.make(batch, index, secret=SECRETS[batch], order_key=ORDER_KEY)


def told(text: str) -> dict[str, object]:
    """What reading a text gives."""
    try:
        found = label_codes.read(text)
    except label_codes.NotACode as problem:
        return {"text": text, "error": problem.kind, "group": problem.group}
    batch, index, tag = label_codes.place_of(found, ORDER_KEY)
    proven = batch in SECRETS and label_codes.proven(batch, index, tag, SECRETS[batch])
    return {"text": text, "code": found, "batch": batch, "index": index, "proven": proven}


def vectors() -> list[dict[str, object]]:
    dice = random.Random(20261121)
    rows: list[dict[str, object]] = []

    def add(why: str, text: str) -> None:
        rows.append({"why": why, **told(text)})

    for batch in SECRETS:
        for index in (0, 1, 2, 255, 256, 65535, 65536, 9_999_999, (1 << 24) - 1):
            add("valid", code(batch, index))
    first = code(4711, 42)
    for place in range(24):
        for _time in range(8):
            other = dice.choice([letter for letter in label_codes.ALPHABET if letter != first[place]])
            add("one character changed", first[:place] + other + first[place + 1 :])
    for text in (first, code(2, 65535)):
        for place in range(23):
            if text[place] != text[place + 1]:
                add("neighbours swapped", text[:place] + text[place + 1] + text[place] + text[place + 2 :])
    for length in (0, 1, 4, 12, 20, 22, 23):
        add("too short", first[:length])
    for more in ("0", "7KQ2", first):
        add("too long", first + more)
    for place in (3, 10, 17):
        add("a letter that is in no code", first[:place] + "U" + first[place + 1 :])
    for text in (code(1, 1), code(1, 2), code(2, 1), code(4711, 42)):
        add("small letters", text.lower())
        add("look-alike letters", text.replace("0", "O").replace("1", "I"))
        add("look-alike small letters", text.lower().replace("0", "o").replace("1", "l"))
        add("hyphens", label_codes.grouped(text))
        add("blanks", label_codes.grouped(text).replace("-", " "))
        add("full-width letters", "".join(chr(ord(letter) + 0xFEE0) for letter in text))
        add("whole address", f"HTTPS://GI.EXAMPLE.CN/V/{text}")
        add("address of the page", f"https://gi.example.cn/v/{label_codes.grouped(text)}/?lang=en")
        add("line end added by a scanner", text + "\r\n")
        add("text added by a scanner", text + " 2026-11-21 QR")
        add("words before the code", f"标签码：{label_codes.grouped(text)}。")
    swapped_secret = label_codes.make(1, 7, secret=SECRETS[2], order_key=ORDER_KEY)
    add("secret of another batch", swapped_secret)
    add("other order key", label_codes.make(1, 7, secret=SECRETS[1], order_key=bytes(32)))
    for index in range(8):
        bits = code(4711, index)[:21]
        add("well-formed with another tag", _completed(bits + dice.choice(label_codes.ALPHABET)))
    return rows


def _completed(symbols: str) -> str:
    """22 characters with the check characters that belong to them."""
    values = [label_codes.ALPHABET.index(letter) for letter in symbols]
    return symbols + "".join(label_codes.ALPHABET[value] for value in label_codes._checks(values))


def document() -> dict[str, object]:
    return {
        "format": "gi-label/1",
        "order_key": ORDER_KEY.hex(),
        "secrets": {str(number): secret.hex() for number, secret in SECRETS.items()},
        "vectors": vectors(),
    }


if __name__ == "__main__":
    json.dump(document(), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
