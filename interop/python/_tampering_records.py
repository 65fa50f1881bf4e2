"""Tampering with the fields of the genesis and of the capabilities."""

from __future__ import annotations

import copy
from typing import Any

from _tampering_tools import (
    Change,
    NamedChanges,
    Stored,
    Surroundings,
    change_number_form,
    first,
    on_capability,
    other_expiry,
    next_second,
    setting,
    signature_with_flipped_bit,
)

# -- genesis -----------------------------------------------------------------


def genesis_fields() -> NamedChanges:
    def genesis(field: str, value: Any) -> tuple[str, Change]:
        change = setting(field, value)
        return f"genesis {field}", lambda chain, _: change(chain["genesis"])

    def authority(chain: Stored, around: Surroundings) -> None:
        record = chain["genesis"]
        record["authority_id"] = around.other_authority(record["authority_id"])

    def agent(chain: Stored, _: Surroundings) -> None:
        chain["genesis"]["agent_id"] += "-x"

    def number_form(chain: Stored, _: Surroundings) -> Any:
        return change_number_form(chain["genesis"]["metadata"])

    return [
        genesis("id", lambda g: g["id"][:-1] + ("0" if g["id"][-1] != "0" else "1")),
        ("genesis agent_id", agent),
        ("genesis authority_id", authority),
        (
            "genesis authority unknown",
            lambda chain, _: chain["genesis"].update(authority_id="org-nobody"),
        ),
        genesis(
            "authority_type",
            lambda g: "human" if g["authority_type"] != "human" else "system",
        ),
        genesis("created_at", lambda g: next_second(g["created_at"])),
        ("genesis expires_at", lambda chain, _: other_expiry(chain["genesis"])),
        (
            "genesis metadata key added",
            lambda chain, _: chain["genesis"]["metadata"].update({"": 0}),
        ),
        ("genesis metadata emptied", _empty_metadata),
        ("genesis metadata number form", number_form),
        ("genesis metadata constraints stripped", _strip_genesis_constraints),
        genesis("signature", lambda g: signature_with_flipped_bit(g["signature"])),
        ("genesis signature empty", _setting_genesis_signature("")),
        ("genesis signature of a capability", _genesis_signature_of_capability),
    ]


def _empty_metadata(chain: Stored, _: Surroundings) -> None:
    chain["genesis"]["metadata"] = {}


def _strip_genesis_constraints(chain: Stored, _: Surroundings) -> Any:
    return False if chain["genesis"]["metadata"].pop("constraints", None) is None else 1


def _setting_genesis_signature(value: str) -> Change:
    return lambda chain, _: chain["genesis"].update(signature=value)


def _genesis_signature_of_capability(chain: Stored, _: Surroundings) -> Any:
    if not chain["capabilities"]:
        return False
    chain["genesis"]["signature"] = chain["capabilities"][0]["signature"]


# -- capability --------------------------------------------------------------


def capability_fields() -> NamedChanges:
    def capability(field: str, value: Any) -> tuple[str, Change]:
        return f"capability {field}", on_capability(setting(field, value))

    def other_type(record: Stored) -> str:
        return "access" if record["capability_type"] != "access" else "delegation"

    def attester(chain: Stored, around: Surroundings) -> Any:
        record = first(chain["capabilities"])
        if record is None:
            return False
        record["attester_id"] = around.other_authority(record["attester_id"])

    return [
        capability("id", lambda c: "cap-00000000-0000-4000-8000-000000000000"),
        capability("capability_type", other_type),
        ("capability constraint replaced", on_capability(_replace_constraint)),
        ("capability constraints emptied", on_capability(_empty_constraints)),
        ("capability attester_id", attester),
        (
            "capability attester unknown",
            on_capability(setting("attester_id", "org-nobody")),
        ),
        capability("attested_at", lambda c: next_second(c["attested_at"])),
        ("capability expires_at", on_capability(other_expiry)),
        ("capability scope key added", on_capability(_widen_scope)),
        ("capability scope removed", on_capability(_remove_scope)),
        ("capability scope number form", on_capability(_scope_number_form)),
        (
            "capability version unknown",
            on_capability(setting("signing_payload_version", "v9-unknown")),
        ),
        (
            "capability signature",
            on_capability(
                setting(
                    "signature", lambda c: signature_with_flipped_bit(c["signature"])
                )
            ),
        ),
        (
            "capability signature truncated",
            on_capability(setting("signature", lambda c: c["signature"][:40])),
        ),
        ("capability signatures swapped", _swap_capability_signatures),
        ("capability duplicated", _duplicate_capability),
    ]


def _replace_constraint(capability: Stored) -> Any:
    if not capability["constraints"]:
        return False
    capability["constraints"][0] = "harmless"


def _empty_constraints(capability: Stored) -> Any:
    if not capability["constraints"]:
        return False
    capability["constraints"] = []


def _widen_scope(capability: Stored) -> Any:
    if capability["scope"] is None:
        return False
    capability["scope"]["databases"] = ["*"]


def _remove_scope(capability: Stored) -> Any:
    if capability["scope"] is None:
        return False
    capability["scope"] = None


def _scope_number_form(capability: Stored) -> Any:
    return change_number_form(capability["scope"] or {})


def _swap_capability_signatures(chain: Stored, _: Surroundings) -> Any:
    if len(chain["capabilities"]) < 2:
        return False
    first, second = chain["capabilities"][:2]
    first["signature"], second["signature"] = second["signature"], first["signature"]


def _duplicate_capability(chain: Stored, _: Surroundings) -> Any:
    if not chain["capabilities"]:
        return False
    chain["capabilities"].append(copy.deepcopy(chain["capabilities"][0]))
