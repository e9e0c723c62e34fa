"""Makes one PDF: HTML and style come on standard input (its argument: how many bytes are HTML), PDF goes out.

Runs alone, with limits; fetches nothing, from the network or from the disk.
"""

import contextlib
import os
import resource
import sys

SECONDS = 30
MEMORY = 2 * 1024**3


def refuse(url: str, *args: object, **kwargs: object) -> dict[str, object]:
    """No address is ever fetched."""
    raise ValueError(f"nothing is fetched: {url[:80]}")


def main() -> None:
    """Read, draw, write."""
    with contextlib.suppress(OSError):
        os.nice(15)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import weasyprint

    given = sys.stdin.buffer.read()
    length = int(sys.argv[1])
    html, style = given[:length].decode(), given[length:].decode()
    document = weasyprint.HTML(string=html, url_fetcher=refuse, base_url="about:blank")
    sheet = weasyprint.CSS(string=style, url_fetcher=refuse)
    sys.stdout.buffer.write(document.write_pdf(stylesheets=[sheet], pdf_variant="pdf/ua-1"))


if __name__ == "__main__":
    main()
