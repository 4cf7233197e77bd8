"""The standard library as calls find it. There are no files when a call is made: what is not imported here cannot be imported."""

import encodings
import gc
import importlib
import os
import pkgutil
import warnings

_MODULES = """
_strptime _suggestions abc array ast asyncio base64 binascii bisect calendar cmath codecs collections.abc colorsys compression.gzip
compression.zlib configparser contextlib contextvars copy copyreg csv dataclasses datetime decimal difflib dis email email.headerregistry
email.message email.mime.application email.mime.multipart email.mime.text email.parser email.policy email.utils enum errno fnmatch fractions
functools getopt getpass glob graphlib gzip hashlib heapq hmac html.entities html.parser http http.cookies inspect io ipaddress itertools
json keyword linecache locale logging marshal math mimetypes numbers opcode operator os pathlib pickle plistlib posixpath pprint
quopri random re reprlib secrets shlex shutil sqlite3 stat statistics string string.templatelib stringprep struct tarfile
tempfile textwrap time timeit token tokenize tomllib traceback types typing unicodedata urllib.parse uuid warnings weakref
xml.dom.minidom xml.etree.ElementTree xml.sax xml.sax.saxutils zipfile zlib zoneinfo
"""


def _import_everything():
    with warnings.catch_warnings(action="ignore"):
        for name in _MODULES.split():
            importlib.import_module(name)
        for codec in pkgutil.iter_modules(encodings.__path__):
            try:
                importlib.import_module(f"encodings.{codec.name}")
            except ImportError:
                # Of other systems, or of a library that was left out of this build.
                pass


class _NoEnvironment(dict):
    def __missing__(self, name):
        raise _Unreadable(name)


class _Unreadable(KeyError):
    told = True

    def __str__(self):
        return f"`{self.args[0]}`: the environment is not readable: bring the value along in the items"


_Unreadable.__name__ = "KeyError"


def freeze():
    """What is there now is there for good: the garbage collector need not look at it in every call."""
    gc.collect()
    gc.freeze()


_import_everything()
# That of the machine which builds this.
os.environ.clear()
os.environ = _NoEnvironment()
from . import log, zones  # noqa: E402, F401: they change what was imported above.
