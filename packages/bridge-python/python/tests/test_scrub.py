"""Errors leave the worker without their secrets."""

from __future__ import annotations

import time

import pytest

from kaizen_eatp_bridge.scrub import LIMIT, describe_error, scrub


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def-ghi_jkl", "abc.def"),
        ("authorization: bearer abcdefgh==", "abcdefgh"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpw"),
        ("Incorrect API key provided: sk-proj-abcdefghijkl0123", "abcdefghijkl"),
        ("ghp_abcdefghijklmnopqrst is bad", "abcdefghij"),
        ("glpat-abcdefghijklmno", "abcdefghij"),
        ("xoxb-1234567890-abcdef", "1234567890"),
        ("key AKIAIOSFODNN7EXAMPLE", "AKIAIOSF"),
        ("jwt eyJhbGciOi.eyJzdWIiOi.SflKxwRJ", "eyJzdWIi"),
        ("token eatp1_eyJpZCI6InQxIn0", "eyJpZCI6"),
        ("postgres://bob:hunter2@db.example/x", "hunter2"),
        ('{"password": "hunter2", "user": "bob"}', "hunter2"),
        ("password=hunter2 user=bob", "hunter2"),
        ("OPENAI_API_KEY=hunter2", "hunter2"),
        ("api-key: hunter2", "hunter2"),
        ("{'client_secret': 'hunter2'}", "hunter2"),
        ("https://x.example/?a=1&access_token=hunter2&b=2", "hunter2"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2\n-----END RSA PRIVATE KEY-----", "hunter2"),
        ("-----BEGIN PRIVATE KEY-----\nMIIhunter2 cut off", "hunter2"),
    ],
)
def test_secrets_are_blanked(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in scrub(text)
    assert "[redacted]" in scrub(text)


@pytest.mark.parametrize(
    "text", ["no such row: 42", "the token count is 12", "KeyError: 'basic'", "postgres://db.example/x", ""]
)
def test_other_strings_stay(text: str) -> None:
    assert scrub(text) == text


def test_what_stands_around_a_secret_stays() -> None:
    assert scrub("user=bob password=hunter2; host=db") == "user=bob password=[redacted]; host=db"
    assert scrub("postgres://bob:hunter2@db/x") == "postgres://bob:[redacted]@db/x"


def test_the_end_of_a_string_that_is_too_long_is_kept() -> None:
    kept = scrub("x" * 100_000 + " the end")
    assert kept.endswith(" the end") and len(kept) < LIMIT + 100
    assert kept.startswith("… (")


def test_no_string_delays_it() -> None:
    for text in ("password=" * 100_000, "a" * 1_000_000, "Bearer " * 100_000, "eyJ." * 100_000, "\\w://" * 100_000, ":" * 10**6):
        started = time.perf_counter()
        scrub(text)
        assert time.perf_counter() - started < 5


def test_a_lone_surrogate_can_be_written() -> None:
    scrub("bad \ud800 text").encode()


def test_an_error_is_described_with_the_agents_own_part_of_its_traceback() -> None:
    def agent() -> None:
        raise ValueError("secret=hunter2 is wrong")

    try:
        agent()
    except ValueError as error:
        told = describe_error(error)
    assert told["type"] == "ValueError"
    assert told["message"] == "secret=[redacted] is wrong"
    assert "hunter2" not in told["traceback"] and "in agent" in told["traceback"]


def test_causes_are_reported_and_scrubbed() -> None:
    try:
        try:
            raise OSError("password=hunter2")
        except OSError as cause:
            raise RuntimeError("outer") from cause
    except RuntimeError as error:
        told = describe_error(error)
    assert "OSError" in told["traceback"] and "hunter2" not in told["traceback"]


def test_an_error_that_cannot_be_printed() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    assert describe_error(Broken())["message"] == "(the error cannot be printed)"
