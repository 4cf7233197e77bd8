"""From the author's text to a function, with every place as the author wrote it."""

import ast
import linecache
import sys
import types

from . import imports
from .loop import run_to_the_end
from .place import FILE, syntax_failure

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


class Compiled:
    def __init__(self, source, names):
        """`names` are the arguments of the code, so that it may assign to them."""
        try:
            body = ast.parse(source, FILE).body
        except SyntaxError as error:
            raise syntax_failure(error) from None
        self._waits = ("await" in source or "async" in source) and any(map(_waits, body))
        module = _template(names, self._waits)
        if body:
            module.body[0].body = body
        try:
            self._code = compile(module, FILE, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise syntax_failure(error, source) from None
        # For those who print a traceback.
        linecache.cache[FILE] = (len(source), None, source.splitlines(True), FILE)

    def run(self, names):
        """What the code returns, all that it waits for included."""
        module = types.ModuleType("__main__")
        module.__builtins__ = imports.BUILTINS
        sys.modules["__main__"] = module
        exec(self._code, module.__dict__)
        returned = module.__dict__.pop("code")(**names)
        return run_to_the_end(returned) if self._waits else returned


def _template(names, waits):
    """A function without the author's body, which keeps its places."""
    return ast.parse(f"{'async ' if waits else ''}def code(*, {', '.join(names)}): pass", FILE)


def _waits(node):
    """Whether the code itself waits for something, not only a function within it."""
    if isinstance(node, _SCOPES):
        return False
    if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) or getattr(node, "is_async", 0):
        return True
    return any(map(_waits, ast.iter_child_nodes(node)))
