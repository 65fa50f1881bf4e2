"""Agents that return what is no plain value, and agents that yield."""

import collections
import dataclasses
import enum
import pathlib
from typing import NamedTuple

from pydantic import BaseModel


class Verdict(enum.Enum):
    GOOD = "good"


@dataclasses.dataclass
class Finding:
    title: str
    verdict: Verdict
    lines: set


class Order(BaseModel):
    item: str
    count: int = 1


class Pair(NamedTuple):
    left: int
    right: int


class Scores(dict):
    pass


class DataclassAgent:
    def run(self, title):
        return Finding(title, Verdict.GOOD, {2, 1})


class EnumAgent:
    def run(self, n):
        return Verdict.GOOD


class SetAgent:
    def run(self, items):
        return set(items)


class PydanticAgent:
    def run(self, item):
        return Order(item=item)


class NamedTupleAgent:
    def run(self, n):
        return Pair(n, n + 1)


class DictSubclassAgent:
    def run(self, n):
        return Scores(n=n, counter=collections.Counter("aab"), default=collections.defaultdict(int, x=1))


class PathAgent:
    def run(self, name):
        return pathlib.PurePosixPath("/data") / name


class BytearrayAgent:
    def run(self, n):
        return bytearray(range(n))


class ExceptionAgent:
    """Returns an exception, in place of raising it."""

    def run(self, text):
        return ValueError(text)


class YieldingAgent:
    def run(self, n):
        for i in range(n):
            yield {"step": i}


class ReturningGeneratorAgent:
    def run(self, n):
        yield from range(n)
        return "all"


class AsyncYieldingAgent:
    async def run(self, n):
        for i in range(n):
            yield i


class FunctionAgent:
    """Code has no plain form."""

    def run(self, n):
        return self.run


class NothingAgent:
    def run(self, n):
        return None
