"""Plain objects whose names do not say that they are agents."""

from __future__ import annotations

from dataclasses import dataclass


class Librarian:
    """Known by its method."""

    def __init__(self, books: tuple[str, ...] = ("Dune",)) -> None:
        self.books = list(books)

    def ask(self, question: str) -> str:
        return f"{question}: {self.books[0]}"

    def add_book(self, title: str) -> None:
        self.books.append(title)


class Router:
    """Known by the factory that makes it."""

    def __init__(self, routes: list[str]) -> None:
        self.routes = routes

    def route(self, message: str) -> str:
        return next((name for name in self.routes if name in message), "nobody")


def create_router(routes: list[str] | None = None) -> Router:
    return Router(routes or ["billing"])


@dataclass
class Parcel:
    weight: float

    def fits(self, limit: float) -> bool:
        return self.weight <= limit


def create_parcel(weight: float = 1.0) -> Parcel:
    """Makes a value, so it does its work at each call."""
    return Parcel(weight)


class Ledger:
    """Nothing says that it is an agent, so it is named with the line that would join it."""

    def enter(self, amount: int) -> int:
        return amount
