"""The worker checks and logs versions at the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_bridge import FakeBridge
from joined import base64_of
from test_cli import AGENT, run

from kaizen_eatp_bridge import versions as module
from kaizen_eatp_bridge.errors import StartError
from kaizen_eatp_bridge.versions import check_verify_mode


@pytest.mark.parametrize("version", ["2.40.0", "2.60.3", "2.61.0", "1.99"])
def test_an_old_kailash_is_refused_and_the_version_to_install_is_named(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_kailash", lambda: True)
    monkeypatch.setattr(module, "versions", lambda: {"kailash": version})
    for mode in ("auto", "full"):
        with pytest.raises(StartError, match=rf"kailash {version} is installed.*pip install 'kailash\[trust\]>=2.62'"):
            check_verify_mode(mode)
    assert check_verify_mode("signature") == ("signature", None)
    assert check_verify_mode("off") == ("off", None)


@pytest.mark.parametrize("version", ["2.62.0", "2.63.0", "2.65.1", "3.0"])
def test_newer_ones_are_taken(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_kailash", lambda: True)
    monkeypatch.setattr(module, "versions", lambda: {"kailash": version})
    assert check_verify_mode("auto") == ("full", None)


def test_auto_warns_when_it_checks_less_than_it_could(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_kailash", lambda: False)
    mode, warning = check_verify_mode("auto")
    assert mode == "signature" and warning is not None
    assert "kailash is not installed" in warning and "--verify signature" in warning


def test_the_command_refuses_to_start_with_an_old_one(tmp_path: Path) -> None:
    old = tmp_path / "kailash-2.60.0.dist-info"
    old.mkdir()
    (old / "METADATA").write_text("Metadata-Version: 2.1\nName: kailash\nVersion: 2.60.0\n")
    (tmp_path / "kailash" / "trust").mkdir(parents=True)
    for folder in ("kailash", "kailash/trust"):
        (tmp_path / folder / "__init__.py").touch()
    bridge = FakeBridge()
    done = run(
        *("join", "ws://127.0.0.1:9", "--agent", AGENT, "--token", bridge.token({"acme": base64_of(bytes(32))})),
        *("--keys", str(tmp_path / "keys.json")),
        PYTHONPATH=f"{tmp_path}:{Path(__file__).parent.parent}",
    )
    assert done.returncode == 2
    assert "kailash 2.60.0 is installed" in done.stderr and "kailash[trust]>=2.62" in done.stderr
