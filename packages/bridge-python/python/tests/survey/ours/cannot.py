"""Agents that cannot join by themselves, or at all."""

import signal
from dataclasses import dataclass


class Database:
    def __init__(self, url):
        self.url = url


class DatabaseAgent:
    def __init__(self, db: Database):
        self.db = db

    def run(self, query: str):
        return query


@dataclass
class NeedyConfig:
    endpoint: str
    retries: int = 3


class NeedyAgent:
    def __init__(self, config: NeedyConfig):
        self.config = config

    def run(self, n):
        return self.config.endpoint


class KeyboardAgent:
    def run(self, question: str):
        return input(question)


class BrokenAgent:
    def __init__(self):
        raise RuntimeError("no licence")

    def run(self, n):
        return n


class SignalAgent:
    """Runs, in a process of its own."""

    def run(self, seconds: int):
        signal.alarm(0)
        return "set"


class ModelAgent:
    def __init__(self, model: str):
        self.model = model

    def run(self, n):
        return self.model
