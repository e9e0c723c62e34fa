"""The version stamp of a page: what stands on it in one short text, known before the page is drawn.

It is taken from everything that the view hands to the template, value by value, and from what the frame
shows. So it changes with anything that a reader could see changed, by whatever way it was written: a link
removed, a title changed by raw SQL, an interpretation taken offline, another day, another release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject

#: Whose code or words make a page.
_MADE_OF = ("templates", "static", "portal", "interpretation", "disclosure", "catalog", "agencies")
_PLAIN = (str, bytes, int, float, bool, date, datetime, Decimal, Path, type(None))
Seen = set[int]


class UnknownValueError(TypeError):
    """Something stands in the context that the stamp cannot read."""


def stamp(request: HttpRequest, context: Mapping[str, Any], host: Model, *marks: str) -> str:
    """Return the ETag (weak, quoted) of the page that is drawn from `context` for this request.

    Not part of it: lazy objects, which are made of what is. Raises UnknownValueError.
    """
    digest = hashlib.sha256()
    frame = [request.scheme, request.get_host(), request.get_full_path(), timezone.localdate(), *marks]
    seen: Seen = set()
    for text in _texts([release(), frame, host, context, settings.SITE], seen):
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return f'W/"{digest.hexdigest()[:32]}"'


@lru_cache(maxsize=1)
def release() -> str:
    """A fingerprint of templates, styles and code: another release draws other pages from the same rows."""
    digest = hashlib.sha256()
    for room in _MADE_OF:
        for path in sorted((Path(settings.BASE_DIR) / room).rglob("*")):
            if path.suffix in {".html", ".css", ".js", ".svg", ".py"} and "__pycache__" not in path.parts:
                digest.update(path.name.encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _texts(value: Any, seen: Seen) -> Iterator[str]:
    if isinstance(value, SimpleLazyObject | Promise):
        return
    if isinstance(value, _PLAIN):
        yield f"{type(value).__name__}:{value!s}"
    elif isinstance(value, FieldFile):
        yield f"file:{value.name}"
    elif isinstance(value, Model):
        yield from _of_model(value, seen)
    else:
        yield from _of_many(value, seen)


def _of_many(value: Any, seen: Seen) -> Iterator[str]:
    if isinstance(value, Mapping):
        held = list(value.items())
    elif isinstance(value, list | tuple | QuerySet):
        held = list(enumerate(value))
    elif isinstance(value, set | frozenset):
        held = list(enumerate(sorted(value, key=repr)))
    elif is_dataclass(value):
        held = [(field.name, getattr(value, field.name)) for field in fields(value)]
    else:
        raise UnknownValueError(f"{type(value)!r} stands in a context that is stamped")
    yield f"{type(value).__name__}:{len(held)}"
    for key, one in held:
        yield f"key:{key}"
        yield from _texts(one, seen)


def _of_model(row: Model, seen: Seen) -> Iterator[str]:
    yield f"{row._meta.label}:{row.pk}"
    if id(row) in seen:
        return
    seen.add(id(row))
    for name, held in row.__dict__.items():
        if name == "_prefetched_objects_cache":
            yield from _texts({key: list(rows) for key, rows in held.items()}, seen)
        elif name != "_state":
            yield f"field:{name}"
            yield from _texts(held, seen)
    yield from _texts(dict(row._state.fields_cache), seen)
