"""Checks a receipt with the reference's own code: every chain at `full`, every delegation, every anchor, the trail.

Usage: python verify_receipt.py RECEIPT.json
Prints one line for each record and ends with `N accepted, M refused`; exit code 1 if any is refused.
"""

import asyncio
import hashlib
import json
import logging
import sys
from datetime import datetime
from pathlib import Path

from kailash.trust.authority import OrganizationalAuthority
from kailash.trust.chain import AuditAnchor, DelegationRecord, TrustLineageChain, VerificationLevel
from kailash.trust.chain_store.memory import InMemoryTrustStore
from kailash.trust.exceptions import AuthorityNotFoundError
from kailash.trust.operations import TrustKeyManager, TrustOperations
from kailash.trust.signing.crypto import hash_chain, serialize_for_signing, verify_signature

logging.disable(logging.CRITICAL)


class Authorities:
    """The reference's registry protocol over the authorities of a receipt."""

    def __init__(self, texts):
        self._known = {a.id: a for a in (OrganizationalAuthority.from_dict(json.loads(t)) for t in texts)}

    async def initialize(self):
        pass

    async def get_authority(self, authority_id, include_inactive=False):
        if authority_id not in self._known:
            raise AuthorityNotFoundError(authority_id)
        return self._known[authority_id]

    async def update_authority(self, authority):
        self._known[authority.id] = authority


ENDINGS = ("orchestration_complete", "orchestration_failed")


def is_run_ending(anchor):
    """Whether an anchor ends its run, and is not an agent's act of the same name."""
    context = anchor.get("context") or {}
    return anchor["action"] in ENDINGS and "invocation_id" not in context and "entries" in context


def milliseconds(anchor):
    """The time of an anchor; trails are ordered by their sequence, and compared to the millisecond."""
    return int(datetime.fromisoformat(anchor["timestamp"]).timestamp() * 1000)


def trail_verdicts(receipt):
    """Yields (what, accepted, why) for each place of the trail: the rule that `verifyTrail` and `verifyReceipt` share.

    An anchor is signed for its place and is never earlier than the one before it. The last one ends the run.
    """
    previous, latest, seen, ended = "0" * 64, None, set(), False
    for sequence, text in enumerate(receipt["anchors"], start=1):
        anchor = json.loads(text)
        context = anchor.get("context") or {}
        place = {"id": receipt["run_id"], "sequence": sequence, "previous": previous}
        names = {name for name in (anchor["id"], context.get("invocation_id")) if name}
        at = milliseconds(anchor)
        reasons = [
            "it was signed for another place" if context.get("trail") != place else "",
            "it is earlier than the one before it" if latest is not None and at < latest else "",
            "it is recorded twice" if names & seen else "",
            "it comes after the end of the run" if ended else "",
            "the run has another number of entries" if is_run_ending(anchor) and context["entries"] != sequence else "",
        ]
        reason = next(filter(None, reasons), "")
        yield f"place {sequence} of the trail", not reason, reason
        previous = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        latest, ended = at, ended or is_run_ending(anchor)
        seen |= names
    yield "end of the trail", ended and previous == receipt["trail_hash"], "the trail is not whole"


async def verdicts(receipt):
    """Yields (what, accepted, why) for each record of a receipt."""
    authorities = Authorities(receipt["authorities"])
    store = InMemoryTrustStore()
    operations = TrustOperations(authorities, TrustKeyManager(), store)
    chains = [TrustLineageChain.from_dict(json.loads(text)) for text in receipt["chains"]]
    for chain in chains:
        await store.store_chain(chain)
    for chain in chains:
        agent_id = chain.genesis.agent_id
        for capability in chain.capabilities:
            result = await operations.verify(agent_id, capability.capability, level=VerificationLevel.FULL)
            yield f"chain of {agent_id} for {capability.capability}", result.valid, result.reason
    for text in receipt["delegations"]:
        delegation = DelegationRecord.from_dict(json.loads(text))
        delegator = await store.get_chain(delegation.delegator_id)
        result = await operations._verify_delegation_signature(delegation, delegator)
        yield f"delegation {delegation.delegator_id} to {delegation.delegatee_id}", result.valid, result.reason
    hashes = {hash_chain(chain.to_dict()) for chain in chains}
    for text in receipt["anchors"]:
        anchor = AuditAnchor.from_dict(json.loads(text))
        chain = await store.get_chain(anchor.agent_id)
        authority = await authorities.get_authority(chain.genesis.authority_id)
        payload = serialize_for_signing(anchor.to_signing_payload())
        signed = verify_signature(payload, anchor.signature, authority.public_key)
        yield f"anchor {anchor.agent_id} {anchor.action}", signed and anchor.trust_chain_hash in hashes, "signature or chain hash"
    for verdict in trail_verdicts(receipt):
        yield verdict


async def main(path):
    accepted = refused = 0
    async for what, ok, why in verdicts(json.loads(Path(path).read_text(encoding="utf-8"))):
        accepted, refused = accepted + ok, refused + (not ok)
        print(f"  {'accepted' if ok else 'REFUSED '} {what}{'' if ok else f': {why}'}")
    print(f"{accepted} accepted, {refused} refused")
    return 0 if accepted and not refused else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(asyncio.run(main(sys.argv[1])))
