"""The parameters of the node. They were checked against the schema, but cases and others call without a host."""

import json
from dataclasses import dataclass

from componentize_py_types import Err
from wit_world.imports import types

from .fields import Fields

FOR_ALL, FOR_EACH = "runOnceForAllItems", "runOnceForEachItem"
_NAMES = ("language", "mode", "values", "code")


@dataclass
class _Parameters:
    mode: str
    values: dict
    code: str


class Parameters:
    def __init__(self, params):
        self._shared = _checked(params.value) if isinstance(params, types.Params_Shared) else None
        self._texts = params.value

    def at(self, index):
        """Those of an item."""
        if self._shared:
            return self._shared
        return _checked(self._texts[index] if index < len(self._texts) else "{}")


def _checked(text):
    given = json.loads(text, object_hook=Fields)
    for name in given:
        if name not in _NAMES:
            raise _invalid(f"unknown field `{name}`, there are {', '.join(_NAMES)}", f"/{name}")
    mode, values, code = given.get("mode", FOR_ALL), given.get("values", {}), given.get("code")
    if given.get("language", "python") != "python":
        raise _invalid("the language is `python`", "/language")
    if mode not in (FOR_ALL, FOR_EACH):
        raise _invalid(f"the mode is one of {FOR_ALL}, {FOR_EACH}", "/mode")
    if not isinstance(values, dict):
        raise _invalid("expected an object", "/values")
    if not isinstance(code, str):
        raise _invalid("expected a text with the code", "/code")
    return _Parameters(mode, values, code)


def _invalid(message, parameter):
    return Err(types.NodeError(types.ErrorKind.INVALID_INPUT, "invalid-params", message, None, parameter, None, None))
