"""What the author's code returned, as items with their sources."""

import json
import uuid
from datetime import date, datetime, time
from decimal import Decimal

from wit_world.imports import types

from .attachments import attachments
from .failure import wrong

KEYS = {"json", "binary", "pairedItem"}


def all_items(returned, given):
    """Items of the mode that runs once for all."""
    if returned is None:
        raise wrong("the code returned nothing: end it with `return` and a list of items, such as `return _items`")
    many = isinstance(returned, (list, tuple))
    listed = list(returned) if many else [returned]
    where = [f"element {at} of what was returned" if many else "what was returned" for at in range(len(listed))]
    wrapped = any(isinstance(one, dict) and "json" in one for one in listed)
    items = [_item(one, wrapped, place) for one, place in zip(listed, where)]
    told = any("pairedItem" in item for item in items)
    origins = _Origins(given)
    return [
        _finished(item, None if told else origins.implied(one, at, len(listed)), given, where[at])
        for at, (item, one) in enumerate(zip(items, listed))
    ]


def one_item(returned, at, given):
    """The item of the mode that runs for each."""
    if isinstance(returned, (list, tuple)):
        raise wrong("the code returned a list, but runs for each item: return one dict, or choose the mode for all items")
    if returned is None:
        raise wrong("the code returned nothing for this item: end it with `return` and a dict")
    where = "what was returned"
    item = _item(returned, isinstance(returned, dict) and "json" in returned, where)
    return _finished(item, [at], given, where)


def _item(one, wrapped, where):
    if not isinstance(one, dict):
        raise wrong(f"{where} is {_kind(one)}: an item is a dict")
    if not wrapped:
        return {"json": one}
    if "json" not in one:
        raise wrong(f"{where} has no `json`, but others have: give it to all items or to none")
    if not isinstance(one["json"], dict):
        raise wrong(f"`json` of {where} is {_kind(one['json'])}: it must be a dict")
    for key in one:
        if key not in KEYS:
            raise wrong(f"{where} has `{key}` beside `json`: put it into `json`; an item has `json`, `binary` and `pairedItem`")
    return one


class _Origins:
    """Where an item came from that does not say so itself."""

    def __init__(self, given):
        self._count = len(given.items)
        self._known = {}
        for at, item in enumerate(given.items):
            self._known.setdefault(id(item), at)
            self._known.setdefault(id(item.get("json")), at)

    def implied(self, returned, at, count):
        for one in (returned, returned.get("json")):
            if id(one) in self._known:
                return [self._known[id(one)]]
        if count == self._count:
            return [at]
        if self._count == 1:
            return [0]
        # One item made of many comes from all of them; of others nothing is known.
        return list(range(self._count)) if count == 1 else []


def _finished(item, otherwise, given, where):
    sources = _paired(item["pairedItem"], len(given.items), where) if "pairedItem" in item else otherwise or []
    return types.CreatedItem(
        _written(item["json"], where),
        attachments(item.get("binary"), given.blobs, where),
        [types.ItemRef(0, index) for index in sources],
    )


def _paired(told, count, where):
    """`2`, `{"item": 2}` or a list of such."""
    indices = []
    for one in told if isinstance(told, (list, tuple)) else [told]:
        index = one.get("item") if isinstance(one, dict) else one
        if type(index) is not int or not 0 <= index < count:
            raise wrong(f"`pairedItem` of {where} must be the index of an input item, from 0 to {count - 1}")
        if isinstance(one, dict) and one.get("input", 0) != 0:
            raise wrong(f"`pairedItem` of {where} names input {one['input']}, but there is one input, 0")
        indices.append(index)
    return indices


def _written(value, where):
    try:
        text = json.dumps(value, default=_as_json, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        # Texts of Python may hold halves of surrogate pairs, those of WebAssembly may not.
        return text if text.isascii() or _is_unicode(text) else json.dumps(value, default=_as_json, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise wrong(f"`json` of {where} cannot be written as JSON: {error}") from None


def _is_unicode(text):
    try:
        text.encode("utf-8")
        return True
    except UnicodeEncodeError:
        return False


def _as_json(value):
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return list(value)
    if callable(value):
        raise TypeError("it holds a function: fields with the name of a method of `dict`, such as `items`, are read as `[\"items\"]`")
    raise TypeError(f"it holds {_kind(value)}")


def _kind(value):
    if value is None:
        return "None"
    if isinstance(value, (list, tuple)):
        return "a list"
    name = {str: "text", bool: "bool", int: "number", float: "number"}.get(type(value), type(value).__name__)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
