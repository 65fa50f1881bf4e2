"""Agents without Kaizen, in every form that is taken."""

import functools
import os


class Analyst:
    def run(self, topic, depth=1):
        return {"topic": topic, "depth": depth}


class Native:
    async def run(self, topic):
        return {"topic": topic}


class OnlyAsync:
    async def run_async(self, topic):
        return {"topic": topic}


class NeedsArguments:
    def __init__(self, model):
        self.model = model

    def run(self):
        return self.model


class Breaks:
    def __init__(self):
        raise RuntimeError("no database")


class Roles:
    def vote(self, proposal, voter_perspective=""):
        return {"vote": "approve", "proposal": proposal}

    def judge_debate(self, topic, proponent_argument, opponent_argument):
        return {"decision": "for"}


class Piped:
    def to_agent(self):
        return Analyst()


analyst = Analyst()
native = Native()
only_async = OnlyAsync()
roles = Roles()
piped = Piped()
number = 42


def make_analyst():
    return Analyst()


async def make_analyst_async():
    return Analyst()


def make_with_defaults(model="small") -> Analyst:
    return Analyst()


def make_nothing():
    return None


def make_function():
    return double


def double(n):
    return 2 * n


async def double_async(n):
    return 2 * n


def whole(value):
    return ["got", value]


def typed_text(text: str):
    return text.upper()


def keywords(*, a, b=2):
    return [a, b]


def anything(**fields):
    return fields


def positional(value, /):
    return value


def optional(value=None):
    return ["optional", value]


class Callable:
    def __call__(self, n):
        return -n


class CallableAsync:
    async def __call__(self, n):
        return -n


callable_object = Callable()
callable_async = CallableAsync()
partial = functools.partial(max, 5)


class Holder:
    inner = Analyst()


def where():
    return os.path.abspath(__file__)
