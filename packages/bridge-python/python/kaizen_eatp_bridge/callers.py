"""How inputs become calls: of `run`, of a method of the agent's own, of a role's method, of a TrustedAgent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .constructing import needed_parameters, signature_of
from .context import current_invocation
from .errors import AgentInputError
from .functions import fits, float_parameters, function_caller, is_async_function, is_fields, with_floats
from .roles import call_role, has_role_method

Call = Callable[[Any], Any]


def trusted_caller(obj: Any) -> Call:
    """Calls a TrustedAgent of kailash.trust, which makes its own checks and records."""

    async def call(value: Any) -> Any:
        invocation = current_invocation()
        if invocation is not None and invocation.human_origin is None and _needs_context(obj):
            raise AgentInputError(
                "A TrustedAgent of kailash.trust acts only for a person, and this invocation names none.",
                "Pass humanOrigin to runtime.execute().",
            )
        return await obj.execute_async(inputs=value if is_fields(value) else {_only_field(obj, obj.run): value})

    return call


def role_caller(obj: Any) -> Call:
    """Calls the role method that the fields of an input stand for."""
    return lambda value: call_role(obj, value)


def verb_caller(obj: Any, verb: Callable[..., Any], run: Callable[..., Any], call_run: Call) -> Call:
    """Calls a method such as `ask`; an input that fits only the agent's signature, or a role, goes where it belongs."""
    call_verb = function_caller(verb)
    known = getattr(getattr(obj, "signature", None), "input_fields", None)
    takes_run = is_async_function(verb) == is_async_function(run)

    def call(value: Any) -> Any:
        if is_fields(value) and not fits(verb, value):
            if takes_run and isinstance(known, Mapping) and set(known) >= value.keys():
                return call_run(value)
            if has_role_method(obj, value):
                return call_role(obj, value)
        return call_verb(value)

    return call


def verbs_caller(methods: Mapping[str, Callable[..., Any]], where: str) -> Call:
    """Calls the one of several methods that takes the fields of an input."""
    callers = {name: function_caller(method) for name, method in methods.items()}

    def call(value: Any) -> Any:
        fitting = [name for name, method in methods.items() if is_fields(value) and fits(method, value)]
        if len(fitting) == 1:
            return callers[fitting[0]](value)
        took = ", ".join(f"{name}{signature_of(method)}" for name, method in methods.items())
        fields = f"the fields {', '.join(value)}" if is_fields(value) else "no fields"
        what = f"fits several of its methods: {', '.join(fitting)}" if fitting else "fits none of its methods"
        raise AgentInputError(
            f"The input has {fields} and {what}. They are {took}.",
            f"Pass the fields of one of them, or name the method in the spec: {where}#{(fitting or list(methods))[0]}.",
        )

    return call


def run_caller(obj: Any, run: Callable[..., Any], verbs: Sequence[Callable[..., Any]] = ()) -> Call:
    """Calls `run` with the fields of an input.

    Fields that the agent's signature does not take go to the role's method that they stand for, or to the only one of
    the agent's other methods that takes them.
    """
    signed = getattr(getattr(obj, "signature", None), "input_fields", None)
    known = set(signed) if isinstance(signed, Mapping) else None
    floats = float_parameters(run) | _float_fields(signed)

    def call(value: Any) -> Any:
        if not is_fields(value):
            return run(**with_floats({_only_field(obj, run): value}, floats))
        # A signature that takes the role's fields says it all; else the method that was written for the role does.
        if known is not None and not known >= value.keys():
            if has_role_method(obj, value):
                return call_role(obj, value)
            fitting = [verb for verb in verbs if fits(verb, value)]
            if len(fitting) == 1:
                return fitting[0](**with_floats(value, float_parameters(fitting[0])))
        return run(**with_floats(value, floats))

    return call


def _needs_context(obj: Any) -> bool:
    return bool(getattr(getattr(obj, "_config", None), "fail_on_verification_failure", True))


def _float_fields(signed: Any) -> frozenset[str]:
    if not isinstance(signed, Mapping):
        return frozenset()
    types = {name: f.get("type") if isinstance(f, Mapping) else getattr(f, "type", None) for name, f in signed.items()}
    return frozenset(name for name, kind in types.items() if kind is float)


def _only_field(obj: Any, run: Callable[..., Any]) -> str:
    """Where an input goes that is not a set of fields."""
    signature = signature_of(run)
    names = [p.name for p in needed_parameters(run)]
    takes_any = signature is None or any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    fields = getattr(getattr(obj, "signature", None), "input_fields", None)
    if isinstance(fields, Mapping) and fields and takes_any and not names:
        names = [n for n, f in fields.items() if not isinstance(f, Mapping) or f.get("required", True)] or list(fields)
    if len(names) == 1:
        return names[0]
    raise AgentInputError(
        f"The input is no set of fields, and {type(obj).__name__} takes "
        + (f"several: {', '.join(names)}." if names else "fields of any name."),
        "Pass an object with the fields by name.",
    )
