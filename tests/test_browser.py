"""The page in a real browser. Skipped without Chromium, unless ECHODETECT_BROWSER=1 says that there is one.

ECHODETECT_SCREENSHOTS names a folder to keep the pictures in.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

import echodetect
from echodetect import detect
from tests.posts import MESSAGE, post
from tests.test_html import EVIL

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
]
OWN = ("chrome://", "chrome-untrusted://")  # the browser's first page, which may still be loading
SIZES = {"light": (1280, 1000), "dark": (1280, 1000), "phone": (390, 844)}

# Contrast, as WCAG 2 defines it, of every element with text of its own against what lies behind it.
CONTRAST = """
const channels = (color) => color.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
  .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = channels(getComputedStyle(at).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color;
  }
  throw new Error("no background");
};
const found = [];
for (const element of document.body.querySelectorAll("*")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.checkVisibility({contentVisibilityAuto: true})) continue;
  const style = getComputedStyle(element);
  const color = channels(element.closest("svg") ? style.fill : style.color);
  const [one, other] = [light(color), light(behind(element))];
  const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  found.push([ratio, element.tagName + "." + element.getAttribute("class")]);
}
return found.sort((a, b) => a[0] - b[0]);
"""


def chromium():
    """Where the browser and its driver are; neither is fetched from anywhere."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return program, shutil.which("chromedriver")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    program, driver = chromium()
    if os.environ.get("ECHODETECT_BROWSER") != "1":
        if not (program and driver):
            pytest.skip("no chromium with chromedriver here (ECHODETECT_BROWSER=1 makes that a failure)")
        pytest.importorskip("selenium")
    assert program, "ECHODETECT_BROWSER=1, but there is no chromium"
    assert driver, "ECHODETECT_BROWSER=1, but there is no chromedriver"
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    running = webdriver.Chrome(options, Service(driver))
    yield running
    running.quit()


def look(browser, kind):
    """See pages as this kind of reader does."""
    width, height = SIZES[kind]
    scheme = "dark" if kind == "dark" else "light"
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": kind == "phone"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def visit(browser, path):
    """Open a page; what the console said and what was asked for meanwhile, but for the page itself."""
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(path.as_uri())
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
        and not event["params"]["documentURL"].startswith(OWN)
    ]
    assert path.as_uri() in asked
    return browser.get_log("browser"), [url for url in asked if url not in (path.as_uri(), "data:,")]


def shown(browser):
    """The texts of the rows of the ranking that are to be seen."""
    script = """return [...document.querySelectorAll("#ranking tbody tr")].filter((row) => !row.hidden)
      .map((row) => [...row.cells].map((cell) => cell.textContent));"""
    return browser.execute_script(script)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    report = detect(echodetect.sample())
    evil = [post(f"{text}{at}", at, f"{MESSAGE} {text}") for at, text in enumerate(EVIL)]
    return {
        "sample": report.to_html(folder / "sample.html", title="Two weeks in March"),
        "redacted": report.to_html(folder / "redacted.html", redact=True),
        "evil": detect(evil).to_html(folder / "evil.html", title=EVIL[0]),
        "unknown": detect([MESSAGE] * 3).to_html(folder / "unknown.html"),
        "empty": detect([]).to_html(folder / "empty.html"),
    }


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("name", ["sample", "redacted", "evil", "unknown", "empty"])
def test_renders(browser, pages, name, kind):
    look(browser, kind)
    console, asked = visit(browser, pages[name])
    assert console == []
    assert asked == []
    wide = browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "no page is wider than the screen"
    worst, where = browser.execute_script(CONTRAST)[0]
    assert worst >= 4.5, where
    assert browser.execute_script("return document.querySelector('h1').textContent")
    picture = base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", {})["data"])
    if folder := os.environ.get("ECHODETECT_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, f"{name}-{kind}.png").write_bytes(picture)
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(20, 23, 29)" if kind == "dark" else "rgb(255, 255, 255)")


def test_sorts(browser, pages):
    look(browser, "light")
    visit(browser, pages["sample"])
    ranked = shown(browser)
    heads = browser.find_elements("css selector", "#ranking th")
    assert [head.get_attribute("aria-sort") for head in heads] == ["ascending"] + ["none"] * 6

    def click(column):
        heads[column].find_element("tag name", "button").click()
        return shown(browser), heads[column].get_attribute("aria-sort")

    down, told = click(5)
    assert told == "descending"
    posts = [int(row[5]) for row in down]
    assert posts == sorted(posts, reverse=True)
    assert down == sorted(ranked, key=lambda row: (-int(row[5]), int(row[0]))), "equals stay in their order"
    up, told = click(5)
    assert (told, [int(row[5]) for row in up]) == ("ascending", sorted(posts))
    named, told = click(1)
    assert (told, named) == ("ascending", sorted(ranked, key=lambda row: row[1].lower()))
    assert heads[5].get_attribute("aria-sort") == "none"
    assert click(0)[0] == ranked


def test_unknown_figures_come_last(browser, tmp_path):
    other = "My train is stuck between two stations and nobody can tell us for how long"
    rows = [post(None, None, MESSAGE), post(None, None, MESSAGE), post("a", 0, other), post("b", 1, other)]
    visit(browser, detect(rows).to_html(tmp_path / "echoes.html"))
    head = browser.find_elements("css selector", "#ranking th button")[2]
    for _ in range(2):
        head.click()
        assert [row[2] for row in shown(browser)] == ["0.500", "0.00..0.50"]


def test_filters(browser, pages):
    look(browser, "light")
    visit(browser, pages["sample"])
    field = browser.find_element("css selector", "#controls input")
    everything = shown(browser)

    def sections():
        script = "return [...document.querySelectorAll('details')].map((one, at) => one.hidden ? -1 : at)"
        return [number for number in browser.execute_script(script) if number >= 0]

    field.send_keys("HEAT pumps")
    found = shown(browser)
    assert 0 < len(found) < len(everything)
    assert any("heat pumps" in row[1] for row in found)
    assert sections() == [int(row[0]) for row in found]
    assert browser.find_element("css selector", "#controls output").text == f"{len(found)} of 29 messages"
    field.clear()
    field.send_keys("Anouk Terwielen")
    report = detect(echodetect.sample())
    hers = {row["cluster"] for row in report.timelines if row["author"] == "Anouk Terwielen"}
    assert set(sections()) == hers
    field.clear()
    field.send_keys("no such word at all")
    assert shown(browser) == []
    field.clear()
    field.send_keys(" ")
    assert shown(browser) == everything
    assert browser.find_element("css selector", "#controls output").text == ""


def test_a_link_opens_its_section(browser, pages):
    look(browser, "light")
    visit(browser, pages["sample"])
    closed = "return document.querySelectorAll('details:not([open])').length"
    assert browser.execute_script(closed) == 28
    browser.find_elements("css selector", "#ranking a")[2].click()
    assert browser.execute_script("return document.getElementById('m2').parentElement.open")
    browser.get("about:blank")
    browser.get(f"{pages['sample'].as_uri()}#m3")
    top = "return document.getElementById('m3').getBoundingClientRect().top"
    assert 0 <= browser.execute_script(top) < 1000, "an address with a section in it goes there"
    toggle = browser.find_element("css selector", "#controls button")
    browser.execute_script("arguments[0].click()", toggle)
    assert browser.execute_script(closed) == 0, "all opened"
    browser.execute_script("arguments[0].click()", toggle)
    assert browser.execute_script(closed) == 29


def test_reads_without_script(browser, pages):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        visit(browser, pages["sample"])
        assert not browser.find_element("css selector", "#controls").is_displayed()
        assert not browser.find_elements("css selector", "#ranking button")
        first, second = browser.find_elements("css selector", "details")[:2]
        assert first.find_element("css selector", "figure svg").is_displayed()
        assert not second.find_element("css selector", ".posts").is_displayed()
        second.find_element("css selector", "summary").click()
        assert second.find_element("css selector", ".posts").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_prints(browser, pages):
    visit(browser, pages["sample"])
    pdf = base64.b64decode(browser.print_page())
    assert pdf.startswith(b"%PDF")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        hidden = "return getComputedStyle(document.querySelector(arguments[0])).display"
        assert browser.execute_script(hidden, "#controls") == "none"
        assert browser.execute_script(hidden, "details:not([open])") == "none"
        assert browser.execute_script(hidden, "details[open]") == "block"
        assert browser.execute_script(hidden, "#ranking tr") == "table-row"
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_what_a_notebook_shows(browser, tmp_path):
    report = detect(echodetect.sample())
    views = [view._repr_html_() for view in (report, report.cluster(3), report.review(), report.programme())]
    for paper, ink in (("#ffffff", "#1f1f1f"), ("#111111", "#e0e0e0")):
        path = tmp_path / f"notebook{paper[1:]}.html"
        body = f'<body style="background: {paper}; color: {ink}"><p id="else">Else</p>{"".join(views)}</body>'
        path.write_text(f'<!DOCTYPE html><meta charset="utf-8">{body}', encoding="utf-8")
        console, asked = visit(browser, path)
        assert (console, asked) == ([], [])
        shades = browser.execute_script("""return [...document.querySelectorAll("td, mark, pre, #else")]
          .map((one) => getComputedStyle(one).color)""")
        assert len(set(shades)) == 1, "all text has the notebook's own colour"
