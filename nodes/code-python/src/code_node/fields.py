"""Objects of JSON: dictionaries whose fields are attributes, too, as users of n8n's first Python node wrote them."""

import difflib

MOST_AVAILABLE = 20


class _MissingKey(KeyError):
    """`KeyError` shows its argument as a literal; this one says something."""

    told = True

    def __str__(self):
        return self.args[0]


class _MissingAttribute(AttributeError):
    told = True


_MissingKey.__name__, _MissingAttribute.__name__ = "KeyError", "AttributeError"


class Fields(dict):
    __slots__ = ()

    def __missing__(self, key):
        raise _MissingKey(missing(self, key))

    def __getattr__(self, name):
        # `copy`, `pickle` and others ask for such to learn what a thing can do.
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self:
            return self[name]
        raise _MissingAttribute(missing(self, name))

    def __setattr__(self, name, value):
        self[name] = value

    def __delattr__(self, name):
        if name not in self:
            raise _MissingAttribute(missing(self, name))
        del self[name]

    def to_py(self):
        """A plain copy: what code written for Pyodide asks for."""
        return plain(self)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def missing(fields, name):
    available = [str(key) for key in fields]
    if not available:
        return f"no field `{name}`; the object is empty"
    listed = ", ".join(f"`{key}`" for key in available[:MOST_AVAILABLE])
    more = f" and {len(available) - MOST_AVAILABLE} more" if len(available) > MOST_AVAILABLE else ""
    close = difflib.get_close_matches(str(name), available, 1)
    meant = f": did you mean `{close[0]}`?" if close else ""
    return f"no field `{name}`; there are {listed}{more}{meant}"
