from __future__ import annotations

import datetime as dt
import io
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import echodetect
from echodetect import ParameterError, detect
from echodetect.escape import block, inline, marked, pieces
from echodetect.sections import length
from tests.pages import read
from tests.posts import MESSAGE, NINE, OTHER, ROWS, UTC, post


def html(report, **options):
    file = io.StringIO()
    report.to_html(file, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def sample():
    return detect(echodetect.sample())


@pytest.fixture(scope="module")
def small():
    return read(html(detect(ROWS), title="Repair & more"))


def cells(page):
    return [[cell.text() for cell in row.all("td")] for row in page.all("table", id="ranking")[0].all("tr")]


# --- what is on the page -----------------------------------------------------------------------------------


def test_title_and_summary(small):
    assert small.all("title")[0].text() == small.all("h1")[0].text() == "Repair & more"
    facts = {
        card.all("dt")[0].text(): card.all("dd")[0].text()
        for card in small.all("dl", class_="cards")[0].all("div")
    }
    assert facts == {
        "messages echoed": "2",
        "of 9 posts are echoes": "77.8%",
        "people echoing": "5",
        "highest saturation": "0.72..0.78",
    }


def test_ranking(small):
    assert cells(small) == [
        [],
        ["0", MESSAGE, "0.72..0.78", "5", "4", "5", "90.8%"],
        ["1", OTHER, "0.500", "2", "2", "2", "100.0%"],
    ]
    heads = small.all("table", id="ranking")[0].all("th")
    assert [head.attrs["scope"] for head in heads] == ["col"] * 7
    assert [link.attrs["href"] for link in small.all("a")] == ["#m0", "#m1"]
    assert small.all(id="m0")
    assert small.all(id="m1")


def test_a_section_for_every_message(small):
    first, second = small.all("details")
    assert "open" in first.attrs
    assert "open" not in second.attrs
    assert first.all(class_="sum")[0].text() == "saturation 0.72..0.78 · 5 timelines · 5 posts"
    assert first.all(class_="facts")[0].text() == (
        "4 timelines within 1 h · effective repeats 3.54 · 90.8% ready-made on average · "
        "20.0% of posts with own words · weakest likeness 0.87"
    )
    assert first.all(class_="t")[0].text() == MESSAGE
    posts = first.all("ul", class_="posts")[0].all("li")
    assert [item.all(class_="who")[0].text() for item in posts] == ["ann", "bob", "cy", "dee", "eve"]
    assert [item.all(class_="when")[0].text() for item in posts] == [
        "2025-03-03 09:00",
        "2025-03-03 09:10",
        "2025-03-03 09:20",
        "2025-03-03 09:30",
        "time unknown",
    ]
    assert [item.all(class_="how")[0].text() for item in posts[1:3]] == ["word for word", "53.8% ready-made"]
    assert [item.all(class_="p")[0].text() for item in posts] == [
        ROWS[row]["text"] for row in (1, 2, 4, 5, 0)
    ]
    assert [mark.text() for mark in posts[2].all("mark")] == [ROWS[4]["text"][:56]]
    assert not [mark for item in (*posts[:2], *posts[3:]) for mark in item.all("mark")]


def test_posts_and_marks_are_those_of_cluster(sample):
    page = read(html(sample))
    for number, section in enumerate(page.all("details")):
        posts = sample.cluster(number).posts
        items = section.all("ul", class_="posts")[0].all("li")
        assert len(items) == len(posts)
        shown = [
            (
                item.all(class_="who")[0].text(),
                item.all(class_="p")[0].text(),
                [m.text() for m in item.all("mark")],
            )
            for item in items
        ]
        known = [(p.author, p.text, [p.text[start:end] for start, end in p.own]) for p in posts]
        assert sorted(shown) == sorted(known)
        assert section.all(class_="t")[0].text() == sample.cluster(number).template


def test_what_if_lines_are_those_of_the_report(sample):
    page = read(html(sample))
    gap, words = sample.what_if(gap="15min"), sample.what_if(own_words=10)
    without = {}
    for row in sample.what_if(one_post=True):
        without.setdefault(row["cluster"], row)
    for number, section in enumerate(page.all("details")):
        lines = [line.text() for line in section.all("ul", class_="if")[0].all("li")]
        moved = gap[number]["posts_moved"]
        later = f" ({moved} post{'s' * (moved != 1)} later)" if moved else ""
        assert lines[0] == (
            f"With no post within 15 min of the one before{later}: effective repeats "
            f"{gap[number]['effective_repeats']:.2f} → {gap[number]['effective_repeats_then']:.2f}, "
            f"saturation {gap[number]['saturation']:.2f} → {gap[number]['saturation_then']:.2f}."
        )
        assert f"→ {words[number]['saturation_then']:.2f}." in lines[1]
        assert f"Without what {without[number]['author']} posted" in lines[2]


def test_an_audience_has_columns_of_its_own():
    audience = echodetect.Audience.from_edges(
        ["ann"] * 3 + ["bob"] * 2 + ["cy", "dee", "eve"], list("xyzxyxwv")
    )
    report = detect(ROWS, audience=audience)
    page = read(html(report))
    heads = [head.text() for head in page.all("table", id="ranking")[0].all("th")]
    assert heads[2:6] == ["Saturation", "Audience saturation", "Contacts reached", "Redundant impressions"]
    top = report.clusters[0]
    assert cells(page)[1][3:5] == [_figure(top), f"{top['reach']:,.0f}"]
    lines = [line.text() for line in page.all("ul", class_="if")[0].all("li")]
    assert "redundant impressions" in lines[0]
    assert lines[2] == "With one post only, best by ann: 3 contacts reached, no repetition."
    assert any(
        "redundant impressions" in card.text() for card in page.all("dl", class_="cards")[0].all("div")
    )


def _figure(row):
    if row["audience_saturation"] is not None:
        return f"{row['audience_saturation']:.3f}"
    return f"{row['audience_saturation_low']:.2f}..{row['audience_saturation_high']:.2f}"


def test_how_it_was_made():
    report = detect(ROWS, window=["1h30min", "24h"], similarity=0.9)
    tables = [
        {row.all("th")[0].text(): row.all("td")[0].text() for row in table.all("tr")}
        for table in read(html(report)).all(class_="made")[0].all("table")
    ]
    assert tables[0] == {
        "similarity": "0.9",
        "embedded": "True",
        "window": "1 h 30 min, 1 d",
        "min length": "20",
        "min authors": "2",
        "min embedded": "30",
    }
    assert tables[1] == {what: str(count) for what, count in report.counts.items()}
    assert list(tables[2]) == ["echodetect", "numpy", "rapidfuzz", "datasketch", "narwhals", "python"]
    assert tables[2]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert tables[2]["echodetect"] == echodetect.__version__


def test_limits_say_what_they_leave_out():
    rows = [post(f"a{at}", at, MESSAGE) for at in range(12)] + ROWS[-2:]
    page = read(html(detect(rows), messages=1, posts=11))
    assert len(page.all("details")) == 1
    assert len(page.all("ul", class_="posts")[0].all("li")) == 11
    more = [part.text() for part in page.all(class_="more")]
    assert more == ["… and 1 more, less saturated than these", "… and 1 more post"]
    nothing = read(html(detect(rows), messages=0))
    assert not nothing.all("details")
    assert not read(html(detect(rows), posts=0)).all("ul", class_="posts")


def test_long_texts_are_cut():
    text = f"{MESSAGE} " + "more and more of it " * 100
    page = read(html(detect([post("ann", 0, text), post("bob", 1, text)])))
    assert page.all(class_="p")[0].text() == text[:1000]
    assert page.all(class_="more")[0].text() == f"… and {len(text.strip()) - 1000:,} more characters"


def test_many_posts_are_drawn_in_part():
    rows = [post(f"a{at % 200}", at, MESSAGE) for at in range(1_000)]
    page = read(html(detect(rows)))
    drawn = "".join(path.attrs["d"] for path in page.all("figure")[0].all("path", class_="v4")).count("h0")
    assert drawn == 500
    assert "Drawn are 500 of 1,000 posts, on 160 timelines." in page.all("figcaption")[0].text()
    assert len(page.all("ul", class_="posts")[0].all("li")) == 50


def test_the_figure(small):
    figure = small.all("figure")[0]
    svg = figure.all("svg")[0]
    assert [label.text() for label in svg.all("text", class_="r")] == ["ann", "bob", "cy", "dee"]
    assert figure.all("figcaption")[0].text() == (
        "2025-03-03 09:00 to 2025-03-03 09:30 UTC. Shaded: 1 h in which 4 timelines carried it. Without a "
        "time, and not drawn: 1 post."
    )
    marks = {
        path.attrs["class"]: path.attrs["d"].count("h0")
        for path in svg.all("path")
        if "stroke-width" in path.attrs
    }
    assert marks == {"v2": 1, "v4": 3}, "three word for word, one with half its words its own"
    assert len(svg.all("rect")) == 1
    assert [label.text() for label in svg.all("text", class_="a")][:2] == ["09:00", "09:10"]
    numbers = [float(n) for path in svg.all("path") for n in re.findall(r"-?[\d.]+", path.attrs["d"])]
    width, height = map(float, svg.attrs["viewbox"].split()[2:])
    assert min(numbers) >= 0
    assert max(numbers) <= max(width, height)


@pytest.mark.parametrize(
    "times",
    [
        [None, None],
        [dt.datetime(1, 1, 1, tzinfo=UTC), dt.datetime(9999, 12, 31, 23, 59, tzinfo=UTC)],
        [dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)] * 2,
        [dt.datetime(1, 1, 1, tzinfo=UTC)] * 2,
        [NINE, NINE + dt.timedelta(microseconds=1)],
        [NINE, NINE + dt.timedelta(days=800)],
    ],
)
def test_any_times(times):
    rows = [
        {"author": name, "posted_at": time, "text": MESSAGE} for name, time in zip("ab", times, strict=True)
    ]
    page = read(html(detect(rows)))
    assert len(page.all("figure")) == (times[0] is not None)
    labels = [label.text() for label in page.all("text", class_="a")]
    assert len(labels) <= 9
    assert len(page.all("li")) >= 2


@pytest.mark.parametrize("window", ["0s", "1us", "10000d", "99999999d"])
def test_any_window(window):
    page = read(html(detect(ROWS, window=window)))
    assert len(page.all("details")) == 2


def test_no_authors_no_times():
    page = read(html(detect([MESSAGE, MESSAGE, MESSAGE])))
    assert cells(page)[1] == ["0", MESSAGE, "0.00..0.67", "?", "?", "3", "100.0%"]
    assert page.all("table", id="ranking")[0].all("td", class_="bar")[0].attrs.keys() == {"class"}
    assert [item.all(class_="who")[0].text() for item in page.all("ul", class_="posts")[0].all("li")] == [
        "unknown"
    ] * 3


@pytest.mark.parametrize("messages", [[], [MESSAGE]])
def test_nothing_found(messages):
    page = read(html(detect(messages)))
    assert not page.all("table", id="ranking")
    assert "No message is echoed in these posts." in page.text()


def test_every_kind_of_frame(frame_kind):
    assert html(detect(frame_kind.make(ROWS))) == html(detect(ROWS))


@pytest.mark.parametrize(
    ("microseconds", "shown"),
    [(0, "0 µs"), (5_400_000_000, "1 h 30 min"), (86_400_000_001, "1 d 1 µs"), (1_001, "1 ms 1 µs")],
)
def test_length(microseconds, shown):
    assert length(microseconds) == shown


# --- where it goes -----------------------------------------------------------------------------------------


def test_path(tmp_path):
    report = detect([post("ann", 0, MESSAGE), post("bob", 1, MESSAGE + " \ud800 é")])
    path = tmp_path / "echoes.html"
    path.write_text("old" * 10**6)
    assert report.to_html(str(path)) == path
    assert report.to_html(path) == path
    assert path.read_bytes() == html(report).encode("utf-8")
    assert report.to_html(io.StringIO()) is None
    with pytest.raises(FileNotFoundError):
        report.to_html(tmp_path / "none" / "echoes.html")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"path": None}, "path"),
        ({"path": b"echoes.html"}, "path"),
        ({"path": io.BytesIO()}, "path"),
        ({"redact": ""}, "redact"),
        ({"redact": None}, "redact"),
        ({"redact": 1}, "redact"),
        ({"title": None}, "title"),
        ({"messages": -1}, "messages"),
        ({"messages": 2.5}, "messages"),
        ({"posts": True}, "posts"),
    ],
)
def test_wrong_arguments(tmp_path, wrong, named):
    path = tmp_path / "echoes.html"
    with pytest.raises(ParameterError, match=f"{named}="):
        detect(ROWS).to_html(**{"path": path, **wrong})
    assert not path.exists()


# --- nothing from outside, nothing that runs ---------------------------------------------------------------

URLS = {"src", "href", "srcset", "data", "action", "formaction", "poster", "xlink:href", "ping", "background"}


def check_contained(text):
    """Nothing is fetched; no script but the page's own; nothing of it in attributes."""
    page = read(text)
    for element in page.all():
        for name, value in element.attrs.items():
            assert not name.startswith("on"), name
            assert name != "style"
            if name in URLS:
                assert re.fullmatch(r"#m\d+|data:,", value), value
    assert (
        not page.all("iframe") + page.all("img") + page.all("object") + page.all("embed") + page.all("base")
    )
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert "url(" not in page.all("style")[0].text()
    assert "@import" not in page.all("style")[0].text()
    return page


def test_nothing_is_fetched(sample):
    page = check_contained(html(sample))
    (policy,) = [meta for meta in page.all("meta") if meta.has("http-equiv", "Content-Security-Policy")]
    assert policy.attrs["content"].startswith("default-src 'none'")
    assert "unsafe" not in policy.attrs["content"]
    assert not re.search(r"https?://", re.sub(r"https?://\S*lnk\.example", "", html(sample)))


EVIL = [
    "</script><script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "\"><svg onload='alert(1)'>",
    "' onmouseover='alert(1)",
    "<!-- ]]> --><![CDATA[ <?php",
    "&lt;b&gt; &amp;amp; &#x3c;i&#62;",
    "\u2028alert(1)\u2029",
    "\u202egnp.exe\u2066 \u2069\u202d right",
    "\0\x01\x08\x0b\x0c\x1b[31m\x7f\x80\x9f",
    "\ud800 \udfff \ud83d\ude00",
    "\ufffe\uffff\ufeff",
    "a\u0301" + "\u0336" * 500,
    "\r\n\r\n<br>\r",
    "`${alert(1)}` {{7*7}} <%= 7 %>",
    "javascript:alert(1)",
]


def test_nothing_breaks_out():
    rows = []
    for at, evil in enumerate(EVIL):
        text = f"{MESSAGE} number {'abcdefghijklmnop'[at] * 9} {evil}"
        rows += [post(f"{evil}{who}", at + who, text) for who in range(3)]
    report = detect(rows, similarity=0.98)
    text = html(report, title=EVIL[0])
    page = check_contained(text)
    text.encode("utf-8")
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text)
    assert page.all("h1")[0].text() == EVIL[0]
    shown = {part.text() for part in page.all(class_="p")}
    for evil in EVIL[:6]:
        assert any(evil in part for part in shown), evil
    for name in (*page.all(class_="who"), *page.all("text", class_="r"), *page.all("a")):
        assert not set("\u202e\u2066\u2069\u202d\u2028\n") & set(name.text())
    for part in page.all(class_="p") + page.all(class_="t") + page.all(class_="who"):
        assert part.attrs["dir"] == "auto", "what turns direction ends with its block"


@given(
    st.lists(st.text(st.characters(codec=None), max_size=40), min_size=2, max_size=4), st.text(max_size=20)
)
def test_any_text_stays_text(parts, title):
    text = f"{MESSAGE} {parts[0]}"
    rows = [post(f"{name}", at, text) for at, name in enumerate(parts)]
    report = detect(rows, min_authors=1)
    page = check_contained(html(report, title=title))
    for redact in (True, "secret"):
        check_contained(html(report, redact=redact))
    assert len(page.all("details")) == report.labels.max() + 1


@given(st.text(st.characters(codec=None), max_size=60))
def test_block_is_the_text(text):
    shown = read(f"<p>{block(text)}</p>").all("p")[0].text()
    broken = re.sub("\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    assert len(shown) == len(broken)
    assert all(
        a == b or ord(b) < 32 or ord(b) == 127 or a == "\ufffd" for a, b in zip(shown, broken, strict=True)
    )
    block(text).encode("utf-8")
    inline(text).encode("utf-8")


SPANS = st.lists(st.integers(0, 30), max_size=8, unique=True).map(
    lambda bounds: list(zip(sorted(bounds)[::2], sorted(bounds)[1::2], strict=False))
)


@given(st.text("abc ", min_size=31, max_size=31), SPANS, SPANS, st.integers(0, 40))
def test_pieces_join_to_the_text(text, own, cover, most):
    assert "".join(part for part, _ in pieces(text, own, [], most)) == text[:most]
    mine = "".join(part for part, is_own in pieces(text, own, [], most) if is_own)
    assert mine == "".join(text[start : min(end, most)] for start, end in own if start < most)
    shown = "".join(part for part, _ in pieces(text, own, [(*span, "X") for span in cover], most))
    wanted, end = "", 0
    for start, stop in cover:
        if start < most:
            wanted, end = wanted + text[end:start] + "X", stop
    assert shown == wanted + text[end:most]


def test_marked():
    assert marked([("<a>", True), ("b&", False)]) == "<mark>&lt;a&gt;</mark>b&amp;"


# --- the same page every time ------------------------------------------------------------------------------


def test_no_order_of_rows_shows():
    rows = echodetect.simulate(600, seed=4) + [post(None, 5, MESSAGE), post(None, 5, MESSAGE + "!")] * 2
    rows += [post("ann", None, MESSAGE.upper()), post("ann", None, MESSAGE)]
    mixed = random.Random(1).sample(rows, len(rows))
    one, other = detect(rows), detect(mixed)
    for options in ({}, {"redact": True}, {"redact": "secret", "posts": 3}):
        assert html(one, **options) == html(other, **options)


def test_no_hash_seed_shows():
    code = (
        "import echodetect, hashlib, io; f = io.StringIO();"
        "echodetect.detect(echodetect.sample()).to_html(f, redact=True);"
        "print(hashlib.sha256(f.getvalue().encode()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_resources_are_shipped():
    home = Path(echodetect.__file__).parent / "data"
    assert "</" not in (home / "page.js").read_text("utf-8")
    assert "</" not in (home / "page.css").read_text("utf-8")
