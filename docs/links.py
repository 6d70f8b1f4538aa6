"""Checks a built page tree: each link to a page, picture or anchor leads somewhere, and nothing is fetched.

python docs/links.py build/docs
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """The anchors of a page, its links, and what a browser fetches to show it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        values = dict(attrs)
        self.anchors |= {name for name in (values.get("id"), values.get("name")) if name}
        if tag == "a" and (link := values.get("href")):
            self.links.append(link)
        if (name := FETCHED.get(tag)) and (link := values.get(name)):
            self.fetched.append(link)


def broken(home: Path) -> list[str]:
    """What is wrong, a line each."""
    pages = {path: Page(path.read_text("utf-8")) for path in sorted(home.rglob("*.html"))}
    wrong = []
    for path, page in pages.items():
        shown = path.relative_to(home)
        outside = [link for link in page.fetched if urlsplit(link).netloc]
        wrong += [f"{shown} fetches {link}" for link in outside]
        for link in page.links + page.fetched:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            if not target.is_file():
                wrong.append(f"{shown}: {link} is not there")
                continue
            anchors = pages[target].anchors if target in pages else None
            if parts.fragment and anchors is not None and unquote(parts.fragment) not in anchors:
                wrong.append(f"{shown}: {link} has no such anchor")
    return wrong if pages else [f"no pages in {home}"]


if __name__ == "__main__":
    found = broken(Path(sys.argv[1]).resolve())
    print("\n".join(found) if found else "every link leads somewhere")
    sys.exit(bool(found))
