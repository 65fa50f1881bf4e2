"""Kaizen with its mock provider, without a network and without the MCP server that it starts for each agent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kaizen_eatp_bridge.discovery import FoundAgent


def kaizen_environment(folder: Path) -> dict[str, str]:
    """The environment's variables for it.

    Args:
        folder: For a `python` that ends immediately: Kaizen starts its tool server by that name, which takes seconds.
    """
    stub = folder / "python"
    stub.write_text("#!/bin/sh\nexit 1\n")
    stub.chmod(0o755)
    return {
        "KAIZEN_LLM_PROVIDER": "mock",
        "KAIZEN_MODEL": "mock-model",
        "KAIZEN_DEFAULT_MODEL": "mock-model",
        "DEFAULT_LLM_MODEL": "mock-model",
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        **{name: "" for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")},
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
    }


def input_for(found: FoundAgent) -> dict[str, Any]:
    """An input of the fields that an agent needs."""
    inputs = found.proposal.inputs
    if "…" in inputs:
        return {"task": "hello"}
    return {name: _example(hint) for name, hint in inputs.items() if not hint.endswith("?")}


def _example(hint: str) -> Any:
    if hint.startswith("list"):
        return [{"a": 1}]
    if hint.startswith("dict"):
        return {"a": 1}
    return {"int": 1, "float": 0.5, "bool": True}.get(hint, "hello")
