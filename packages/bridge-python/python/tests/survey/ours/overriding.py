"""Agents that override Kaizen's own methods, at several levels."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from kaizen.core.base_agent import BaseAgent, BaseAgentConfig

from config_verbs import AnswerSignature, EchoStrategy


@dataclass
class Config:
    llm_provider: str = "mock"
    model: str = "none"


class OnlyRunAsync(BaseAgent):
    def __init__(self, config: Config):
        super().__init__(config=config, mcp_servers=[])

    async def run_async(self, prompt: str) -> dict:
        return {"prompt": prompt, "by": "run_async"}


class BothRuns(BaseAgent):
    def __init__(self, config: Config):
        super().__init__(config=config, mcp_servers=[])

    def run(self, prompt: str) -> dict:
        return {"prompt": prompt, "by": "run"}

    async def run_async(self, prompt: str) -> dict:
        return {"prompt": prompt, "by": "run_async"}


class NativeAsync(BaseAgent):
    def __init__(self, config=None):
        super().__init__(
            config=BaseAgentConfig(llm_provider="openai", model="none", use_async_llm=True), signature=AnswerSignature(), mcp_servers=[]
        )

    async def run_async(self, question: str) -> dict:
        return {"answer": question[::-1]}


class AbstractWriter(BaseAgent, ABC):
    def __init__(self, config: Config):
        super().__init__(config=config, mcp_servers=[])

    @abstractmethod
    def style(self) -> str: ...

    def write(self, topic: str) -> str:
        return f"{self.style()} about {topic}"


class PoetAgent(AbstractWriter):
    def style(self) -> str:
        return "a poem"


class NovelistAgent(AbstractWriter):
    def style(self) -> str:
        return "a novel"

    async def write(self, topic: str) -> str:
        return f"{self.style()} on {topic}"


class InheritedRun(BothRuns):
    pass


class LoggingMixin:
    def run(self, **inputs):
        return {"logged": True, **super().run(**inputs)}


class MixedIn(LoggingMixin, BothRuns):
    pass


class RunWithKwargs(BaseAgent):
    def __init__(self, config: Config, **options):
        super().__init__(config=config, signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])

    def run(self, question: str, **kwargs) -> dict:
        return {**super().run(question=question), "extra": sorted(kwargs)}


class FailingRun(BaseAgent):
    def __init__(self, config: Config):
        super().__init__(config=config, mcp_servers=[])

    def run(self, prompt: str) -> dict:
        raise LookupError("no such prompt")
