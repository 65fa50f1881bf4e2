"""Pipelines and patterns of one's own."""

from config_verbs import QAAgent, QAConfig
from kaizen_agents.patterns.pipeline import Pipeline


class TwoStepsPipeline(Pipeline):
    def run(self, question, **_):
        first = QAAgent(QAConfig()).run(question=question)
        return {"steps": [question, first["answer"]]}


class OwnDebatePattern:
    """The shape of Kaizen's: it runs whole."""

    def __init__(self, agents: list | None = None):
        self.agents = agents or []

    def debate(self, topic: str, rounds: int = 1) -> dict:
        return {"topic": topic, "winner": "for", "rounds": rounds}


class OwnWorkflow:
    def __init__(self, workers: list | None = None):
        self.workers = workers or []

    def execute(self, task: str) -> dict:
        return {"task": task, "workers": len(self.workers)}
