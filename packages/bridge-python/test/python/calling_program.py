"""A program of one's own that calls the agents of a bridge: its address and a token, and what it gets as JSON."""

import json
import sys

from kaizen_eatp_bridge import Bridge, RemoteAgent, RemoteAgentError

url, token, keys = sys.argv[1:]
HUMAN = {
    "human_id": "alice@acme.example",
    "display_name": "Alice",
    "auth_provider": "okta",
    "session_id": "s-1",
    "authenticated_at": "2026-11-25T08:00:00+00:00",
}


def code_of(agent, **inputs):
    try:
        return agent.run(**inputs)
    except RemoteAgentError as error:
        return [error.code, error.type]


with Bridge(url, {"planner": None}, keys=keys, token=token) as bridge:
    progress = []
    translator = RemoteAgent(bridge, "translator", task_id="t-1", human_origin=HUMAN, on_progress=progress.append)
    print(
        json.dumps(
            {
                "answer": translator.run(text="hallo", size=2**60),
                "wider": code_of(RemoteAgent(bridge, "translator", capabilities=["read_secrets"]), text="x"),
                "failed": code_of(translator, text="boom"),
                "nobody": code_of(RemoteAgent(bridge, "nobody"), text="x"),
                "late": code_of(RemoteAgent(bridge, "sleeper", timeout=0.1)),
            }
        )
    )
