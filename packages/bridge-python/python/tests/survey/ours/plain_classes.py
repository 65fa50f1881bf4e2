"""Agents without Kaizen."""

from dataclasses import dataclass

from pydantic import BaseModel


class RunningAgent:
    def run(self, text):
        return text.upper()


class AsyncRunningAgent:
    async def run(self, text):
        return text.lower()


class Translator:
    """One method, and no `run`."""

    def __call__(self, text: str, language: str = "de") -> str:
        return f"{language}: {text}"

    def run(self, text: str, language: str = "de") -> str:
        return self(text, language)


class SummaryAgent:
    def summarize(self, text: str) -> str:
        return text[:5]


class ResearchAssistant:
    async def research(self, topic: str, depth: int = 1) -> dict:
        return {"topic": topic, "depth": depth}

    def get_history(self):
        return []


class ManyVerbsAgent:
    """Told apart by their fields."""

    def translate(self, text: str, language: str) -> str:
        return f"{language}: {text}"

    def count(self, words: list) -> int:
        return len(words)


class AlikeVerbsAgent:
    """Their fields are the same, so that one must be named."""

    def shorten(self, text: str) -> str:
        return text[:3]

    def lengthen(self, text: str) -> str:
        return text * 2


class PricingConfig(BaseModel):
    currency: str = "EUR"
    rate: float = 1.5


class PricingAgent:
    def __init__(self, config: PricingConfig):
        self.config = config

    def run(self, amount: float) -> dict:
        return {"price": amount * self.config.rate, "currency": self.config.currency}


@dataclass
class Limits:
    highest: int = 10


@dataclass
class ClampAgent:
    limits: Limits

    def run(self, value: int) -> int:
        return min(value, self.limits.highest)


class VotingAgent:
    """A role of Kaizen's patterns."""

    def vote(self, proposal, voter_perspective=""):
        return {"vote": "approve" if "good" in proposal else "reject"}


class ExecutingAgent:
    def execute(self, task: str) -> str:
        return f"did {task}"


class Outer:
    class InnerAgent:
        def run(self, value):
            return [value]


class KeywordOnlyAgent:
    def run(self, *, left: int, right: int) -> int:
        return left - right


class FloatAgent:
    def run(self, ratio: float):
        return {"is_float": isinstance(ratio, float)}
