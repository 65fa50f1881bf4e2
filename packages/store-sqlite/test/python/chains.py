"""Runs the reference's own store on the chains in a file.

    chains.py initialize PATH                make the file, if need be, and its table
    chains.py schema PATH                    print the SQL of the table as the file holds it
    chains.py revoke PATH AGENT              end a chain as TrustOperations.revoke_trust does
    chains.py remove PATH AGENT              remove its row
    chains.py touch PATH AGENT               read a chain and write it back
    chains.py copy PATH AGENT OTHER_PATH     read a chain and write it to another file
    chains.py list PATH                      print the agents of all active chains
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import sys

logging.disable(logging.CRITICAL)

from kailash.trust.chain_store.sqlite import SqliteTrustStore


async def main(command: str, path: str, agent: str = "", other: str = "") -> object:
    if command == "schema":
        query = "SELECT sql FROM sqlite_master WHERE name = 'trust_chains'"
        return sqlite3.connect(path).execute(query).fetchone()[0]
    store = SqliteTrustStore(path)
    await store.initialize()
    try:
        if command == "revoke":
            await store.delete_chain(agent, soft_delete=True)
        elif command == "remove":
            await store.delete_chain(agent, soft_delete=False)
        elif command == "touch":
            await store.update_chain(agent, await store.get_chain(agent))
        elif command == "copy":
            target = SqliteTrustStore(other)
            await target.initialize()
            await target.store_chain(await store.get_chain(agent))
            await target.close()
        elif command == "list":
            return [c.genesis.agent_id for c in await store.list_chains(limit=10_000)]
        return None
    finally:
        await store.close()


print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
