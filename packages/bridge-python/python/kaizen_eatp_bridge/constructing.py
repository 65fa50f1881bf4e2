"""Makes an agent out of a class or a factory: fills in a config whose fields all have defaults, and says what is missing."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Mapping
from typing import Any

from .errors import StartError
from .importing import failed
from .missing import known_requirement

_ENTRIES = ("run", "run_async", "execute", "execute_async", "to_agent")


def construct(made: Any, arguments: tuple[Any, ...], named: dict[str, Any], where: str) -> Any:
    """Calls a class or a factory.

    A parameter whose type is a config (a dataclass or a pydantic model) can be given as a dict. Where it is needed and
    not given, and all fields of the config have defaults, it is made of these.

    Returns:
        What was made. It can be a coroutine, if the factory is a coroutine function.

    Raises:
        StartError: An argument is missing or does not fit, or the call raises an exception.
    """
    signature = signature_of(made)
    if signature is not None:
        given = _bind(signature, arguments, named, made, where)
        arguments, named = _with_configs(made, signature, given, arguments, named, where)
        missing = [p.name for p in needed_parameters(made) if p.name not in given and p.name not in named]
        if missing:
            raise _missing(made, missing, where)
    try:
        return made(*arguments, **named)
    except ModuleNotFoundError as error:
        raise _needs_module(where, error) from error
    except StartError:
        raise
    except Exception as error:
        raise failed(where, error) from error


def signature_of(function: Any) -> inspect.Signature | None:
    """A callable's signature, if Python knows it."""
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return None


def needed_parameters(function: Any) -> list[inspect.Parameter]:
    """The parameters of a callable that have no default."""
    signature = signature_of(function)
    if signature is None:
        return []
    return [
        p
        for p in signature.parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    ]


def hints_of(function: Any) -> dict[str, Any]:
    """The annotations of a callable's parameters, resolved; one that cannot be resolved stays a string."""
    target = inspect.unwrap(function.__init__ if inspect.isclass(function) else function)
    try:
        return typing.get_type_hints(target)
    except Exception:
        return {name: _resolved(target, hint) for name, hint in getattr(target, "__annotations__", {}).items()}


def _resolved(function: Any, hint: Any) -> Any:
    """An annotation by itself: others of the same function may name what is imported for type checkers only."""
    if not isinstance(hint, str):
        return hint
    names = dict(getattr(function, "__globals__", {}))
    base = getattr(sys.modules.get("kaizen.core.base_agent"), "BaseAgent", None)
    if base is not None:
        names.setdefault("BaseAgent", base)
    try:
        return eval(hint, names)  # as Python itself does, in the module that it is written in
    except Exception:
        return hint


def config_class(made: Any, parameter: inspect.Parameter) -> Any:
    """The config class that a parameter takes, by its annotation or, for an unannotated `config`, by its name; or None."""
    options = _options(hints_of(made).get(parameter.name, parameter.annotation))
    for option in options:
        if _is_config(option):
            return option
    return _guessed_config(made) if parameter.name == "config" and not options else None


def fields_without_default(cls: Any) -> list[str]:
    """The fields of a config class that must be given."""
    if dataclasses.is_dataclass(cls):
        return [
            f.name
            for f in dataclasses.fields(cls)
            if f.init and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        ]
    fields = getattr(cls, "model_fields", {})
    return [name for name, field in fields.items() if field.is_required()]


def _with_configs(
    made: Any,
    signature: inspect.Signature,
    given: dict[str, Any],
    arguments: tuple[Any, ...],
    named: dict[str, Any],
    where: str,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    by_name = dict(named)
    by_position = list(arguments)
    for index, parameter in enumerate(signature.parameters.values()):
        is_given = parameter.name in given
        if is_given and not isinstance(given[parameter.name], Mapping):
            continue
        if not is_given and parameter.default is not parameter.empty:
            continue
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        cls = config_class(made, parameter)
        if cls is None or (not is_given and fields_without_default(cls)):
            continue
        config = _make_config(cls, given.get(parameter.name, {}), where)
        if is_given and parameter.name not in named and index < len(by_position):
            by_position[index] = config
        elif parameter.kind is parameter.POSITIONAL_ONLY:
            by_position.append(config)
        else:
            by_name[parameter.name] = config
    return tuple(by_position), by_name


def _make_config(cls: Any, values: Mapping[str, Any], where: str) -> Any:
    needed = [name for name in fields_without_default(cls) if name not in values]
    names = [f.name for f in dataclasses.fields(cls) if f.init] if dataclasses.is_dataclass(cls) else list(cls.model_fields)
    unknown = [name for name in values if name not in names]
    if needed or unknown:
        trouble = f"lacks {', '.join(needed)}" if needed else f"has no {', '.join(map(str, unknown))}"
        raise StartError(
            f"{where}: {cls.__name__} {trouble}; its fields are {', '.join(names)}.", "Correct the config in the spec."
        )
    try:
        return cls(**values)
    except Exception as error:
        raise failed(f"{where}: {cls.__name__}", error) from error


def _bind(
    signature: inspect.Signature, arguments: tuple[Any, ...], named: dict[str, Any], made: Any, where: str
) -> dict[str, Any]:
    try:
        return dict(signature.bind_partial(*arguments, **named).arguments)
    except TypeError as error:
        raise StartError(
            f"{where}: {_name_of(made)}{_short(signature)} does not take these arguments: {error}.",
            "Correct the arguments in the spec.",
        ) from error


def _missing(made: Any, missing: list[str], where: str) -> StartError:
    what = "cannot be made without arguments" if inspect.isclass(made) else "cannot be called without arguments"
    example = ", ".join(f"{name}=…" for name in missing)
    hints = hints_of(made)
    told = [f"{name} ({_hint_text(hints[name])})" if name in hints else name for name in missing]
    configs = [
        f" {cls.__name__} needs {', '.join(fields_without_default(cls))}."
        for p in needed_parameters(made)
        if p.name in missing and (cls := config_class(made, p)) is not None
    ]
    return StartError(
        f"{where} {what}: it needs {', '.join(told)}.{''.join(configs)}",
        f"Give them in the spec, as in {_name_of(made)}({example}), or name a function without parameters that makes it.",
    )


def _needs_module(where: str, error: ModuleNotFoundError) -> StartError:
    from pathlib import Path

    missing = error.name or str(error)
    known = known_requirement(missing.split(".")[0], Path.cwd())
    remedy = (
        f"Install it, as {known[1]} asks for: {sys.executable} -m pip install '{known[0]}'"
        if known
        else f"Find out what installs {missing!r}, and install that."
    )
    return StartError(f"{where} needs the module {missing!r}, which this Python ({sys.executable}) does not have.", remedy)


def _options(hint: Any) -> list[Any]:
    """The classes that an annotation allows: of `X | None`, X."""
    if hint is inspect.Parameter.empty or hint is Any or hint is None or isinstance(hint, str):
        return []
    origin = typing.get_origin(hint)
    if origin is typing.Union or origin is types.UnionType:
        return [option for option in typing.get_args(hint) if option is not type(None)]
    return [origin or hint]


def _is_config(cls: Any) -> bool:
    if not inspect.isclass(cls) or any(callable(getattr(cls, name, None)) for name in _ENTRIES):
        return False
    return dataclasses.is_dataclass(cls) or hasattr(cls, "model_fields")


def _guessed_config(made: Any) -> Any:
    """For `def __init__(self, config)`: the class that the module names like the agent, or its only config class."""
    module = sys.modules.get(getattr(made, "__module__", ""))
    if module is None:
        return None
    configs = {name: cls for name, cls in vars(module).items() if _is_config(cls) and name.endswith("Config")}
    named = configs.get(f"{_name_of(made)}Config") or configs.get(f"{_name_of(made).removesuffix('Agent')}Config")
    if named is not None:
        return named
    own = [cls for cls in configs.values() if cls.__module__ == module.__name__]
    if len(own) == 1:
        return own[0]
    base = getattr(sys.modules.get("kaizen.core.config"), "BaseAgentConfig", None)
    is_base_agent = inspect.isclass(made) and any(c.__module__ == "kaizen.core.base_agent" for c in made.__mro__)
    return base if is_base_agent and not own else None


def _hint_text(hint: Any) -> str:
    is_simple = inspect.isclass(hint) and not typing.get_args(hint)
    return hint.__name__ if is_simple else str(hint).replace("typing.", "")


def _short(signature: inspect.Signature) -> str:
    text = str(signature)
    return text if len(text) <= 200 else "(" + ", ".join(signature.parameters) + ")"


def _name_of(made: Any) -> str:
    return getattr(made, "__name__", None) or type(made).__name__
