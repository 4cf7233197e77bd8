"""Where in the author's code something happened: line and column, both from 1, and the line's text."""

import itertools
from dataclasses import dataclass

from .failure import Failure

FILE = "<code>"


@dataclass
class Place:
    line: int
    column: int
    text: str


def place_of(error, source):
    """The innermost frame that is the author's."""
    if isinstance(error, Failure) and error.line is not None:
        return _place(source, error.line, error.column)
    found, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE:
            found = trace
        trace = trace.tb_next
    if found is None:
        return None
    instruction = found.tb_lasti // 2
    line, _, column, _ = next(itertools.islice(found.tb_frame.f_code.co_positions(), instruction, None))
    if line is None:
        line, column = found.tb_lineno, None
    return _place(source, line, _characters(_line(source, line), column or 0) + 1)


def syntax_failure(error, source=None):
    """The parser counts characters. With `source`: the compiler, which counts bytes."""
    column = error.offset or 1
    if source is not None:
        column = _characters(_line(source, error.lineno), column - 1) + 1
    return Failure("code-syntax", f"SyntaxError: {error.msg}", error.lineno or 1, column)


def _place(source, line, column):
    return Place(line, column, _line(source, line))


def _line(source, line):
    lines = source.split("\n")
    return lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else ""


def _characters(line, count):
    """How many characters the first bytes of a line are."""
    return len(line.encode("utf-8", "replace")[:count].decode("utf-8", "ignore"))
