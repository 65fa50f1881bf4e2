"""Agents for the first try of a deployment. Put your own file here."""


def echo(text: str) -> dict:
    """Returns what it gets."""
    return {"text": text}
