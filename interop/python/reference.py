"""Asks the Python reference (kailash.trust) questions over stdin and stdout.

One JSON request per line, one JSON reply per line, in order:

    {"id": 1, "op": "version"}
    {"id": 1, "ok": true, "result": {"kailash": "2.65.0", "python": "3.11.7"}}
    {"id": 2, "ok": false, "error": {"type": "KeyError", "message": "..."}}

Records cross as JSON inside a string, so that no JSON library on the way
changes a number's literal. stdout carries replies only. The server ends with its
stdin. A "world" is a named set of authorities, keys and chains in this process.

op                 request fields -> result
version            -> {kailash, python}
canonical          json: [string] -> [{canonical, sha256}]
load               world, authorities: [{authority, private_key | null}],
                   chains: [stored] -> {agents: [id]}; replaces the world
put_chain          world, stored -> {agent_id}
get_chain          world, agent_id -> {stored}
verify             world, agent_id, action, level?, resource?, context? ->
                   {valid, reason, capability_used, effective_constraints,
                   violations}; an exception is {valid: false, reason: "raised
                   X: ..."}; context.current_time may be an ISO string
verify_many        world, queries: [as verify, without world] -> [verdict]
verify_stored      world, stored, queries: [{action, level}] -> [verdict], with
                   that chain in place of its agent's own during the call only;
                   reason "unreadable: ..." when it cannot be parsed
verify_anchor      world, stored, authority_id -> {valid, payload}
verify_delegation  world, stored -> {valid, reason}, by the delegator's chain
sign_stored        world, stored -> {stored}, with every hash and signature of a
                   chain made again by the reference, from the keys of the world
sign_anchor        world, stored, authority_id -> {stored}, the same for an anchor
hash_chain         stored -> {trust_chain_hash, chain_hash, stored_again}
establish          world, agent_id, authority_id, capabilities: [{capability,
                   capability_type, constraints, scope_json}], constraints?,
                   metadata_json?, expires_at? -> {stored}
delegate           world, delegator_id, delegatee_id, task_id, capabilities,
                   additional_constraints?, expires_at?, reasoning_trace?,
                   human_origin?, structured?: {constraints, resource_limits,
                   scope, multi_sig_policy?} -> {delegation, delegatee_chain}
audit              world, agent_id, action, resource?, result?, context_json?,
                   reasoning_trace?, human_origin? -> {stored}
generate_authority world, authority_id, name, authority_type -> {authority,
                   private_key}; makes the world if there is none of that name
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any, TextIO

# The output of a library must not get between the replies.
REPLIES = sys.stdout
sys.stdout = sys.stderr

from _ops import Operations


async def reply_to(operations: Operations, line: bytes) -> dict[str, Any]:
    request_id = None
    try:
        request = json.loads(line)
        request_id = request.get("id")
        result = await operations.answer(request)
        return {"id": request_id, "ok": True, "result": result}
    except Exception as error:  # one bad request must not end the server
        return {
            "id": request_id,
            "ok": False,
            "error": {"type": type(error).__name__, "message": str(error)},
        }


def write_reply(replies: TextIO, reply: dict[str, Any]) -> None:
    replies.write(json.dumps(reply, default=str) + "\n")
    replies.flush()


def main() -> None:
    operations = Operations()
    with asyncio.Runner() as runner:
        for line in sys.stdin.buffer:
            if line.strip():
                write_reply(REPLIES, runner.run(reply_to(operations, line)))


if __name__ == "__main__":
    main()
