"""Writes the worker's log without ever waiting for a reader: a pipe without a reader must not stop a worker."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import queue
import re
import sys
import threading

_KEPT = 10_000


class UnreadHandler(logging.Handler):
    """Logs to standard error from a thread of its own. Lines beyond 10,000 that wait are dropped."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: queue.Queue[str | threading.Event] = queue.Queue(_KEPT)
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.say(self.format(record))
        except Exception:
            self.handleError(record)

    def say(self, text: str) -> None:
        """Writes a line."""
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            pass

    def flush_for(self, seconds: float) -> None:
        """Waits until all lines are written, but no longer than this."""
        written = threading.Event()
        try:
            self._lines.put_nowait(written)
        except queue.Full:
            return
        written.wait(seconds)

    def _write(self) -> None:
        while True:
            item = self._lines.get()
            if isinstance(item, threading.Event):
                item.set()
                continue
            try:
                sys.stderr.write(item + "\n")
                sys.stderr.flush()
            except (OSError, ValueError):  # the reader is gone
                _to_nowhere()


def _to_nowhere() -> None:
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    except OSError:
        pass


LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")

_COMMAND = "kaizen-eatp-bridge"
handler: UnreadHandler | None = None


_CONTROLS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069]")


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


class TextFormatter(logging.Formatter):
    """One line for each record: time, level, logger, message.

    Args:
        is_plain: Leaves out the time and the level, for a parent process that adds its own.
    """

    def __init__(self, is_plain: bool = False) -> None:
        super().__init__("%(name)s: %(message)s" if is_plain else "%(time)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.time = _time_of(record)
        # Some of it comes from the bridge, or from an agent: it must not move the cursor, or look like another record.
        return _CONTROLS.sub(_escaped, super().format(record)).replace("\n", "\n  ")


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time` (UTC, ISO 8601), `level`, `logger`, `message`, and `exception` if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": _time_of(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def _time_of(record: logging.LogRecord) -> str:
    at = dt.datetime.fromtimestamp(record.created, dt.UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def start_logging(level: str = "info", form: str = "text", *, is_plain: bool = False) -> None:
    """Sends this process's log to standard error.

    Args:
        level: The lowest level of the bridge's own records that are written. Other packages' are from `warning` on, and
            all of them with `debug`.
        form: `text` or `json`.
        is_plain: Writes text without time and level.
    """
    global handler
    root = logging.getLogger()
    if handler is None:
        handler = UnreadHandler()
        root.addHandler(handler)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter(is_plain))
    root.setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    for name in ("kaizen_eatp_bridge", _COMMAND):
        logging.getLogger(name).setLevel(level.upper())


def say(text: str, level: int = logging.INFO) -> None:
    """Writes a line of the command's own to standard error."""
    if handler is None:
        print(f"{_COMMAND}: {text}", file=sys.stderr, flush=True)
    else:
        logging.getLogger(_COMMAND).log(level, "%s", text)


def flush() -> None:
    """Waits for what was logged to be written, up to a second."""
    if handler is not None:
        handler.flush_for(1.0)
    done = threading.Event()

    def flush_output() -> None:
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            pass
        done.set()

    threading.Thread(target=flush_output, daemon=True).start()
    done.wait(1.0)
