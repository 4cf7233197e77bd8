"""The names that the code sees beside Python's own. What means nothing in a mode is not defined there: its absence is explained."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import jmespath

from .fields import Fields
from .items import Input


def of_call(context, source, given):
    now = datetime.fromtimestamp(context.run_time_ms / 1000, _zone(context, source))
    items = list(given.items)
    return {
        "_input": Input(items),
        "_items": items,
        "items": items,
        "_now": now,
        "_today": now.replace(hour=0, minute=0, second=0, microsecond=0),
        "_run": Fields(id=context.run_id, startedAtMs=context.run_time_ms, attempt=context.attempt),
        "_execution": Fields(id=context.run_id),
        "_workflow": Fields(name=context.workflow_name),
        "_iteration": list(context.iteration),
        "_runIndex": context.iteration[-1] if context.iteration else 0,
        "_jmespath": _jmespath,
    }


def of_item(given, at):
    item = given.items[at]
    return {
        "_input": Input(given.items, item),
        "_item": item,
        "item": item,
        "_json": item.json,
        "_binary": item.binary,
        "_itemIndex": at,
    }


def _zone(context, source):
    """Reading a zone takes longer than most code: only for those who use it."""
    return ZoneInfo(context.time_zone) if "_now" in source or "_today" in source else timezone.utc


def _jmespath(data, query):
    return jmespath.search(query, data)
