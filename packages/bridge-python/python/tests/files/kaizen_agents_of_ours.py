"""Agents as Kaizen's documentation shows them; this file knows nothing of any bridge."""

import os

from kaizen.core.base_agent import BaseAgent, BaseAgentConfig
from kaizen.memory.shared_memory import SharedMemoryPool
from kaizen.signatures import InputField, OutputField, Signature
from kaizen_agents.llm import LLMClient
from kaizen_agents.patterns.pipeline import Pipeline


class AnalysisSignature(Signature):
    """Analyse a topic."""

    question: str = InputField(desc="What to find out")
    answer: str = OutputField(desc="What was found")
    confidence: float = OutputField(desc="How sure")


class CountingStrategy:
    """Needs no model."""

    def execute(self, agent, inputs, **_):
        if inputs["question"] == "fail":
            raise LookupError("no such table, password=hunter2")
        return {"answer": f"{len(inputs['question'])} letters", "confidence": 1.0}


class AsyncStrategy:
    async def execute(self, agent, inputs, **_):
        return {"answer": inputs["question"][::-1], "confidence": 0.5}


def _quiet(**more):
    return BaseAgentConfig(llm_provider="mock", model="none", **more)


analyst = BaseAgent(config=_quiet(), signature=AnalysisSignature(), strategy=CountingStrategy(), mcp_servers=[])
native = BaseAgent(
    config=_quiet(use_async_llm=True), signature=AnalysisSignature(), strategy=AsyncStrategy(), mcp_servers=[]
)


class AskModel:
    """Goes through Kaizen's own model client."""

    SCHEMA = {
        "type": "object",
        "properties": {"answer": {"type": "string"}, "confidence": {"type": "number"}},
        "required": ["answer", "confidence"],
        "additionalProperties": False,
    }

    def __init__(self):
        self.client = LLMClient(model="local-model", base_url=os.environ["MODEL_URL"], api_key="local-not-a-secret")

    def execute(self, agent, inputs, **_):
        messages = [{"role": "user", "content": inputs["question"]}]
        return self.client.complete_structured(messages, self.SCHEMA, schema_name="answer")


class Researcher(BaseAgent):
    def __init__(self, config):
        super().__init__(config=config, signature=AnalysisSignature(), strategy=AskModel(), mcp_servers=[])

    def research(self, question):
        return self.run(question=question)


def make_researcher():
    return Researcher(_quiet())


class TwoSteps(Pipeline):
    def run(self, question, **_):
        first = analyst.run(question=question)
        return {"steps": [question, first["answer"]]}


two_steps = TwoSteps()


def make_judge():
    """One of the pattern agents that Kaizen calls deprecated."""
    from kaizen_agents.patterns.patterns.debate import JudgeAgent

    class Decides:
        def execute(self, agent, inputs, **_):
            longer = "for" if len(inputs["proponent_argument"]) >= len(inputs["opponent_argument"]) else "against"
            return {"decision": longer, "winner": longer, "reasoning": "the longer one", "confidence": 0.7}

    judge = JudgeAgent(config=_quiet(), shared_memory=SharedMemoryPool(), agent_id="judge")
    judge.strategy = Decides()
    return judge
