"""Evaluates the target of a spec: names of a module, calls with plain arguments, and nothing else."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
from collections.abc import Callable
from typing import Any

from .errors import StartError

Call = Callable[[Any, tuple[Any, ...], dict[str, Any], str], Any]

_CONSTANTS = {"True": True, "False": False, "None": None}


class TargetNames:
    """Looks names up for a target: in its module first, then as a dotted path of any module."""

    def __init__(self, module: Any, where: str) -> None:
        self._module = module
        self._where = where

    def find(self, name: str) -> Any:
        """The value of a name.

        Raises:
            StartError: Neither the module nor Python has this name.
        """
        if hasattr(self._module, name):
            return getattr(self._module, name)
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in ("dict", "list", "tuple", "set", "int", "float", "str", "bool", "print"):
            return getattr(builtins, name)
        try:
            return importlib.import_module(name)
        except Exception:
            raise no_name(self._module, name, self._where) from None


def evaluate(target: str, module: Any, where: str, call: Call) -> Any:
    """The value of a target.

    Args:
        target: The expression.
        module: The module whose names it uses.
        where: The spec's text, for messages.
        call: Calls a class or function with arguments.

    Raises:
        StartError: The expression uses a name that is missing, or a form that specs do not have.
    """
    return _evaluate(ast.parse(target, mode="eval").body, TargetNames(module, where), where, call)


def _evaluate(node: ast.expr, names: TargetNames, where: str, call: Call) -> Any:
    def value(inner: ast.expr) -> Any:
        return _evaluate(inner, names, where, call)

    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names.find(node.id)
    if isinstance(node, ast.Attribute):
        return _attribute(value(node.value), node.attr, where)
    if isinstance(node, ast.Call):
        return _call(node, value, where, call)
    if isinstance(node, ast.List):
        return [value(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(value(item) for item in node.elts)
    if isinstance(node, ast.Set):
        return {value(item) for item in node.elts}
    if isinstance(node, ast.Dict) and all(key is not None for key in node.keys):
        return {value(key): value(item) for key, item in zip(node.keys, node.values, strict=True) if key is not None}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -value(node.operand)
    if isinstance(node, ast.Subscript):
        return _item(value(node.value), value(node.slice), where)
    raise StartError(
        f"{where} uses a form that a spec does not have: {ast.unparse(node)}.",
        "Use names, calls, and plain values such as 'text', 1.5, [1, 2] and {'key': 'value'}; "
        "for anything else write a function without parameters and name it.",
    )


def _call(node: ast.Call, value: Callable[[ast.expr], Any], where: str, call: Call) -> Any:
    if any(isinstance(item, ast.Starred) for item in node.args) or any(key.arg is None for key in node.keywords):
        raise StartError(f"{where} uses * or ** in a call.", "Write the arguments one by one.")
    made = value(node.func)
    if not callable(made):
        raise StartError(f"{where}: {ast.unparse(node.func)} is not callable.", "Leave out the ().")
    arguments = tuple(value(item) for item in node.args)
    named = {key.arg: value(key.value) for key in node.keywords if key.arg is not None}
    return call(made, arguments, named, where)


def _attribute(obj: Any, name: str, where: str) -> Any:
    if hasattr(obj, name):
        return getattr(obj, name)
    if inspect.ismodule(obj):
        try:
            return importlib.import_module(f"{obj.__name__}.{name}")
        except ModuleNotFoundError:
            pass
    raise no_name(obj, name, where)


def _item(holder: Any, key: Any, where: str) -> Any:
    try:
        return holder[key]
    except (KeyError, IndexError, TypeError) as error:
        raise StartError(
            f"{where}: [{key!r}] fails with {type(error).__name__}: {error}.",
            "Correct the key, or set the environment variable." if type(key) is str else "Correct the index.",
        ) from error


def no_name(obj: Any, name: str, where: str) -> StartError:
    """The error for a name that a module or an object does not have."""
    public = sorted(
        key
        for key, item in getattr(obj, "__dict__", {}).items()
        if not key.startswith("_") and not inspect.ismodule(item) and _is_own(obj, item)
    )
    has = f"It has {', '.join(public[:20])}." if public else "It defines nothing public."
    holder = getattr(obj, "__file__", None) or getattr(obj, "__name__", None) or type(obj).__name__
    return StartError(f"{holder} has no {name!r}. {has}", f"Correct --agent …={where}.")


def _is_own(obj: Any, item: Any) -> bool:
    """Whether a module defines a name, instead of importing it."""
    defined_in = getattr(item, "__module__", None)
    return not inspect.ismodule(obj) or defined_in is None or defined_in == obj.__name__ or not callable(item)
