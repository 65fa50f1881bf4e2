"""Kaizen's newer interfaces, each with a model of ours."""

from kaizen_agents.agents.specialized.human_approval import HumanApprovalAgent
from kaizen_agents.delegate.adapters.protocol import StreamEvent
from kaizen_agents.delegate.delegate import Delegate
from kaizen_agents.supervisor import GovernedSupervisor


class Model:
    """Answers word by word."""

    def __init__(self, fails=False):
        self.fails = fails

    async def stream_chat(self, messages, tools=None, *, model=None, temperature=None, max_tokens=None, **_):
        if self.fails:
            raise ConnectionError("the model is gone")
        text = ""
        for word in ("two", " words"):
            text += word
            yield StreamEvent(event_type="text_delta", content=text, delta_text=word)
        yield StreamEvent(event_type="done", content=text, finish_reason="stop")


def make_delegate() -> Delegate:
    return Delegate(model="ours", adapter=Model())


def make_failing_delegate() -> Delegate:
    return Delegate(model="ours", adapter=Model(fails=True))


supervisor = GovernedSupervisor(model="ours")


def reject(result):
    return False, "too dear"


approving = HumanApprovalAgent(llm_provider="mock", model="none")
rejecting = HumanApprovalAgent(llm_provider="mock", model="none", approval_callback=reject)


def ask_at_the_keyboard(result):
    return input("Approve? ") == "y", "a person"


asking = HumanApprovalAgent(llm_provider="mock", model="none", approval_callback=ask_at_the_keyboard)
