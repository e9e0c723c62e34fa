"""Several PDFs as one, by pikepdf. Runs in the child process alone."""

from __future__ import annotations

import io
from contextlib import ExitStack

import pikepdf

from disclosure.pdf_pages.sentences import BROKEN, ENCRYPTED, JOINED_TOO_MANY, MOST_JOINED, Refused


def join(parts: list[tuple[str, str]], title: str) -> tuple[bytes, int]:
    """One PDF of `parts` (path, name) in their order, each with its bookmark, and how many pages it has.

    Fields and seals become part of the page: they look as they did, and no signature is claimed that the
    joined file cannot bear. Raises Refused with the place of the part that does not open.
    """
    made = pikepdf.Pdf.new()
    starts: list[tuple[str, int]] = []
    with ExitStack() as opened:
        for place, (path, name) in enumerate(parts):
            try:
                source = opened.enter_context(pikepdf.open(path))
                pages = len(source.pages)
                if pages and "/AcroForm" in source.Root:
                    source.generate_appearance_streams()
                    source.flatten_annotations("screen")
            except pikepdf.PasswordError as error:
                raise Refused(ENCRYPTED, place) from error
            except (pikepdf.PdfError, ValueError, TypeError, RuntimeError) as error:
                raise Refused(BROKEN, place) from error
            if not pages:
                raise Refused(BROKEN, place)
            if len(made.pages) + pages > MOST_JOINED:
                raise Refused(JOINED_TOO_MANY, place)
            starts.append((name, len(made.pages)))
            made.pages.extend(source.pages)
        with made.open_outline() as outline:
            outline.root.extend(pikepdf.OutlineItem(name, page) for name, page in starts)
        made.docinfo["/Title"] = title
        made.Root.Lang = pikepdf.String("zh-CN")
        target = io.BytesIO()
        # The same parts in the same order are the same file.
        made.save(target, deterministic_id=True)
    return target.getvalue(), len(made.pages)
