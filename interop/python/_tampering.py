"""Single changes to a stored chain, each of which the reference refuses at full."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import Any

from _tampering_delegations import (
    delegation_fields,
    on_legacy,
    structured_fields,
    widen,
)
from _tampering_records import capability_fields, genesis_fields
from _tampering_tools import (
    Change,
    NamedChanges,
    Stored,
    Surroundings,
    drop,
    first,
    on_capability,
    setting,
    signature_with_flipped_bit,
)


@dataclass(frozen=True)
class Kind:
    what: str
    change: Change
    copies: int


def kinds() -> list[Kind]:
    """Every kind of tampering, in a fixed order."""
    often = [Kind(what, change, 6) for what, change in _broad_changes()]
    fields = genesis_fields() + capability_fields() + delegation_fields()
    rest = fields + structured_fields() + _envelope_fields() + _chain_state()
    return often + [Kind(what, change, 2) for what, change in rest]


def tampered(kind: Kind, stored: str, around: Surroundings) -> str | None:
    """Return the JSON of the changed chain, or None when the change does not apply."""
    chain = json.loads(stored)
    before = copy.deepcopy(chain)
    if kind.change(chain, around) is False or _same(chain, before):
        return None
    return json.dumps(chain)


def _same(left: Stored, right: Stored) -> bool:
    # As text: in Python 1 == 1.0 == True, on the wire they differ.
    return json.dumps(left) == json.dumps(right)


# -- the broad kinds ---------------------------------------------------------


def _broad_changes() -> NamedChanges:
    return [
        ("genesis metadata", _genesis_metadata),
        ("genesis expiry removed", _genesis_expiry_removed),
        ("capability renamed", on_capability(setting("capability", "*"))),
        ("capability constraint stripped or added", on_capability(_constraint)),
        ("capability dropped", lambda chain, _: drop(chain["capabilities"])),
        ("capability version downgraded", on_capability(_downgrade)),
        ("chain-state signature stripped", _strip_chain_state),
        ("envelope constraint stripped", _strip_envelope_constraint),
        ("signature truncated", _truncate_genesis_signature),
        ("delegation widened", on_legacy(widen)),
        ("delegation task changed", on_legacy(setting("task_id", "task-other"))),
        ("capability transplanted", _transplant),
    ]


def _genesis_metadata(chain: Stored, _: Surroundings) -> None:
    chain["genesis"]["metadata"]["department"] = "evil"


def _genesis_expiry_removed(chain: Stored, _: Surroundings) -> Any:
    if chain["genesis"]["expires_at"] is None:
        return False
    chain["genesis"]["expires_at"] = None


def _constraint(capability: Stored) -> None:
    if capability["constraints"]:
        capability["constraints"].pop()
    else:
        capability["constraints"].append("harmless")


def _downgrade(capability: Stored) -> Any:
    if "signing_payload_version" not in capability:
        return False
    del capability["signing_payload_version"]


def _strip_chain_state(chain: Stored, _: Surroundings) -> None:
    chain.pop("chain_state_signature", None)


def _strip_envelope_constraint(chain: Stored, _: Surroundings) -> Any:
    return drop(chain["constraint_envelope"]["active_constraints"])


def _truncate_genesis_signature(chain: Stored, _: Surroundings) -> None:
    chain["genesis"]["signature"] = chain["genesis"]["signature"][:40]


def _transplant(chain: Stored, around: Surroundings) -> None:
    other = first(
        [
            o
            for o in around.others_than(chain["genesis"]["agent_id"])
            if o["capabilities"]
        ]
    )
    chain["capabilities"].append(other["capabilities"][0])


# -- envelope and chain state ------------------------------------------------


def _envelope_fields() -> NamedChanges:
    def constraint(field: str, value: Any) -> tuple[str, Change]:
        def change(chain: Stored, _: Surroundings) -> Any:
            active = chain["constraint_envelope"]["active_constraints"]
            return setting(field, value)(active[0]) if active else False

        return f"envelope constraint {field}", change

    return [
        constraint("id", "con-00000000-0000-4000-8000-000000000000"),
        constraint("constraint_type", "temporal"),
        constraint("value", "harmless"),
        ("envelope constraint added", _add_envelope_constraint),
        ("envelope constraints emptied", _empty_envelope),
        ("envelope removed", _remove_envelope),
    ]


def _add_envelope_constraint(chain: Stored, _: Surroundings) -> None:
    chain["constraint_envelope"]["active_constraints"].append(
        {
            "id": "con-00000000-0000-4000-8000-000000000002",
            "constraint_type": "operational",
            "value": "harmless",
            "source": "policy",
            "priority": 0,
        }
    )


def _empty_envelope(chain: Stored, _: Surroundings) -> Any:
    if not chain["constraint_envelope"]["active_constraints"]:
        return False
    chain["constraint_envelope"]["active_constraints"] = []


def _remove_envelope(chain: Stored, _: Surroundings) -> Any:
    if not chain["constraint_envelope"]["active_constraints"]:
        return False
    chain["constraint_envelope"] = None


def _chain_state() -> NamedChanges:
    def flip(chain: Stored, _: Surroundings) -> None:
        signature = chain["chain_state_signature"]
        chain["chain_state_signature"] = signature_with_flipped_bit(signature)

    def borrow(chain: Stored, around: Surroundings) -> None:
        other = around.others_than(chain["genesis"]["agent_id"])[0]
        chain["chain_state_signature"] = other["chain_state_signature"]

    def empty(chain: Stored, _: Surroundings) -> None:
        chain["chain_state_signature"] = ""

    def reuse(chain: Stored, _: Surroundings) -> None:
        chain["chain_state_signature"] = chain["genesis"]["signature"]

    return [
        ("chain-state signature", flip),
        ("chain-state signature of another chain", borrow),
        ("chain-state signature empty", empty),
        ("chain-state signature of the genesis", reuse),
    ]
