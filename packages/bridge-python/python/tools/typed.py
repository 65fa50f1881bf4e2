"""Values as tagged JSON, so that a file can say which type a value has in either language."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import Decimal
from typing import Any

_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def to_typed(value: Any) -> dict[str, Any]:
    """The tagged form of a value."""
    match value:
        case None:
            return {"null": True}
        case bool():
            return {"bool": value}
        case int():
            return {"int": str(value)}
        case float():
            return {"float": repr(value)}
        case str():
            return {"str": value}
        case bytes():
            return {"bytes": value.hex()}
        case list() | tuple():
            return {"list": [to_typed(item) for item in value]}
        case dict():
            return {"map": [[to_typed(key), to_typed(item)] for key, item in value.items()]}
        case dt.datetime():
            return {"datetime": value.isoformat()}
        case dt.date():
            return {"date": value.isoformat()}
        case dt.time():
            return {"time": value.isoformat()}
        case dt.timedelta():
            return {"timedelta": str(value // dt.timedelta(microseconds=1))}
        case Decimal():
            return {"decimal": str(value)}
        case uuid.UUID():
            return {"uuid": str(value)}
    raise TypeError(type(value))


def from_typed(typed: dict[str, Any]) -> Any:
    """The value of a tagged form."""
    ((tag, said),) = typed.items()
    match tag:
        case "null":
            return None
        case "bool" | "str":
            return said
        case "int":
            return int(said)
        case "float":
            return _SPECIAL.get(said, float(said))
        case "bytes":
            return bytes.fromhex(said)
        case "list":
            return [from_typed(item) for item in said]
        case "map":
            return {from_typed(key): from_typed(item) for key, item in said}
        case "datetime":
            return dt.datetime.fromisoformat(said)
        case "date":
            return dt.date.fromisoformat(said)
        case "time":
            return dt.time.fromisoformat(said)
        case "timedelta":
            return dt.timedelta(microseconds=int(said))
        case "decimal":
            return Decimal(said)
        case "uuid":
            return uuid.UUID(said)
    raise ValueError(tag)
