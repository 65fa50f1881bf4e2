"""A Python program that calls the agents of a bridge. Arguments: address and token. Prints the answers as JSON."""

import json
import sys

from kaizen_eatp_bridge import Bridge, RemoteAgent, RemoteAgentError

url, token, keys = sys.argv[1:]


def code_of(agent, **inputs):
    try:
        return agent.run(**inputs)
    except RemoteAgentError as error:
        return [error.code, error.type]


with Bridge(url, {"planner": None}, keys=keys, token=token) as bridge:
    progress = []
    translator = RemoteAgent(bridge, "translator", task_id="t-1", on_progress=progress.append)
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
