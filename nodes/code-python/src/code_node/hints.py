"""What people look for and do not find, and what to do instead."""

from datetime import datetime

NO_NETWORK = "a Code node has no network: put an HTTP Request node before it"
NO_PACKAGES = "a Code node has Python's standard library and no packages"
NO_PROCESSES = "a Code node has no processes and no threads"
UNCONNECTED = "a Code node sees only its own input and `_values`: set `values` to, say, {\"orders\": \"{{ $('Orders').all() }}\"}, and read `_values.orders`"
NOT_PYODIDE = "this is CPython itself, not Pyodide"
NO_ENVIRONMENT = "the environment is not readable: bring the value along in the items"
_EACH = "it exists only in the mode for each item: write `_input.first()` or `_items`"
_ALL = "it exists only in the mode for all items: write `_item` or `_json`"

NAMES = {
    "_": UNCONNECTED,
    "_node": UNCONNECTED,
    "_prevNode": UNCONNECTED,
    "_item": _EACH,
    "item": _EACH,
    "_json": _EACH,
    "_binary": _EACH,
    "_itemIndex": _EACH,
    "_vars": "variables do not reach a Code node by themselves: set `values` to {\"x\": \"{{ $vars.x }}\"}, and read `_values.x`",
    "_env": NO_ENVIRONMENT,
    "_secrets": "secrets are not values: choose a credential in the node that needs it",
    "_getWorkflowStaticData": "nothing is kept between runs in a Code node",
    "_helpers": "there are no helpers: put an HTTP Request node before the Code node",
    "_evaluateExpression": "expressions are JavaScript: evaluate them in an Edit Fields node",
    "fetch": NO_NETWORK,
    "console": "write `print()`, or `logging.warning()` and the like",
    "null": "write `None`",
    "undefined": "write `None`",
    "true": "write `True`",
    "false": "write `False`",
}

MODULES = {
    **dict.fromkeys(
        "aiohttp ftplib http.client http.cookiejar http.server httpx imaplib poplib requests smtplib socket socketserver ssl "
        "urllib.request urllib.robotparser urllib3 websocket websockets webbrowser xmlrpc".split(),
        NO_NETWORK,
    ),
    **dict.fromkeys("_thread concurrent multiprocessing pty signal subprocess threading".split(), NO_PROCESSES),
    **dict.fromkeys("js micropip pyodide pyodide_js".split(), NOT_PYODIDE),
}


def hint(error):
    """Of an error that is Python's own; nothing if there is nothing to add."""
    if isinstance(error, ModuleNotFoundError):
        return None if getattr(error, "told", False) else NO_PACKAGES
    if isinstance(error, NameError):
        return NAMES.get(error.name)
    if isinstance(error, AttributeError) and isinstance(error.obj, datetime):
        return "dates are Python's `datetime` here, not Luxon's: write `isoformat()`, `strftime('%Y-%m-%d')` and the like"
    if isinstance(error, SystemExit):
        return "end the code with `return`"
    if isinstance(error, OSError) and error.errno is not None:
        return "a Code node reaches no files, no network and no processes"
    return None
