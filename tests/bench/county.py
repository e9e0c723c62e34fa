"""What the benches of the site measure on: the demo county, and the real archive where it lies beside."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ARCHIVE = Path(__file__).resolve().parents[3] / "shared" / "data" / "documents.jsonl"


def load() -> bool:
    """Load the county once into the database at hand; tell whether the archive came along."""
    from django.conf import settings
    from django.core.management import call_command

    from disclosure.models import Document

    if not Document.objects.exists():
        with tempfile.TemporaryDirectory(prefix="bench-data-") as folder:
            kept, settings.DATA_DIR = settings.DATA_DIR, Path(folder)
            try:
                with storage(Path(folder) / "files"):
                    call_command("load_demo", stdout=sys.stderr)
            finally:
                settings.DATA_DIR = kept
        if ARCHIVE.exists():
            call_command("import_documents", str(ARCHIVE), publish=True, stdout=sys.stderr)
        call_command("reindex", stdout=sys.stderr)
    return ARCHIVE.exists()


@contextmanager
def storage(folder: Path) -> Iterator[None]:
    """Let files go to `folder` for a while, never to those of the installation."""
    from django.test import override_settings

    backend = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": folder, "base_url": None},
    }
    from django.conf import settings

    with override_settings(STORAGES={**settings.STORAGES, "default": backend}):
        yield
