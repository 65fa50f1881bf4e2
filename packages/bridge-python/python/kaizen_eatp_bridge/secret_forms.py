"""Finds what looks like a secret in a string: the same list of forms and names, and the same rules, as the TypeScript half."""

from __future__ import annotations

import functools
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import resources

Span = tuple[int, int]

_LIST = json.loads(resources.files(__package__).joinpath("secret_forms.json").read_text(encoding="utf-8"))
_EXACT = frozenset(_LIST["names"]["exact"])
_NEVER = frozenset(_LIST["names"]["never"])
_WHOLE_LINE = frozenset(_LIST["names"]["wholeLine"])
_CONTAINS: tuple[str, ...] = tuple(_LIST["names"]["contains"])
_ENDS: tuple[str, ...] = tuple(_LIST["names"]["endsWith"])
_LONGEST_NAME = 4_000
_SHORTEST = 6

# A name, what stands between, and the value: in JSON, in code, in a configuration, in a header.
_NAMED = re.compile(
    r"(?<![\w.-])([A-Za-z][\w.-]{0,60})(?:\\?[\"'`])?\s{0,5}(?:=>|:=|[:=](?!=))\s{0,5}"
    r"(?:\\?\"((?:[^\"\\]|\\[^\"])+)|\\?'((?:[^'\\]|\\[^'])+)|`([^`]+)|([^\s\"'`,;&{}\[\]()<>]+))",
    re.ASCII,
)
_LINE_BREAK = re.compile(r"(?:\r?\n|\\r\\n|\\n)[ \t]*")


class _Matcher:
    """A form of secrets. It is compiled when a string holds one of its keywords for the first time."""

    def __init__(self, form: dict) -> None:
        self.keywords = tuple(word.lower() for word in form["keywords"])
        self.is_joined = bool(form.get("joined"))
        self.entropy = float(form.get("entropy", 0))
        self._source = form["pattern"]
        self._flags = re.ASCII | (re.IGNORECASE if form.get("ignoreCase") else 0)

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self._source, self._flags)


_MATCHERS = tuple(_Matcher(form) for form in _LIST["forms"])


@functools.lru_cache(maxsize=4096)
def _judge(name: str) -> bool:
    plain = re.sub(r"[-_.\s]", "", name.lower())
    if plain in _NEVER:
        return False
    return plain in _EXACT or any(part in plain for part in _CONTAINS) or plain.endswith(_ENDS)


def is_secret_name(name: str) -> bool:
    """Whether a property, a parameter or a header of this name holds a secret."""
    return len(name) > _LONGEST_NAME or _judge(name)


def find_secrets(text: str) -> list[Span]:
    """The parts of a string that look like secrets, in order and without overlaps."""
    if len(text) < _SHORTEST:
        return []
    spans = [*_forms(text, False, lambda place: place), *_named(text)]
    if "\n" in text or "\\n" in text:
        spans.extend(_split(text))
    return _merged(spans)


def redact(text: str, mark: str = "[redacted]") -> str:
    """The string with a mark in place of everything that looks like a secret."""
    parts: list[str] = []
    start = 0
    for first, end in find_secrets(text):
        parts += (text[start:first], mark)
        start = end
    return "".join((*parts, text[start:]))


def _forms(text: str, only_joined: bool, at: Callable[[int], int]) -> Iterator[Span]:
    lower = text.lower()
    for matcher in _MATCHERS:
        if only_joined and not matcher.is_joined:
            continue
        if matcher.keywords and not any(word in lower for word in matcher.keywords):
            continue
        for match in matcher.pattern.finditer(text):
            group = 1 if match.re.groups and match.group(1) is not None else 0
            start, end = match.span(group)
            if end > start and (not matcher.entropy or _entropy(text[start:end]) >= matcher.entropy):
                yield at(start), at(end - 1) + 1


def _entropy(text: str) -> float:
    """The Shannon entropy of a string, in bits for each character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _named(text: str) -> Iterator[Span]:
    place = 0
    while match := _NAMED.search(text, place):
        name = match.group(1)
        if not is_secret_name(name):
            # A name can follow a harmless one immediately, as in `Error: password=x`.
            place = match.end(1)
            continue
        place = match.end()
        start, end = next(match.span(group) for group in (2, 3, 4, 5) if match.group(group) is not None)
        if re.sub(r"[-_.\s]", "", name.lower()) in _WHOLE_LINE:
            rest = re.search(r"[\"'\r\n]", text[end:])
            end = end + rest.start() if rest else len(text)
        yield start, end


def _split(text: str) -> Iterator[Span]:
    """The secrets in the string without its line breaks, at their places in the string."""
    places: list[int] = []
    start = 0
    for match in _LINE_BREAK.finditer(text):
        places.extend(range(start, match.start()))
        start = match.end()
    places.extend(range(start, len(text)))
    joined = "".join(text[place] for place in places)
    return _forms(joined, True, places.__getitem__)


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
