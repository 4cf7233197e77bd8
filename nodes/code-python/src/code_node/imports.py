"""`import` as the author's code has it. What cannot work says so at once, not when it is used: this is help, not a fence."""

import builtins

from .hints import MODULES


class _Unavailable(ModuleNotFoundError):
    told = True


_Unavailable.__name__ = "ModuleNotFoundError"


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    wanted = {name, name.partition(".")[0], *(f"{name}.{part}" for part in fromlist or ())}
    for module in sorted(wanted):
        if module in MODULES:
            raise _Unavailable(f"`{module}` cannot be imported: {MODULES[module]}", name=module)
    return builtins.__import__(name, globals, locals, fromlist, level)


BUILTINS = {**vars(builtins), "__import__": _import}
