"""Attachments: handles on their way through the author's code, their bytes, and new ones."""

import base64
import binascii

from componentize_py_types import Err
from wit_world.imports import blobs
from wit_world.imports.types import Attachment as Outgoing

from .failure import Failure, wrong
from .fields import Fields

# Largest piece that the host takes or gives at once.
PIECE = 1 << 20


class Attachment(Fields):
    """`id` is the handle: copies keep it."""

    __slots__ = ()

    def __missing__(self, key):
        # Asked for only when it is needed: each question is a call of the host.
        if key == "size":
            return int(_asked(blobs.size, self["id"]))
        return super().__missing__(key)

    def __getattr__(self, name):
        return self["size"] if name == "size" else super().__getattr__(name)

    def read(self):
        """All its bytes."""
        pieces = []
        with _asked(blobs.open, self["id"]) as reader:
            while piece := _asked(reader.read, PIECE):
                pieces.append(piece)
        return b"".join(pieces)


def shown(binary):
    return Fields(
        {
            one.name: Attachment(name=one.name, mediaType=one.media_type, fileName=one.file_name, id=one.blob)
            for one in binary
        }
    )


def attachments(binary, known, where):
    """Of an item that was returned; `known` are the blobs of the input."""
    if binary is None:
        return []
    if not isinstance(binary, dict):
        raise wrong(f"`binary` of {where} must be a dict of attachments")
    return [_outgoing(name, one, known, where) for name, one in binary.items()]


def _outgoing(name, one, known, where):
    if not isinstance(one, dict):
        raise wrong(f"attachment `{name}` of {where} must be a dict")
    media_type = one.get("mediaType") or one.get("mimeType") or "application/octet-stream"
    file_name = one.get("fileName")
    blob = _blob(name, one, known, where)
    return Outgoing(str(name), blob, str(media_type), None if file_name is None else str(file_name))


def _blob(name, one, known, where):
    if one.get("id") in known:
        return one["id"]
    data, text = one.get("data"), one.get("text")
    if isinstance(data, (bytes, bytearray, memoryview)):
        return _stored(bytes(data))
    if isinstance(data, str):
        try:
            return _stored(base64.b64decode(data))
        except (binascii.Error, ValueError) as error:
            raise wrong(f"`data` of attachment `{name}` of {where} is not base64: {error}") from None
    if isinstance(text, str):
        return _stored(text.encode("utf-8", "replace"))
    raise wrong(f"attachment `{name}` of {where} is neither one of the input's nor has `data` (bytes or base64) or `text`")


def _stored(data):
    writer = _asked(blobs.create)
    for at in range(0, len(data), PIECE):
        _asked(writer.write, data[at : at + PIECE])
    return _asked(blobs.finish, writer)


def _asked(function, *arguments):
    try:
        return function(*arguments)
    except Err as error:
        reason = getattr(error.value, "value", None) or "no such attachment in this call"
        raise Failure("code-failed", f"an attachment cannot be read or written: {reason}") from None
