"""Prints what each agent of the installed Kaizen packages answers: the material of expected_kaizen.py, to be judged by hand.

    python tests/survey/record_kaizen.py
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from kaizen_world import input_for, kaizen_environment  # noqa: E402
from survey import called, found_in, joined  # noqa: E402


def main() -> None:
    os.environ.update(kaizen_environment(Path(tempfile.mkdtemp())))
    for package in ("kaizen_agents", "kaizen"):
        agents, troubles = found_in(package)
        for name, found in agents.items():
            if found.what != "class":
                continue
            agent = joined(found)
            key = f"{found.module}:{found.target}"
            if isinstance(agent, Exception):
                print("REFUSED", key, str(agent)[:150].replace("\n", " "), "|", found.proposal.reason, flush=True)
                continue
            outcome = called(agent, input_for(found))
            text = f"{type(outcome.value).__name__}: {outcome.value}" if outcome.kind == "failure" else str(outcome.value)
            print("ANSWER", outcome.kind, key, found.proposal.calls, input_for(found), text[:300].replace("\n", " "), flush=True)
        for trouble in troubles:
            print("TROUBLE", trouble.module, trouble.reason[:120].replace("\n", " "), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
