"""The command `kaizen-eatp-bridge`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .errors import BridgeError, LoginRefusedError
from .exit_codes import EXIT_OK, EXIT_REFUSED, EXIT_START
from .joining import TOKEN_VARIABLE
from .keys import DEFAULT_PATH, KeyFile, public_key_text
from .log_output import FORMATS, LEVELS, flush, say, start_logging
from .outcomes import RULES


_FIRST_STEPS = """\
first steps:
  kaizen-eatp-bridge inspect agents       what a folder holds, and the line that joins each agent
  bridge.createEnrolmentToken(…)          in the TypeScript program: a token that names the agents
  kaizen-eatp-bridge join URL --agent NAME=agents/file.py:TARGET --token eatp1_…
A TypeScript program can also start the worker by itself, without a token: spawnPythonAgents()."""


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the command and ends the process with its exit code."""
    start_logging(is_plain=True)
    arguments = list(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(arguments)
    options.arguments = arguments
    if options.run is _join and not options.spawned:
        start_logging(options.log_level, options.log_format)
    try:
        code = options.run(options)
    except LoginRefusedError as error:
        say(f"refused ({error.code}): {error}", logging.ERROR)
        code = EXIT_REFUSED
    except BridgeError as error:
        say(str(error), logging.ERROR)
        code = EXIT_START
    flush()
    # An agent that hangs in a thread must not keep the process.
    os._exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kaizen-eatp-bridge",
        description="Kaizen agents join a TypeScript orchestration, without rewriting.",
        epilog=_FIRST_STEPS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_join(commands)
    _add_inspect(commands)
    keygen = commands.add_parser("keygen", help="make keys for agents and print their public halves")
    keygen.set_defaults(run=_keygen)
    keygen.add_argument("names", nargs="+", metavar="NAME")
    keygen.add_argument("--keys", type=Path, default=DEFAULT_PATH, metavar="FILE", help=f"default: {DEFAULT_PATH}")
    return parser


def _add_join(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    join = commands.add_parser("join", help="join a bridge and serve agents", allow_abbrev=False)
    join.set_defaults(run=_join)
    join.add_argument("url", nargs="?", help="ws://127.0.0.1:PORT, or wss://HOST:PORT on another machine")
    join.add_argument("places", nargs="*", metavar="FILE", help="a file, a folder, a module or a package: all its agents join")
    join.add_argument(
        "--agent",
        action="append",
        default=[],
        metavar="NAME=MODULE:TARGET",
        help="an agent to serve; may be given several times. MODULE can be path/to/file.py; TARGET can be a call, "
        "with a method after a #",
    )
    join.add_argument("--token", help=f"an enrolment token; default: the environment's {TOKEN_VARIABLE}")
    join.add_argument("--keys", type=Path, default=DEFAULT_PATH, metavar="FILE", help=f"default: {DEFAULT_PATH}")
    join.add_argument("--bridge-key", metavar="BASE64", help="the bridge's public key; default: from the token, or known")
    join.add_argument(
        "--authority", action="append", default=[], type=Path, metavar="FILE.json", help="an authority to believe"
    )
    join.add_argument("--ca", type=Path, metavar="FILE", help="certificates to trust for wss, instead of the system's")
    join.add_argument("--processes", type=int, default=0, metavar="N", help="run blocking agents in N processes")
    join.add_argument("--threads", type=int, default=64, metavar="N", help="default: 64; for blocking agents")
    join.add_argument("--max-in-flight", type=int, default=256, metavar="N", help="default: 256")
    join.add_argument(
        "--verify",
        choices=("auto", "full", "signature", "off"),
        default="auto",
        help="what is checked of each call; default: auto, which is full if kailash is installed, else signature",
    )
    join.add_argument(
        "--failures",
        action="append",
        default=[],
        metavar="[NAME=]RULE",
        help=f"what counts as a failed call: {', '.join(RULES)}; default: kaizen",
    )
    join.add_argument("--strict-values", action="store_true", help="refuse outputs that are not plain values")
    join.add_argument("--allow-input", action="store_true", help="serve agents whose code has input(), which fails")
    join.add_argument("--drain-timeout", type=float, default=30.0, metavar="SECONDS", help="default: 30")
    join.add_argument("--restarts", type=int, default=10, metavar="N", help="restarts after a crash; default: 10")
    join.add_argument("--log-level", choices=LEVELS, default="info", help="default: info")
    join.add_argument("--log-format", choices=FORMATS, default="text", help="default: text; json: one object a line")
    join.add_argument(
        "--health",
        metavar="[HOST:]PORT",
        help="answer GET /health and GET /ready over HTTP there; the default HOST is 127.0.0.1",
    )
    join.add_argument("--spawned", action="store_true", help=argparse.SUPPRESS)
    join.add_argument("--supervised", help=argparse.SUPPRESS)


def _add_inspect(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    inspect = commands.add_parser("inspect", help="list the agents of a file, a folder or a package", allow_abbrev=False)
    inspect.set_defaults(run=_inspect)
    inspect.add_argument("places", nargs="+", metavar="PLACE", help="a file, a folder, a module or a package")
    inspect.add_argument("--json", action="store_true", help="print JSON")


def _keygen(options: argparse.Namespace) -> int:
    file = KeyFile(options.keys)
    for name in options.names:
        file.make(name)
    file.save()
    for name in options.names:
        print(f"{name} {public_key_text(file.keys[name])}")
    return EXIT_OK


def _join(options: argparse.Namespace) -> int:
    from .cli_join import join

    return join(options)


def _inspect(options: argparse.Namespace) -> int:
    from .cli_inspect import inspect_places

    return inspect_places(options.places, as_json=options.json)
