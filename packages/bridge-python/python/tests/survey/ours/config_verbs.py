"""Kaizen agents as they are published: a config dataclass with defaults, and a verb of their own."""

from dataclasses import dataclass, field

from kaizen.core.base_agent import BaseAgent
from kaizen.signatures import InputField, OutputField, Signature


class EchoStrategy:
    """Needs no model."""

    def execute(self, agent, inputs, **_):
        if inputs.get("question") == "fail":
            raise ConnectionError("the model is gone")
        return {"answer": str(inputs["question"]).upper(), "confidence": 0.9}


class AnswerSignature(Signature):
    """Answers a question."""

    question: str = InputField(desc="What is asked")
    answer: str = OutputField(desc="What is answered")
    confidence: float = OutputField(desc="How sure")


@dataclass
class QAConfig:
    llm_provider: str = "mock"
    model: str = "none"
    temperature: float = 0.2
    tags: list = field(default_factory=list)


class QAAgent(BaseAgent):
    def __init__(self, config: QAConfig):
        super().__init__(config=config, signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])
        self.qa_config = config

    def ask(self, question: str) -> dict:
        result = self.run(question=question)
        if result.get("confidence", 0) < 0.5:
            result["warning"] = "low confidence"
        return result


class ChatAgent(QAAgent):
    def chat(self, question: str) -> str:
        return self.run(question=question)["answer"]


@dataclass
class SolverConfig:
    llm_provider: str = "mock"
    model: str = "none"
    depth: int = 2


class SolverAgent(BaseAgent):
    def __init__(self, config: SolverConfig | None = None):
        super().__init__(config=config or SolverConfig(), signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])

    async def solve(self, question: str) -> dict:
        return self.run(question=question)


class Decider(BaseAgent):
    """An unannotated config, which goes by the class's name."""

    def __init__(self, config):
        super().__init__(config=config, signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])
        self.limit = config.limit

    def decide(self, question: str) -> bool:
        return len(question) > self.limit


@dataclass
class DeciderConfig:
    llm_provider: str = "mock"
    model: str = "none"
    limit: int = 3


class SecurityAgent(BaseAgent):
    def __init__(self, config: "QAConfig"):
        super().__init__(config=config, signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])

    async def analyze_security(self, code: str, *, strict: bool = False) -> dict:
        findings = [line for line in code.splitlines() if "eval(" in line]
        return {"findings": findings, "passed": not findings or not strict}

    def get_rules(self):
        return ["no eval"]


class VerifyingAgent(BaseAgent):
    """Adds keys to what it gets, an error too."""

    def __init__(self, config: QAConfig):
        super().__init__(config=config, signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])

    def verify(self, question: str) -> dict:
        result = self.run(question=question)
        result["verified"] = "answer" in result
        result["reflection_history"] = [1, 2]
        return result


class NestingAgent(BaseAgent):
    def __init__(self, config: QAConfig):
        super().__init__(config=config, signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])

    def report(self, question: str) -> dict:
        return {"report": {"body": self.run(question=question)}, "pages": 1}


class HidingAgent(BaseAgent):
    """Gives an answer of its own when the model is gone."""

    def __init__(self, config: QAConfig):
        super().__init__(config=config, signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])

    def review(self, question: str) -> dict:
        return {"review": self.run(question=question).get("answer", "nothing to say")}


class RetryingAgent(BaseAgent):
    """Fails once, and answers then."""

    def __init__(self, config: QAConfig):
        super().__init__(config=config, signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])

    def respond(self, question: str) -> dict:
        first = self.run(question="fail")
        return self.run(question=question) if not first.get("success", True) else first


class DefaultVerbs(BaseAgent):
    """Several verbs that use run: it is called by run."""

    def __init__(self, config: QAConfig):
        super().__init__(config=config, signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])

    def plan(self, question: str) -> dict:
        return self.run(question=f"plan {question}")

    def act(self, question: str) -> dict:
        return self.run(question=f"act {question}")

    def keep(self, notes: str) -> list:
        return [notes]


class KeywordsAgent(BaseAgent):
    def __init__(self, *, config: QAConfig, name: str = "keywords"):
        super().__init__(config=config, signature=AnswerSignature(), strategy=EchoStrategy(), mcp_servers=[])
        self.label = name

    def classify(self, text: str, labels: list[str]) -> str:
        return next((label for label in labels if label in text), "none")


class MockedAgent(BaseAgent):
    """Goes to Kaizen's mock provider, which does not know its fields."""

    def __init__(self, config: QAConfig):
        super().__init__(config=config, signature=AnswerSignature(), mcp_servers=[])

    def ask(self, question: str) -> dict:
        return self.run(question=question)
