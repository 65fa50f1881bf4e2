"""A file of functions: each is an agent."""


def add(a: float, b: float) -> float:
    return a + b


async def greet(name: str) -> str:
    return f"hello {name}"


def count_down(n: int):
    while n:
        yield n
        n -= 1


def relay(n):
    """Passes on what an agent gave it."""
    return {"error": "no model", "type": "ConnectionError", "success": False, "relayed": n}


def with_decorator(func):
    return func


def main():
    print("not an agent")
