"""Writes the worker's log without ever waiting for a reader: a pipe without a reader must not stop a worker."""

from __future__ import annotations

import logging
import os
import queue
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


handler: UnreadHandler | None = None


def start_logging() -> None:
    """Sends this process's log to standard error."""
    global handler
    handler = UnreadHandler()
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("kaizen_eatp_bridge").setLevel(logging.INFO)


def say(text: str) -> None:
    """Writes a line of the command's own to standard error."""
    line = f"kaizen-eatp-bridge: {text}"
    if handler is None:
        print(line, file=sys.stderr, flush=True)
    else:
        handler.say(line)


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
