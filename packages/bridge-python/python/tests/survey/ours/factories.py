"""Agents that a function makes, and agents that the module holds."""

from plain_classes import RunningAgent, SummaryAgent


class ScaledAgent:
    def __init__(self, factor: int):
        self.factor = factor

    def run(self, n: int) -> int:
        return n * self.factor


def make_doubling_agent() -> ScaledAgent:
    return ScaledAgent(2)


def create_scaling_agent(factor: int = 3) -> ScaledAgent:
    return ScaledAgent(factor)


async def create_async_agent() -> ScaledAgent:
    return ScaledAgent(5)


def build_unannotated():
    return SummaryAgent()


running = RunningAgent()
_hidden = RunningAgent()
NUMBER = 5


def shout(text: str) -> str:
    return text.upper()


async def whisper(text: str) -> str:
    return text.lower()


def main():
    raise SystemExit("not an agent")
