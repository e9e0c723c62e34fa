"""A part of a file for players that seek in a recording (RFC 9110, 14); without it some play nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_CHUNK = 64 * 1024


def file_response(request: HttpRequest, stored: Any, media_type: str) -> HttpResponseBase:
    """The stored file, or the one part of it that was asked for (206); 416 for a part that lies outside.

    Several parts at once are answered with the whole, as the standard allows. Raises FileNotFoundError.
    """
    asked = _ONE.fullmatch(request.headers.get("Range", "").strip())
    file = stored.open("rb")
    if asked is None or asked[0] == "bytes=-":
        whole = FileResponse(file, content_type=media_type)
        whole["Accept-Ranges"] = "bytes"
        return whole
    size = int(stored.size)
    first, last = _bounds(asked[1], asked[2], size)
    if first > last or first >= size:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(first)
    part = StreamingHttpResponse(_read(file, last - first + 1), status=206, content_type=media_type)
    part["Accept-Ranges"] = "bytes"
    part["Content-Length"] = str(last - first + 1)
    part["Content-Range"] = f"bytes {first}-{last}/{size}"
    return part


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:  # the last so many bytes
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _read(file: Any, length: int) -> Iterator[bytes]:
    with file:
        while length > 0 and (chunk := file.read(min(_CHUNK, length))):
            length -= len(chunk)
            yield chunk
