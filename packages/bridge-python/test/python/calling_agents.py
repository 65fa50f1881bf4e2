"""Agents that call the agents of the bridge, as a user would write them."""

from kaizen_eatp_bridge import RemoteAgent

translator = RemoteAgent(None, "translator")


def planner(goal):
    return {"plan": translator.run(text=goal)["result"]}


async def native_planner(goal):
    return {"plan": (await translator.run_async(text=goal))["result"]}


def greedy_planner(goal):
    return RemoteAgent.of_current_invocation("translator", capabilities=["read_secrets"]).run(text=goal)


def lost_planner(goal):
    return RemoteAgent(None, "nobody").run(text=goal)
