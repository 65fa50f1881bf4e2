"""The Python half redacts the same secrets as the TypeScript half, by the same list."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from kaizen_eatp_bridge.secret_forms import find_secrets, redact

ROOT = Path(__file__).parents[4]
SAMPLES = json.loads((ROOT / "packages/core/test/secrets/samples.json").read_text(encoding="utf-8"))


def split(text: str, secret: str) -> str:
    middle = text.index(secret) + len(secret) // 2
    return f"{text[:middle]}\n  {text[middle:]}"


PLACES = {
    "bare": lambda secret, sample: f"the call with {secret} failed",
    "in JSON": lambda secret, sample: json.dumps({"status": 401, "client": {"value": secret}}),
    "in a URL": lambda secret, sample: f"GET https://api.example/v1/items?page=2&key={quote(secret, safe='')}&limit=3",
    "in an error message": lambda secret, sample: f"Error: request failed: invalid credentials: '{secret}'.",
    "under an argument name": lambda secret, sample: f"call(api_key={secret!r}, n=3)",
    "split by a newline": lambda secret, sample: split(secret, sample["secret"][0]),
}


def shows(text: str, sample: dict) -> bool:
    for part in sample["secret"]:
        middle = len(part) // 2
        halves = [part[:middle], part[middle:]] if len(part) >= 20 else []
        if any(piece in text for piece in (part, quote(part, safe=""), *halves)):
            return True
    return False


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["form"] for sample in SAMPLES])
def test_a_secret_is_redacted(sample: dict, place: str) -> None:
    text = PLACES[place]("".join(sample["parts"]), sample)
    assert not shows(redact(text), sample), redact(text)


def test_both_halves_have_the_same_list() -> None:
    ours = Path(__file__).parents[1] / "kaizen_eatp_bridge/secret_forms.json"
    assert ours.read_bytes() == (ROOT / "packages/core/src/secrets/secret-forms.json").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "no such row: 42",
        "max_tokens=4096 and total_tokens: 12",
        "task-2f1c8a90-5f0e-4a44-9c0a-0d2f6b7e8c11 failed after 3 attempts",
        "packages/core/src/trust/audit/shared-trail-queue.ts:112:14",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert find_secrets(text) == []
