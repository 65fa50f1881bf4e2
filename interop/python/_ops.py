"""The operations of the reference server. Their contract is in reference.py."""

from __future__ import annotations

import hashlib
import json
import platform
from typing import Any
from collections.abc import Awaitable, Callable

from _world import (
    World,
    delegation_text,
    parse_chain,
    parse_time,
    stored_text,
)

import kailash
from kailash.trust.authority import OrganizationalAuthority
from kailash.trust.chain import ActionResult, AuditAnchor, CapabilityType
from kailash.trust.execution_context import ExecutionContext, HumanOrigin
from kailash.trust.operations import CapabilityRequest
from kailash.trust.reasoning.traces import ReasoningTrace
from kailash.trust.signing.crypto import hash_chain, serialize_for_signing
from kailash.trust.signing.delegation_payload import (
    ConstraintDimensions,
    DelegationScope,
    MultiSigSigningPolicy,
    ResourceLimits,
)

Request = dict[str, Any]

STRUCTURED_PARTS = {
    "constraints": ConstraintDimensions,
    "resource_limits": ResourceLimits,
    "scope": DelegationScope,
    "multi_sig_policy": MultiSigSigningPolicy,
}


class Operations:
    """Answers requests; each public coroutine is one operation."""

    def __init__(self) -> None:
        self._worlds: dict[str, World] = {}

    async def answer(self, request: Request) -> Any:
        name = request.get("op")
        operation: Callable[[Request], Awaitable[Any]] | None = OPERATIONS.get(name)
        if operation is None:
            raise ValueError(f"unknown op {name!r}")
        return await operation(self, request)

    def _world(self, request: Request) -> World:
        name = request["world"]
        if name not in self._worlds:
            raise KeyError(f"no world {name!r}: load it first")
        return self._worlds[name]

    async def version(self, request: Request) -> Any:
        return {"kailash": kailash.__version__, "python": platform.python_version()}

    async def canonical(self, request: Request) -> Any:
        answers = []
        for text in request["json"]:
            canonical = serialize_for_signing(json.loads(text))
            digest = hashlib.sha256(canonical.encode("utf-8")).hexdigest()
            answers.append({"canonical": canonical, "sha256": digest})
        return answers

    async def load(self, request: Request) -> Any:
        world = World()
        for entry in request.get("authorities", []):
            await world.add_authority(
                OrganizationalAuthority.from_dict(entry["authority"]),
                entry.get("private_key"),
            )
        chains = [parse_chain(text) for text in request.get("chains", [])]
        for chain in chains:
            await world.put(chain)
        # Replaced only when all of it could be read.
        self._worlds[request["world"]] = world
        return {"agents": [chain.genesis.agent_id for chain in chains]}

    async def put_chain(self, request: Request) -> Any:
        chain = parse_chain(request["stored"])
        await self._world(request).put(chain)
        return {"agent_id": chain.genesis.agent_id}

    async def get_chain(self, request: Request) -> Any:
        return {"stored": await self._world(request).stored(request["agent_id"])}

    async def verify(self, request: Request) -> Any:
        return await _verify(self._world(request), request)

    async def verify_many(self, request: Request) -> Any:
        world = self._world(request)
        return [await _verify(world, query) for query in request["queries"]]

    async def verify_stored(self, request: Request) -> Any:
        world = self._world(request)
        return await world.verify_stored(request["stored"], request["queries"])

    async def verify_anchor(self, request: Request) -> Any:
        world = self._world(request)
        return await world.verify_anchor(request["stored"], request["authority_id"])

    async def verify_delegation(self, request: Request) -> Any:
        return await self._world(request).verify_delegation(request["stored"])

    async def sign_stored(self, request: Request) -> Any:
        chain = parse_chain(request["stored"])
        await self._world(request).sign_chain(chain)
        return {"stored": stored_text(chain)}

    async def sign_anchor(self, request: Request) -> Any:
        anchor = AuditAnchor.from_dict(json.loads(request["stored"]))
        await self._world(request).sign_anchor(anchor, request["authority_id"])
        return {"stored": json.dumps(anchor.to_dict())}

    async def hash_chain(self, request: Request) -> Any:
        chain = parse_chain(request["stored"])
        return {
            "trust_chain_hash": hash_chain(chain.to_dict()),
            "chain_hash": chain.hash(),
            "stored_again": stored_text(chain),
        }

    async def establish(self, request: Request) -> Any:
        world = self._world(request)
        chain = await world.ops.establish(
            agent_id=request["agent_id"],
            authority_id=request["authority_id"],
            capabilities=[_capability(c) for c in request["capabilities"]],
            constraints=request.get("constraints"),
            metadata=_parse_json(request.get("metadata_json")),
            expires_at=parse_time(request.get("expires_at")),
        )
        return {"stored": stored_text(chain)}

    async def delegate(self, request: Request) -> Any:
        world = self._world(request)
        record = await world.ops.delegate(
            delegator_id=request["delegator_id"],
            delegatee_id=request["delegatee_id"],
            task_id=request["task_id"],
            capabilities=request["capabilities"],
            additional_constraints=request.get("additional_constraints"),
            expires_at=parse_time(request.get("expires_at")),
            context=_human_context(request),
            reasoning_trace=_trace(request),
            **structured_parts(request.get("structured")),
        )
        return {
            "delegation": delegation_text(record),
            "delegatee_chain": await world.stored(record.delegatee_id),
        }

    async def audit(self, request: Request) -> Any:
        anchor = await self._world(request).ops.audit(
            agent_id=request["agent_id"],
            action=request["action"],
            resource=request.get("resource"),
            result=ActionResult(request.get("result", "success")),
            context_data=_parse_json(request.get("context_json")),
            context=_human_context(request),
            reasoning_trace=_trace(request),
        )
        return {"stored": json.dumps(anchor.to_dict())}

    async def generate_authority(self, request: Request) -> Any:
        world = self._worlds.setdefault(request["world"], World())
        authority, private_key = await world.generate_authority(
            request["authority_id"], request["name"], request["authority_type"]
        )
        return {"authority": authority.to_dict(), "private_key": private_key}


# Listed by name, so that a request can reach nothing but an operation.
OPERATIONS = {
    name: getattr(Operations, name)
    for name in (
        "version",
        "canonical",
        "load",
        "put_chain",
        "get_chain",
        "verify",
        "verify_many",
        "verify_stored",
        "verify_anchor",
        "verify_delegation",
        "sign_stored",
        "sign_anchor",
        "hash_chain",
        "establish",
        "delegate",
        "audit",
        "generate_authority",
    )
}


def structured_parts(parts: dict[str, Any] | None) -> dict[str, Any]:
    """The structured arguments of delegate(), which choose v2 or v3 signing."""
    return {
        name: STRUCTURED_PARTS[name].from_dict(value)
        for name, value in (parts or {}).items()
    }


async def _verify(world: World, query: Request) -> dict[str, Any]:
    return await world.verify(
        query["agent_id"],
        query["action"],
        query.get("level", "standard"),
        query.get("resource"),
        query.get("context"),
    )


def _capability(entry: dict[str, Any]) -> CapabilityRequest:
    scope = _parse_json(entry.get("scope_json"))
    return CapabilityRequest(
        capability=entry["capability"],
        capability_type=CapabilityType(entry["capability_type"]),
        constraints=entry.get("constraints") or [],
        scope=scope if scope is not None else {},
    )


def _human_context(request: Request) -> ExecutionContext | None:
    human = request.get("human_origin")
    return ExecutionContext(human_origin=HumanOrigin.from_dict(human)) if human else None


def _trace(request: Request) -> ReasoningTrace | None:
    trace = request.get("reasoning_trace")
    return ReasoningTrace.from_dict(trace) if trace else None


def _parse_json(text: str | None) -> Any:
    """Parse JSON whose number literals must stay as they are."""
    return json.loads(text) if text is not None else None
