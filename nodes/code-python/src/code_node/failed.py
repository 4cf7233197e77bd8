"""Errors of the author's code as the host wants them."""

import json
import traceback

from wit_world.imports import types

from .failure import Failure
from .hints import hint
from .place import place_of

_MOST_TEXT = 200


def described(error, source, at=None):
    place = place_of(error, source)
    code, message = _told(error)
    # What the frames hold may be what there is no more memory for.
    error.__traceback__ = error.__context__ = None
    name = "SyntaxError" if code == "code-syntax" else "Error" if isinstance(error, Failure) else type(error).__name__
    details = {"name": name}
    if place:
        message = f"{message} (line {place.line}, column {place.column})"
        details |= {"line": place.line, "column": place.column, "text": place.text.strip()[:_MOST_TEXT]}
    return types.NodeError(
        types.ErrorKind.INVALID_INPUT if code == "code-syntax" else types.ErrorKind.PERMANENT,
        code,
        text(message),
        text(json.dumps(details)),
        "/code",
        None if at is None else types.ItemRef(0, at),
        None,
    )


def _told(error):
    if isinstance(error, Failure):
        return error.code, str(error)
    if isinstance(error, MemoryError):
        return "out-of-memory", "MemoryError: the code wanted more memory than one call may have: work on fewer items at once"
    if getattr(error, "told", False):
        return "code-failed", f"{type(error).__name__}: {error}"
    more = hint(error)
    if isinstance(error, NameError) and more:
        return "code-failed", f"NameError: `{error.name}` is not defined: {more}"
    said = _in_pythons_words(error)
    return "code-failed", f"{said}: {more}" if more else said


def _in_pythons_words(error):
    """With its guesses at what was meant, for which it looks at the frame."""
    told = traceback.TracebackException(type(error), error, error.__traceback__, limit=1, lookup_lines=False)
    return "".join(told.format_exception_only()).strip()


def text(value):
    """Python's texts may hold what is no Unicode; WebAssembly's may not."""
    return value.encode("utf-8", "replace").decode("utf-8")
