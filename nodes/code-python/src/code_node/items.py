"""Items as the author's code sees them."""

import json

from .attachments import shown
from .failure import Failure
from .fields import Fields


class Given:
    """All items of a call."""

    def __init__(self, inputs):
        items = inputs[0].items if inputs else []
        self.items = [
            Fields(json=json.loads(one.json, object_hook=Fields), binary=shown(one.binary)) for one in items
        ]
        self.blobs = {attachment.blob for one in items for attachment in one.binary}


class Input:
    """`_input`."""

    def __init__(self, items, item=None):
        self._items = items
        self._item = item

    @property
    def item(self):
        if self._item is None:
            raise Failure("code-failed", "`_input.item` exists only in the mode for each item: write `_input.first()` or `_input.all()`")
        return self._item

    def all(self, branch=None):
        _first_port_only(branch)
        return list(self._items)

    def first(self, branch=None):
        _first_port_only(branch)
        return self._items[0] if self._items else None

    def last(self, branch=None):
        _first_port_only(branch)
        return self._items[-1] if self._items else None


def _first_port_only(branch):
    if branch:
        raise Failure("code-failed", f"only the first output can be read, not output {branch}")
