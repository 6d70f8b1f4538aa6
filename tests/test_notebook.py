from __future__ import annotations

import re

import pytest

import echodetect
from echodetect import detect
from tests.pages import read
from tests.posts import MESSAGE, OTHER, ROWS, post
from tests.test_html import EVIL

TAGS = {"div", "style", "p", "b", "table", "thead", "tbody", "tr", "th", "td", "mark", "pre", "code"}
TAGS |= {"details", "summary", "ul", "li"}


@pytest.fixture(scope="module")
def report():
    return detect(ROWS)


def views(report):
    results = [report, report.cluster(0), report.review(), report.advise(), report.programme()]
    return [result._repr_html_() for result in results]


def rows(html):
    return [[cell.text() for cell in row.all("td")] for row in read(html).all("tr")][1:]


def test_report(report):
    html = report._repr_html_()
    assert read(html).all("p")[0].text() == "2 clusters; 7 of 9 messages (77.8%) are in one."
    assert rows(html) == [
        ["0", "0.72..0.78", "5", "4", "5", "90.8%", MESSAGE],
        ["1", "0.500", "2", "2", "2", "100.0%", OTHER],
    ]
    assert [item.text() for item in read(html).all("li")] == [
        f"{count} {what}" for what, count in report.counts.items()
    ]


def test_cluster(report):
    html = report.cluster(0)._repr_html_()
    gist = "Cluster 0: saturation 0.72..0.78, 5 posts on 5 timelines, at most 4 in one window."
    assert read(html).all("p")[0].text() == gist
    assert read(html).all(class_="echodetect-post")[0].text() == MESSAGE
    shown = rows(html)
    assert shown[0] == ["2025-03-03 09:00", "ann", "100.0%", MESSAGE]
    assert shown[-1] == ["", "eve", "100.0%", MESSAGE.upper()]
    assert [mark.text() for mark in read(html).all("mark")] == [ROWS[4]["text"][:56]]


def test_others_show_their_text(report):
    for result in (report.review(), report.advise(), report.programme()):
        assert read(result._repr_html_()).all("pre")[0].text() == repr(result)


def test_long_views_are_cut():
    many = detect([post(str(at), at, f"{MESSAGE} {'and so on ' * 200}") for at in range(38)])
    html = many.cluster(0)._repr_html_()
    assert len(rows(html)) == 30
    assert "… and 8 more posts" in html
    assert len(html) < 60_000
    few = detect(echodetect.sample())
    assert len(rows(few._repr_html_())) == 10
    assert "… and 19 more in" in few._repr_html_()


def test_nothing_found():
    for messages in ([], [MESSAGE]):
        report = detect(messages)
        assert "0 clusters" in read(report._repr_html_()).text()
        for result in (report.review(), report.advise(), report.programme()):
            read(result._repr_html_())


def test_an_audience_has_a_column():
    audience = echodetect.Audience.from_edges(["ann", "bob"], ["x", "x"])
    html = detect(ROWS[-2:], audience=audience)._repr_html_()
    assert "audience saturation" in html
    assert rows(html)[0][1:3] == ["0.500", "0.500"]


def test_rules_are_for_its_own_alone(report):
    for html in views(report):
        (style,) = read(html).all("style")
        rules = re.findall(r"([^{}]+)\{[^{}]*\}", style.text())
        assert rules
        assert all(rule.strip().startswith(".echodetect") for rule in rules)
        assert "#" not in style.text(), "colours come from the notebook, light or dark"
        assert not read(html).all("script")
        assert "url(" not in style.text()


def test_nothing_breaks_out():
    report = detect([post(f"{evil}{at}", at, f"{MESSAGE} {evil}") for at, evil in enumerate(EVIL)])
    for html in views(report):
        html.encode("utf-8")
        page = read(html)
        assert {element.tag for element in page.all()} <= TAGS
        for element in page.all():
            assert set(element.attrs) <= {"class", "dir", "scope"}


def test_rich(report):
    assert dict(report.__rich_repr__()) == {
        "clusters": 2,
        "messages": 9,
        "in_clusters": 7,
        "parameters": report.parameters,
        "counts": report.counts,
    }
    shown = report.cluster(1)
    assert dict(shown.__rich_repr__()) == {"figures": shown.figures, "posts": shown.posts}
