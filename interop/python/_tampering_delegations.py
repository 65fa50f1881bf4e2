"""Tampering with delegations, in the legacy form and in the engine's v2 and v3."""

from __future__ import annotations

from typing import Any
from collections.abc import Callable

from _tampering_tools import (
    Change,
    NamedChanges,
    Stored,
    Surroundings,
    drop,
    first,
    next_second,
    on_first,
    other_expiry,
    setting,
    signature_with_flipped_bit,
)


def on_legacy(change: Callable[[Stored], Any]) -> Change:
    def is_legacy(record: Stored) -> bool:
        return record["signing_payload_version"] == "legacy-python-v0"

    return on_first("delegations", change, is_legacy)


def _on_engine(change: Callable[[Stored], Any]) -> Change:
    return on_first("delegations", change, lambda r: "resource_limits" in r)


def _on_quorum(change: Callable[[Stored], Any]) -> Change:
    return on_first("delegations", change, lambda r: "multi_sig_policy" in r)


def _on_narrowed(change: Callable[[Stored], Any]) -> Change:
    return on_first("delegations", change, lambda r: "dimension_scope" in r)


def widen(delegation: Stored) -> None:
    delegation["capabilities_delegated"] = ["*"]


# -- the legacy form ----------------------------------------------------------


def delegation_fields() -> NamedChanges:
    def legacy(field: str, value: Any) -> tuple[str, Change]:
        return f"delegation {field}", on_legacy(setting(field, value))

    def delegator(chain: Stored, around: Surroundings) -> Any:
        record = first(chain["delegations"])
        if record is None:
            return False
        record["delegator_id"] = around.other_agent(record["delegator_id"])

    def flip(record: Stored) -> str:
        return signature_with_flipped_bit(record["signature"])

    return [
        legacy("id", "del-00000000-0000-4000-8000-000000000000"),
        ("delegation delegator_id", delegator),
        (
            "delegation delegator unknown",
            on_legacy(setting("delegator_id", "agent-nobody")),
        ),
        legacy("delegatee_id", "agent-somebody"),
        ("delegation capability added", on_legacy(_add_delegated)),
        ("delegation constraint_subset", on_legacy(_change_subset)),
        legacy("delegated_at", lambda d: next_second(d["delegated_at"])),
        ("delegation expires_at", on_legacy(other_expiry)),
        legacy("parent_delegation_id", "del-00000000-0000-4000-8000-000000000001"),
        legacy("reasoning_trace_hash", "0" * 64),
        ("delegation dimension_scope narrowed", on_legacy(_narrow)),
        ("delegation dimension_scope removed", _on_narrowed(_unscope)),
        ("delegation dimension_scope invalid", on_legacy(_invalid_scope)),
        ("delegation version unknown", on_legacy(_version("v9-unknown"))),
        ("delegation version v2 claimed", on_legacy(_version("v2-complete"))),
        ("delegation signature", on_legacy(setting("signature", flip))),
        (
            "delegation signature truncated",
            on_legacy(setting("signature", lambda d: d["signature"][:40])),
        ),
        ("delegation signature empty", on_legacy(setting("signature", ""))),
        ("delegation dropped", lambda chain, _: drop(chain["delegations"])),
        ("delegation transplanted", _transplant_delegation),
        ("reasoning decision changed", _on_traced(_change_decision)),
        ("reasoning signature missing", _on_traced(_drop_reasoning_signature)),
        ("reasoning signature changed", _on_traced(_flip_reasoning_signature)),
    ]


def _version(version: str) -> Callable[[Stored], None]:
    return setting("signing_payload_version", version)


def _add_delegated(record: Stored) -> None:
    record["capabilities_delegated"].append("super_admin")


def _change_subset(record: Stored) -> None:
    if record["constraint_subset"]:
        record["constraint_subset"].pop()
    else:
        record["constraint_subset"].append("harmless")


def _narrow(record: Stored) -> Any:
    if "dimension_scope" in record:
        return False
    record["dimension_scope"] = ["financial"]


def _unscope(record: Stored) -> None:
    del record["dimension_scope"]


def _invalid_scope(record: Stored) -> None:
    record["dimension_scope"] = ["everything"]


def _transplant_delegation(chain: Stored, around: Surroundings) -> Any:
    agent_id = chain["genesis"]["agent_id"]
    donor = first([o for o in around.others_than(agent_id) if o["delegations"]])
    chain["delegations"].append(donor["delegations"][0])


def _on_traced(change: Callable[[Stored], Any]) -> Change:
    def apply(chain: Stored, _: Surroundings) -> Any:
        # The reference looks at traces only when every delegation has one.
        records = chain["delegations"]
        if not records or any("reasoning_trace" not in r for r in records):
            return False
        return change(records[0])

    return apply


def _change_decision(record: Stored) -> None:
    record["reasoning_trace"]["decision"] += "!"


def _drop_reasoning_signature(record: Stored) -> None:
    del record["reasoning_signature"]


def _flip_reasoning_signature(record: Stored) -> None:
    flipped = signature_with_flipped_bit(record["reasoning_signature"])
    record["reasoning_signature"] = flipped


# -- the engine forms ---------------------------------------------------------


def structured_fields() -> NamedChanges:
    def part(name: str, field: str, value: Any) -> tuple[str, Change]:
        change = setting(field, value)
        return f"delegation {name}.{field}", _on_engine(lambda d: change(d[name]))

    def negated(field: str) -> tuple[str, Change]:
        return part("constraints", field, lambda c: not c[field])

    def more(name: str, field: str) -> tuple[str, Change]:
        return part(name, field, lambda p: (p[field] or 0) + 1)

    return [
        ("engine delegation delegatee", _on_engine(setting("delegatee_id", "agent-y"))),
        ("engine delegation widened", _on_engine(widen)),
        ("engine delegation capabilities reordered", _on_engine(_reorder)),
        (
            "engine delegation delegated_at",
            _on_engine(
                setting("delegated_at", lambda d: next_second(d["delegated_at"]))
            ),
        ),
        ("engine delegation expires_at", _on_engine(other_expiry)),
        ("engine delegation fraction", _on_engine(_add_fraction)),
        (
            "engine delegation parent",
            _on_engine(setting("parent_delegation_id", "del-x")),
        ),
        (
            "engine delegation reasoning hash",
            _on_engine(setting("reasoning_trace_hash", "0" * 64)),
        ),
        ("engine delegation scoped", _on_engine(_narrow)),
        *[
            negated(field)
            for field in (
                "allow_code_execution",
                "allow_delegation",
                "allow_filesystem",
                "allow_network",
                "allow_state_mutation",
                "reasoning_required",
            )
        ],
        part("constraints", "allowed_tools", ["shell"]),
        more("constraints", "max_context_tokens"),
        *[
            more("resource_limits", field)
            for field in (
                "max_execution_secs",
                "max_llm_calls",
                "max_tool_calls",
                "max_total_tokens",
            )
        ],
        ("delegation limit as float", _on_engine(_limit_as_float)),
        part("scope", "domain", "everything"),
        more("scope", "max_financial_cents"),
        part("scope", "operations", lambda s: [*s["operations"], "delete"]),
        ("delegation scope.operations reordered", _on_engine(_reorder_operations)),
        ("delegation scope removed", _on_engine(_remove_part("scope"))),
        ("delegation v2 called legacy", _on_engine(_version("legacy-python-v0"))),
        ("quorum threshold lowered", _on_quorum(_lower_threshold)),
        ("quorum signer replaced", _on_quorum(_replace_signer)),
        ("quorum signer removed", _on_quorum(_remove_signer)),
        ("quorum signer added", _on_quorum(_add_signer)),
        ("quorum signer twice", _on_quorum(_repeat_signer)),
        ("quorum threshold too high", _on_quorum(_raise_threshold)),
        ("quorum policy removed", _on_quorum(_remove_part("multi_sig_policy"))),
        ("quorum flag removed", _on_quorum(_remove_part("multi_sig"))),
        ("quorum called v2", _on_quorum(_quorum_as_v2)),
    ]


def _reorder(record: Stored) -> None:
    record["capabilities_delegated"].reverse()


def _add_fraction(record: Stored) -> None:
    record["delegated_at"] = record["delegated_at"].replace("+", ".000001+")


def _limit_as_float(record: Stored) -> None:
    limits = record["resource_limits"]
    limits["max_tool_calls"] = float(limits["max_tool_calls"])


def _reorder_operations(record: Stored) -> None:
    record["scope"]["operations"].reverse()


def _remove_part(name: str) -> Callable[[Stored], None]:
    return lambda record: record.pop(name)


def _lower_threshold(record: Stored) -> Any:
    if record["multi_sig_policy"]["threshold"] < 2:
        return False
    record["multi_sig_policy"]["threshold"] -= 1


def _raise_threshold(record: Stored) -> None:
    record["multi_sig_policy"]["threshold"] = 9


def _replace_signer(record: Stored) -> None:
    record["multi_sig_policy"]["authorized_signers"][0] = "ab" * 32


def _remove_signer(record: Stored) -> Any:
    policy = record["multi_sig_policy"]
    if len(policy["authorized_signers"]) <= policy["threshold"]:
        return False
    policy["authorized_signers"].pop()


def _add_signer(record: Stored) -> None:
    record["multi_sig_policy"]["authorized_signers"].append("cd" * 32)


def _repeat_signer(record: Stored) -> None:
    signers = record["multi_sig_policy"]["authorized_signers"]
    signers.append(signers[0])


def _quorum_as_v2(record: Stored) -> None:
    del record["multi_sig"], record["multi_sig_policy"]
    record["signing_payload_version"] = "v2-complete"
