"""Calls before the snapshot, so that what Python does once for all is done: each memory page that a call need not change saves time."""

import json

from componentize_py_types import Err
from wit_world.imports import types

_CODES = (
    "return [{'n': item['json']['n'] + 1, 'at': _now, 'name': f'{_today:%Y-%m-%d}'} for item in _items]",
    "import re, json\nfor item in _input.all():\n    item.json.n += 1\nreturn items",
    "async def two():\n    return 2\nreturn {'n': await two()}",
    "raise ValueError('no')",
    "return nothing",
    "return _items[0].json.nothing",
    "return (",
)
_EACH = ("_json['n'] = _item.json.n + 1\nreturn _item",)
_OFTEN = 8


def calls(world):
    for _ in range(_OFTEN):
        for code in _CODES:
            _call(world, {"code": code})
        for code in _EACH:
            _call(world, {"code": code, "mode": "runOnceForEachItem"})


def _call(world, params):
    items = [types.Item(json.dumps({"n": n, "of": [{"a": 1.5}]}), []) for n in range(2)]
    context = types.Context("run", "step", "node", "workflow", 1, [], 1.7e12, "Europe/Berlin", False)
    call = types.Call(types.Params_Shared(json.dumps(params)), [types.Input("main", items)], context)
    try:
        world.run(call)
    except Err:
        pass
