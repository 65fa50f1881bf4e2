"""Finds the agents that `--agent NAME=MODULE:ATTRIBUTE` names, in modules that know nothing of the bridge."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import os
import sys
import traceback
import typing
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .adapters import Agent, adapt
from .errors import StartError
from .keys import check_name

# What to install for a module that is missing, where the names differ.
_DISTRIBUTIONS = {
    "kailash": "kailash[trust]",
    "kaizen": "kailash-kaizen",
    "kaizen_agents": "kaizen-agents",
    "dotenv": "python-dotenv",
    "yaml": "PyYAML",
    "PIL": "Pillow",
    "sklearn": "scikit-learn",
    "bs4": "beautifulsoup4",
}


@dataclass(frozen=True)
class AgentSpec:
    """`NAME=MODULE:ATTRIBUTE`, taken apart."""

    name: str
    module: str
    attribute: str
    is_called: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}{'()' if self.is_called else ''}"


def parse_spec(text: str) -> AgentSpec:
    """Reads `NAME=MODULE:ATTRIBUTE`, `NAME=path/to/file.py:ATTRIBUTE` or either with `()` at the end.

    Raises:
        StartError: It is not of that form.
    """
    name, equals, target = text.partition("=")
    # The last colon: a Windows path has one of its own.
    module, colon, attribute = target.rpartition(":")
    is_called = attribute.endswith("()")
    attribute = attribute.removesuffix("()")
    if not (equals and colon and module and all(part.isidentifier() for part in attribute.split("."))):
        raise StartError(
            f"{text!r} names no agent.", "Write --agent NAME=MODULE:ATTRIBUTE, such as analyst=my_agents:analyst."
        )
    return AgentSpec(check_name(name), module, attribute, is_called)


def load_agent(spec: AgentSpec) -> Agent:
    """Imports an agent and finds out how to call it.

    A class is instantiated without arguments. A function without parameters is a factory: it is called once and what it
    returns is the agent. So is a function whose parameters all have defaults and whose annotation says that it returns
    something with run() or execute_async(), and whatever is written with `()`. Any other function is itself the agent.

    Raises:
        StartError: The module, the attribute or something they need is missing, or is nothing that can be an agent.
    """
    obj: Any = _import(spec.module)
    for part in spec.attribute.split("."):
        if not hasattr(obj, part):
            raise _no_attribute(spec, obj, part)
        obj = getattr(obj, part)
    where = str(spec)
    if spec.is_called or inspect.isclass(obj) or _is_factory(obj):
        obj = _make(obj, where)
        if inspect.isfunction(obj) and not _needed(obj):
            raise StartError(f"{where} returns a function without parameters, which cannot be an agent.")
    return adapt(obj, where)


def _is_factory(obj: Any) -> bool:
    if not inspect.isfunction(obj) or _needed(obj):
        return False
    parameters = inspect.signature(obj).parameters
    if not parameters:
        return True
    try:
        returned = typing.get_type_hints(obj).get("return")
    except Exception:  # an annotation that cannot be resolved says nothing
        return False
    return inspect.isclass(returned) and any(
        callable(getattr(returned, name, None)) for name in ("run", "run_async", "execute_async", "to_agent")
    )


def _needed(function: Any) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    return [
        p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    ]


def _make(factory: Any, where: str) -> Any:
    if not callable(factory):
        raise StartError(f"{where} is not callable.", "Leave out the ().")
    try:
        made = factory()
        return asyncio.run(made) if inspect.iscoroutine(made) else made
    except ModuleNotFoundError as error:
        raise _missing_module(where, error) from error
    except TypeError as error:
        if inspect.isclass(factory) and "argument" in str(error):
            raise StartError(
                f"{where} cannot be made without arguments: {error}.",
                "Name a function that makes it, or an instance.",
            ) from error
        raise _failed(where, error) from error
    except Exception as error:
        raise _failed(where, error) from error


def _import(name: str) -> ModuleType:
    try:
        if name.endswith(".py") or os.sep in name:
            return _import_file(Path(name))
        here = os.getcwd()
        if here not in sys.path and "" not in sys.path:
            sys.path.insert(0, here)
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise StartError(
                f"There is no module {name!r}: it was looked for in {os.getcwd()} and in this Python's packages.",
                f"Start in the folder that holds {name.split('.')[0]}.py, or install it: "
                f"{sys.executable} -m pip install {_distribution(name)}",
            ) from error
        raise _missing_module(name, error) from error
    except StartError:
        raise
    except (Exception, SystemExit) as error:
        raise _failed(name, error) from error


def _import_file(path: Path) -> ModuleType:
    path = path.expanduser().resolve()
    if not path.is_file():
        raise StartError(f"There is no file {path}.", "Check the path after --agent NAME=.")
    module_name = path.stem
    if module_name in sys.modules and getattr(sys.modules[module_name], "__file__", None) == str(path):
        return sys.modules[module_name]
    # Its neighbours are importable, as when the file is run itself.
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    found = importlib.util.spec_from_file_location(module_name, path)
    if found is None or found.loader is None:
        raise StartError(f"{path} cannot be imported.", "Name a Python file.")
    module = importlib.util.module_from_spec(found)
    sys.modules[module_name] = module
    try:
        found.loader.exec_module(module)
    except BaseException:
        del sys.modules[module_name]
        raise
    return module


def _no_attribute(spec: AgentSpec, obj: Any, part: str) -> StartError:
    public = sorted(
        name
        for name, item in vars(obj).items()
        if not name.startswith("_") and not inspect.ismodule(item) and _is_own(obj, item)
    )
    has = f"It has {', '.join(public[:20])}." if public else "It defines nothing public."
    return StartError(f"{spec.module} has no {part!r}. {has}", f"Correct --agent {spec.name}={spec}.")


def _is_own(obj: Any, item: Any) -> bool:
    """Whether a module's name is its own and not one that it imported."""
    made_in = getattr(item, "__module__", None)
    return not inspect.ismodule(obj) or made_in is None or made_in == obj.__name__ or not callable(item)


def _missing_module(where: str, error: ModuleNotFoundError) -> StartError:
    missing = error.name or str(error)
    return StartError(
        f"{where} needs the module {missing!r}, which this Python ({sys.executable}) does not have.",
        f"Install it: {sys.executable} -m pip install '{_distribution(missing)}'",
    )


def _distribution(module: str) -> str:
    top = module.split(".")[0]
    return _DISTRIBUTIONS.get(top, top)


def _failed(where: str, error: BaseException) -> StartError:
    lines = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return StartError(
        f"{where} failed when it was loaded: {type(error).__name__}: {error}", f"It says:\n{lines.rstrip()}"
    )
