"""The whole report as one HTML file: nothing is fetched, and nothing of it needs a script to be read."""

from __future__ import annotations

import base64
import hashlib
import platform
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from typing import Any

from echodetect.corpus import Corpus
from echodetect.errors import ParameterError, check_count, check_windows
from echodetect.escape import inline
from echodetect.redact import Pseudonyms, check_redact
from echodetect.render import percent, saturation, whole
from echodetect.scores import Scores
from echodetect.sections import Section, length, sections

__all__ = ["page"]

_OPEN = 1  # sections that stand open to begin with
_LIBRARIES = ("echodetect", "numpy", "rapidfuzz", "datasketch", "narwhals")
_ALL_POSTS, _POSTS = 10_000, (5, 50)  # on the page, and of one message, where it is not said how many
_STEPS = 20  # of the bar beside a saturation


def _whole(row: dict[str, Any], name: str) -> str:
    return whole(row[name])


def _percent(row: dict[str, Any], name: str) -> str:
    return percent(row[name])


_COLUMNS: Sequence[tuple[str, str, Callable[[dict[str, Any], str], str]]] = (
    ("Saturation", "saturation", saturation),
    ("Audience saturation", "audience_saturation", saturation),
    ("Contacts reached", "reach", _whole),
    ("Redundant impressions", "redundant_impressions", _whole),
    ("Timelines", "authors", _whole),
    ("Peak", "peak", _whole),
    ("Posts", "posts", _whole),
    ("Ready-made", "mean_verbatim", _percent),
)


def page(
    corpus: Corpus,
    scores: Scores,
    parameters: dict[str, Any],
    counts: dict[str, int],
    *,
    redact: bool | str,
    title: str,
    messages: int,
    posts: int | None,
) -> str:
    """The page's text; see `Report.to_html` for what the arguments mean and what is raised."""
    messages = min(check_count("messages", messages, 0), scores.representatives.size)
    if posts is None:
        fewest, most = _POSTS
        posts = min(max(_ALL_POSTS // max(messages, 1), fewest), most)
    posts = check_count("posts", posts, 0)
    if not isinstance(title, str):
        raise ParameterError("title", title, "a string", "pass what stands at the top of the page")
    secret = check_redact(redact)
    pseudonyms = Pseudonyms.of_corpus(corpus, secret) if secret else None
    shown = list(sections(corpus, scores, pseudonyms, messages, posts))
    total = scores.representatives.size
    style, script = _resource("page.css"), _resource("page.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    left = total - len(shown)
    more = f'<p class="more">… and {left:,} more, less saturated than these</p>' if left else ""
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">',
        f'<link rel="icon" href="data:,"><title>{inline(title, 200)}</title><style>{style}</style></head>',
        f'<body><header><h1 dir="auto">{inline(title, 200)}</h1>',
        _headline(scores, corpus, shown),
        "</header><main>",
        _key(parameters, pseudonyms is not None),
        _ranking(shown),
        more,
        _stories(shown),
        _colophon(parameters, counts),
        f"</main><script>{script}</script></body></html>\n",
    ]
    return "\n".join(parts)


def _headline(scores: Scores, corpus: Corpus, shown: Sequence[Section]) -> str:
    labels, total = scores.labels, scores.representatives.size
    inside = labels >= 0
    authors = corpus.columns.timeline[inside]
    share = int(inside.sum()) / labels.size if labels.size else None
    facts = {
        "message echoed" if total == 1 else "messages echoed": whole(total),
        f"of {labels.size:,} posts are echoes": percent(share),
        "people echoing": whole(len(set(authors[authors >= 0].tolist())) or None),
        "highest saturation": saturation(shown[0].figures) if shown else "?",
    }
    if scores.exposure is not None:
        seen = scores.exposure.clusters["redundant_impressions"]
        known = seen[seen == seen]  # not NaN
        facts["redundant impressions"] = whole(float(known.sum()) if known.size else None)
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    return f'<dl class="cards">{items}</dl>'


def _key(parameters: dict[str, Any], redacted: bool) -> str:
    window = length(_windows(parameters)[0])
    names = (
        "<p>People are named by pseudonyms; links and addresses in posts are left out.</p>"
        if redacted
        else ""
    )
    return (
        f'<section class="key"><h2>How to read this</h2><p>A message is <b>echoed</b> when several people '
        f"post it in nearly the same words. Its <b>saturation</b> is the share of repetition in what a "
        f"contact who follows all of them gets to see of it within {window}: 0 is one copy, 0.8 is five. It "
        f"tells of redundancy, not of harm.</p>"
        '<p class="legend"><svg viewBox="0 0 20 20" aria-hidden="true"><path class="v4" stroke-width="11" '
        'd="M10 10h0"/></svg> a post word for word, <svg viewBox="0 0 20 20" aria-hidden="true"><path '
        'class="v3" stroke-width="11" d="M10 10h0.01"/></svg> with some words and <svg viewBox="0 0 20 20" '
        'aria-hidden="true"><path class="v1" stroke-width="11" d="M10 10h0.01"/></svg> with many words of '
        "somebody's own, <mark>marked like this</mark> in the post.</p>"
        f"{names}</section>"
    )


def _ranking(shown: Sequence[Section]) -> str:
    if not shown:
        return "<h2>Messages</h2><p>No message is echoed in these posts.</p>"
    columns = [column for column in _COLUMNS if column[1] in shown[0].figures]  # an audience may be unknown
    always = ("saturation", "authors")
    wide = {name: "" if name in always else ' class="wide"' for _, name, _ in columns}
    heads = "".join([f'<th scope="col"{wide[name]}>{title}</th>' for title, name, _ in columns])
    rows = []
    for number, section in enumerate(shown):
        row = section.figures
        step = round((row["saturation"] or 0) * _STEPS)
        kinds = {**wide, "saturation": f' class="bar s{step}"'}
        cells = "".join(
            [f"<td{kinds[name]}{_value(row[name])}>{form(row, name)}</td>" for _, name, form in columns]
        )
        link = f'<a href="#m{number}">{inline(section.template, 110) or "(no words)"}</a>'
        first = f'<td data-v="{number}">{number}</td><td dir="auto" lang="">{link}</td>'
        rows.append(f"<tr>{first}{cells}</tr>")
    audience = ' class="audience"' if "reach" in wide else ""
    head = f'<th scope="col">#</th><th scope="col">Message</th>{heads}'
    return (
        '<h2 id="messages">Messages, most saturated first</h2><div id="controls" hidden></div>'
        f'<div class="scroll"><table id="ranking"{audience}><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{chr(10).join(rows)}\n</tbody></table></div>"
    )


def _stories(shown: Sequence[Section]) -> str:
    if not shown:
        return ""
    parts = []
    for number, section in enumerate(shown):
        row = section.figures
        gist = (
            f"saturation {saturation(row)} · {whole(row['authors'])} timelines · {whole(row['posts'])} posts"
        )
        parts.append(
            f'<details{" open" if number < _OPEN else ""}><summary><span class="no">{number}</span> '
            f'<span class="gist" dir="auto" lang="">{inline(section.template, 90) or "(no words)"}</span> '
            f'<span class="sum">{gist}</span></summary>{section.html}</details>'
        )
    return "<h2>One by one</h2>\n" + "\n".join(parts)


def _colophon(parameters: dict[str, Any], counts: dict[str, int]) -> str:
    made = {**parameters, "window": ", ".join(map(length, _windows(parameters)))}
    asked = "".join(_pair(name.replace("_", " "), str(value)) for name, value in made.items())
    aside = "".join(_pair(what, f"{count:,}") for what, count in counts.items())
    versions = "".join(_pair(name, version) for name, version in _versions().items())
    return (
        '<h2>How this was made</h2><div class="made">'
        f"<section><h3>Parameters</h3><table>{asked}</table></section>"
        + (f"<section><h3>Set aside or odd</h3><table>{aside}</table></section>" if aside else "")
        + f"<section><h3>Versions</h3><table>{versions}</table></section></div>"
    )


def _pair(name: str, value: str) -> str:
    return f'<tr><th scope="row">{inline(name)}</th><td>{inline(value)}</td></tr>'


def _value(value: float | None) -> str:
    """What the script sorts by; nothing where unknown."""
    return "" if value is None else f' data-v="{value:.6g}"'


def _windows(parameters: dict[str, Any]) -> tuple[int, ...]:
    return tuple(check_windows(parameters["window"]).values())


@cache
def _versions() -> dict[str, str]:
    from importlib import metadata  # it reads e-mail headers, which takes a tenth of `import echodetect`

    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # run from a folder that was never installed
            found[name] = "?"
    return found | {"python": platform.python_version()}


@cache
def _resource(name: str) -> str:
    return resources.files("echodetect").joinpath("data", name).read_text(encoding="utf-8").strip()


def _digest(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
