"""Time zones for `zoneinfo`, which looks for files that are not there when a call is made."""

import io
import os
import zoneinfo

import tzdata


def _read():
    root = os.path.join(os.path.dirname(tzdata.__file__), "zoneinfo")
    same, zones = {}, {}
    with open(os.path.join(os.path.dirname(tzdata.__file__), "zones"), encoding="utf-8") as listed:
        for name in listed.read().split():
            with open(os.path.join(root, *name.split("/")), "rb") as file:
                data = file.read()
            # Half of the names are other names for the same rules.
            zones[name] = same.setdefault(data, data)
    return zones


_ZONES = _read()


def _load(name):
    if name not in _ZONES:
        raise zoneinfo.ZoneInfoNotFoundError(f"no time zone `{name}`")
    return io.BytesIO(_ZONES[name])


zoneinfo._common.load_tzdata = _load
zoneinfo.available_timezones = lambda: set(_ZONES)
zoneinfo.reset_tzpath(to=())
