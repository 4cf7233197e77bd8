"""`print` and `logging`: lines of the run's history. The host makes lines of what is printed."""

import logging
import sys

from wit_world.imports import log

from .failed import text


class _ToTheRun(logging.Handler):
    def emit(self, record):
        try:
            log.write(_level(record.levelno), text(self.format(record)))
        except Exception:
            self.handleError(record)


def _level(number):
    if number >= logging.ERROR:
        return log.Level.ERROR
    if number >= logging.WARNING:
        return log.Level.WARN
    return log.Level.INFO if number >= logging.INFO else log.Level.DEBUG


logging.basicConfig(level=logging.DEBUG, format="%(message)s", handlers=[_ToTheRun()])
# Asynchronous code is told about its loop at this level.
logging.getLogger("asyncio").setLevel(logging.WARNING)
for stream in (sys.stdout, sys.stderr):
    # Each line at once: a call that is stopped leaves what it printed.
    stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
