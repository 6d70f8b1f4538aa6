"""Every page, picture and heading that a page points to is there; what is public is documented."""

from __future__ import annotations

import doctest
import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import echodetect

HOME = Path(__file__).parent.parent
DOCS = HOME / "docs"
PAGES = [HOME / "README.md", *sorted(DOCS.glob("*.md")), *sorted((HOME / "benchmarks").glob("*.md"))]


def module(name):
    """A script of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def prose(page):
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page):
    """The anchors that GitHub, and MyST after its example, give to headings."""
    headings = re.findall(r"^#+ (.+?)\s*$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)", prose(page)):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_pictures_are_well_formed():
    for path in DOCS.glob("*.svg"):
        assert ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_the_picture_is_what_the_script_draws():
    assert (DOCS / "echo.svg").read_text("utf-8") == module("figures").echo(), "run python docs/figures.py"


def test_the_pictures_of_plots_are_drawn(tmp_path):
    figures = module("figures")
    figures.plots(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {path.name for path in DOCS.glob("plot-*.png")}
    assert names == set(re.findall(r"\((plot-\w+\.png)\)", (DOCS / "plots.md").read_text("utf-8")))
    assert max(path.stat().st_size for path in DOCS.glob("plot-*.png")) < 60_000
    code = (DOCS / "plots.md").read_text("utf-8")
    assert figures.report_of_plots().clusters == _run(code).clusters, "the page makes the same report"


def _run(page):
    """The first report that a page makes."""
    scope = {}
    for example in doctest.DocTestParser().get_examples(page):
        exec(example.source, scope)
        if "report" in scope:
            return scope["report"]
    raise AssertionError("no report")


def test_every_public_name_is_in_the_reference():
    named = set(re.findall(r"^\.\. auto\w+:: echodetect\.(\w+)", (DOCS / "api.md").read_text(), re.MULTILINE))
    assert set(echodetect.__all__) <= named


def test_every_column_is_in_the_tables():
    posts = echodetect.sample()
    edges = echodetect.Audience.from_edges([post["author"] for post in posts], range(len(posts)))
    report = echodetect.detect(posts, audience=edges)
    sections = re.split(r"^## ", (DOCS / "columns.md").read_text("utf-8"), flags=re.MULTILINE)
    told = {section.split()[0]: section for section in sections}
    for name in ("clusters", "messages", "spans", "pairs", "exposure", "timelines"):
        columns = set(getattr(report, name)[0]) - (
            set(posts[0]) - {"verbatim"} if name == "messages" else set()
        )
        rows = re.findall(r"^\| (`.+?) \|", told[f"report.{name}"], flags=re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", " ".join(rows))) == columns


def test_a_built_tree_is_checked(tmp_path):
    links = module("links")
    assert links.broken(tmp_path)
    page = (
        '<h1 id="top">x</h1><a href="#top">y</a><a href="b.html#there">z</a><a href="https://a.example">w</a>'
    )
    (tmp_path / "a.html").write_text(page)
    (tmp_path / "b.html").write_text('<p id="there"><img src="p.png">')
    (tmp_path / "p.png").touch()
    assert links.broken(tmp_path) == []
    (tmp_path / "b.html").write_text('<script src="https://a.example/x.js"></script><img src="q.png">')
    assert links.broken(tmp_path) == [
        "a.html: b.html#there has no such anchor",
        "b.html fetches https://a.example/x.js",
        "b.html: q.png is not there",
    ]
