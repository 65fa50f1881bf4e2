"""The vocabulary in which the kinds of tampering are written.

A change is a function of the parsed chain. It returns False when that chain does
not have what it would change.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from collections.abc import Callable

Stored = dict[str, Any]


@dataclass(frozen=True)
class Surroundings:
    """The other chains and authorities that a change can borrow from."""

    others: list[Stored]
    authority_ids: list[str]

    def other_authority(self, authority_id: str) -> str:
        return next(a for a in self.authority_ids if a != authority_id)

    def other_agent(self, agent_id: str) -> str:
        return self.others_than(agent_id)[0]["genesis"]["agent_id"]

    def others_than(self, agent_id: str) -> list[Stored]:
        return [o for o in self.others if o["genesis"]["agent_id"] != agent_id]


Change = Callable[[Stored, Surroundings], Any]
NamedChanges = list[tuple[str, Change]]


def signature_with_flipped_bit(signature: str) -> str:
    raw = bytearray(base64.b64decode(signature))
    raw[10] ^= 1
    return base64.b64encode(bytes(raw)).decode()


def next_second(stamp: str) -> str:
    """Another moment, in the same written form."""
    units = len("2026-01-02T03:04:0")
    digit = "1" if stamp[units] == "0" else "0"
    return stamp[:units] + digit + stamp[units + 1 :]


def other_expiry(record: Stored) -> None:
    """Prolong, or end what has no end: for ever is the tempting direction."""
    record["expires_at"] = None if record["expires_at"] else "2098-01-01T00:00:00+00:00"


def first(records: list[Stored]) -> Any:
    return records[0] if records else None


def on_first(
    records: str, change: Callable[[Stored], Any], when: Callable[[Stored], bool]
) -> Change:
    """Change the first record of a list that is of the wanted sort."""

    def apply(chain: Stored, _: Surroundings) -> Any:
        record = first([r for r in chain[records] if when(r)])
        return False if record is None else change(record)

    return apply


def setting(field: str, value: Any) -> Callable[[Stored], None]:
    def change(record: Stored) -> None:
        record[field] = value(record) if callable(value) else value

    return change


def on_capability(change: Callable[[Stored], Any]) -> Change:
    return on_first("capabilities", change, lambda _: True)


def drop(records: list[Any]) -> Any:
    return records.pop() if records else False


def change_number_form(metadata: Stored) -> Any:
    """1 to 1.0 or back: the same number in most languages, other signed bytes."""
    for key, value in metadata.items():
        if isinstance(value, float) and value.is_integer():
            metadata[key] = int(value)
            return True
        if type(value) is int and abs(value) <= 2**53:
            metadata[key] = float(value)
            return True
    return False
