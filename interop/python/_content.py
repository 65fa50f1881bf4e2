"""Awkward values: what JSON libraries and languages disagree about."""

from __future__ import annotations

import hashlib
import json
import random
from typing import Any

from kailash.trust.signing.crypto import serialize_for_signing

NUMBERS: list[Any] = [
    0, -0.0, 0.0, 1, -1, 1.0, -1.0, 100.0, 0.1, 0.30000000000000004, 123456.789,
    1e-4, 1e-05, 9.999e-05, 1e-07, 1.5e-10, 5e-324, 2.2250738585072014e-308,
    1e15, 1e16, 9999999999999998.0, 12345678901234567.0, 1e21, 1e22, 1e23,
    1.7976931348623157e308, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63,
    -(2**63), 2**63 + 11, 2**64 - 1, -(2**70), 10**40, 3.0e2, 4.35, 5e-7,
]  # fmt: skip

STRINGS: list[str] = [
    "", "plain", "é", "e\u0301", "naïve café", "漢字かな", "emoji 😀🚀", "ﬁ",
    "\x00\x1f\x7f", "\x80\x9f\xa0", "tab\tnewline\n\r\b\f\v", 'quote"back\\slash/',
    "\u2028\u2029", "\ufeff", "\ufffe", "\uffff", "\U0010ffff", "</script>",
    "\ud800", "\udc00 low first", "high last \udbff", "a" * 64,
]  # fmt: skip

# JSON that Python reads but would not write, so that a reader which keeps the
# literal as it came gives another canonical form.
FOREIGN_TEXTS: list[str] = [
    '{"v":-0}', '{"v":1E5}', '{"v":1e2}', '{"v":0.10}', '{"v":1.0E+2}',
    '{"v":10000000000000000.0}', '{"v":123456789012345678901234567890.0}',
    '{"v":0.00001}', '{"v":1e-400}', '{"v":4.9406564584124654e-324}',
    '{"v":0.1000000000000000055511151231257827}', '{"v":-1e-0}', '{"v":1e0}',
    '[ 1 ,\t2 ,\n3 ]', ' {"b" : [ ] , "a" : { } } ', '{"a":1,"b":2,"a":3}',
    '"\\/"', '"\\u0041\\u00e9\\u00C9"', '"\\ud83d\\ude00"', '"😀"', '"\x7f"',
    '"\\u007f\\u0080"', "null", "true", "-1", "1.0", '""', "[]", "{}",
]  # fmt: skip

# Key orders in which code points, UTF-16 units and insertion disagree, and names
# that mean something to a JavaScript object.
KEY_SETS: list[list[str]] = [
    ["😀", "ﬁ", "z", "v"],
    ["\ufffe", "\U00010000", "\ud800", "\udfff", "\ue000"],
    ["", " ", "\x00", "\x7f", "a", "A", "_", "Z"],
    ["10", "9", "2", "1", "01", "-1", "1e3"],
    ["__proto__", "constructor", "toString", "hasOwnProperty", "length"],
    ["é", "e\u0301", "e", "f"],
    ["a", "aa", "a\x00", "a😀", "a\uffff"],
    ["toJSON", "rawJSON", "then", "value"],
]


def nested(depth: int) -> Any:
    value: Any = 1.0
    for level in range(depth):
        value = {"d": value} if level % 2 else [value]
    return value


def random_value(rng: random.Random, depth: int = 3) -> Any:
    kind = rng.randrange(8 if depth else 5)
    if kind < 2:
        return rng.choice(NUMBERS)
    if kind < 4:
        return rng.choice(STRINGS)
    if kind == 4:
        return rng.choice([True, False, None, [], {}])
    if kind == 5:
        return [random_value(rng, depth - 1) for _ in range(rng.randint(1, 3))]
    keys = rng.choice(KEY_SETS + [STRINGS])
    chosen = rng.sample(keys, rng.randint(1, 3))
    return {key: random_value(rng, depth - 1) for key in chosen}


def canonical_entries(rng: random.Random) -> list[dict[str, str]]:
    """Text as it came, its signing form and the digest of that."""
    values: list[Any] = [{"v": number, "😀": 1, "ﬁ": 2} for number in NUMBERS]
    values += [{"v": text, text: 0} for text in STRINGS]
    values += [{key: i for i, key in enumerate(keys)} for keys in KEY_SETS]
    values += [nested(40), {"": {"": {"": [[], {}, [{}]]}}}]
    values += [{"v": random_value(rng), "ﬁ": 2, "z": 0} for _ in range(40)]
    texts = [json.dumps(value) for value in values] + FOREIGN_TEXTS
    return [_canonical_entry(text) for text in texts]


def _canonical_entry(text: str) -> dict[str, str]:
    canonical = serialize_for_signing(json.loads(text))
    digest = hashlib.sha256(canonical.encode("utf-8")).hexdigest()
    return {"json": text, "canonical": canonical, "sha256": digest}
