"""Agents that are made with arguments."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import BaseModel

NUMBER = 5


@dataclass
class Config:
    model: str = "small"
    tags: list = field(default_factory=list)

    @classmethod
    def large(cls):
        return cls("large")


class Configured:
    def __init__(self, config: Config):
        self.config = config

    def ask(self, n):
        return {"model": self.config.model, "tags": self.config.tags}


class Limit(BaseModel):
    limit: int = 3


class Pydantic:
    def __init__(self, config: Limit):
        self.config = config

    def run(self, n):
        return {"limit": self.config.limit}


class Optional:
    def __init__(self, config: Config | None = None):
        self.config = config

    def run(self, n):
        return {"model": self.config.model if self.config else "none given"}


class Wrapper:
    def __init__(self, inner):
        self.inner = inner

    def run(self, n):
        return {"wrapped": self.inner.ask(n) if hasattr(self.inner, "ask") else self.inner.run(n)}


class Fixed:
    def __init__(self, value):
        self.value = value

    def run(self, n):
        return self.value


Scaled = Fixed


def make(number: int):
    return Fixed(number)


def make_maker():
    return make


class Holder:
    class Nested:
        def run(self, n):
            return "nested"

    def __init__(self):
        self.items = [Fixed(1)]
        self.by_name = {"two": Fixed(2)}


holder = Holder()


class Needs:
    def __init__(self, url: str, retries: int):
        self.url = url

    def run(self, n):
        return self.url


@dataclass
class Required:
    key: str
    size: int = 1


class NeedsField:
    def __init__(self, config: Required):
        self.config = config

    def run(self, n):
        return self.config.key
