from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import echodetect
from echodetect import detect
from echodetect.redact import Pseudonyms
from tests.pages import read
from tests.posts import MESSAGE, post

PERSON = r"Person [a-z2-7]{8}"


def html(report, **options):
    file = io.StringIO()
    report.to_html(file, **options)
    return file.getvalue()


def covered(names, text):
    """A text with what is replaced in it, and the pseudonyms that did it."""
    people = Pseudonyms(names, b"key")
    end, parts = 0, []
    for start, stop, instead in people.cover(text):
        assert start >= end
        parts += [text[end:start], instead]
        end = stop
    return "".join([*parts, text[end:]]), people


NAMES = [
    "Bram Korenwolf",
    "carla_berk",
    "José Núñez",
    "小明",
    "Ann",
    "Ann Bly",
    "bo",
    "123456",
    "2024",
    "Дарья Ким",
]


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("Thanks Bram Korenwolf!", "Bram Korenwolf", "Thanks {}!"),
        ("thanks bram korenwolf", "Bram Korenwolf", "thanks {}"),
        ("Bram's idea, BRAM", "Bram Korenwolf", "{0}'s idea, {0}"),
        ("a brambram and bram", "Bram Korenwolf", "a brambram and bram"),
        ("#BramKorenwolf bram-korenwolf.nl", "Bram Korenwolf", "#{0} {0}.nl"),
        ("@bram_korenwolf and @Bram.Korenwolf.", "Bram Korenwolf", "@{0} and @{0}."),
        ("B\u200bra\u00adm Kor\u0301enwolf", "Bram Korenwolf", "{}"),
        ("RT@carla_berk: Carla Berk", "carla_berk", "RT@{0}: {0}"),
        ("＠carla_berk carla_berk2", "carla_berk", "@{} carla_berk2"),
        ("jose nunez, Jose\u0301 Nun\u0303ez", "José Núñez", "{0}, {0}"),
        ("今天小明来了", "小明", "今天{}来了"),
        ("Ann, ann; annual Ann Bly", "Ann", "{0}, {0}; annual [bly]"),
        ("bo has 123456 in 2024, @bo", "bo", "bo has [number] in 2024, @{0}"),
        ("ДАРЬЯ ким", "Дарья Ким", "{}"),
        ("#ThanksBramKorenwolf, TeamBram", "Bram Korenwolf", "#Thanks{0}, Team{0}"),
        ("Thanks\u200bKorenwolf, to\u200bbram korenwolf", "Bram Korenwolf", "Thanks\u200b{0}, to\u200b{0}"),
        ("ThanksRene\u0301Bly", "Ann Bly", "ThanksRene\u0301{0}"),
        ("#BramKorenwolf2026 Korenwolf26 #bramkorenwolf2026", "Bram Korenwolf", "#{0}2026 {0}26 #{0}2026"),
    ],
)
def test_names_in_texts(text, name, shown):
    result, people = covered(NAMES, text)
    wanted = shown.replace("[bly]", people.of("Ann Bly")).replace("[number]", people.of("123456"))
    assert result == wanted.format(people.of(name))


@pytest.mark.parametrize(
    ("names", "text", "shown"),
    [
        (["bram korenwolf", "xu"], "Ask Korenwolf: korenwolf", "Ask {0}: korenwolf"),  # names all small
        (["Bram van Dale", "xu"], "Van Dale", "Van {0}"),
        (["Korenwolf,Bram", "xu"], "Bram Korenwolf", "{0} {0}"),
        (["bram.korenwolf@a.nl", "xu"], "Bram Korenwolf! Bram, @bram_korenwolf", "{0}! {0}, @{0}"),
        (["@korenwolf@a.nl", "xu"], "by korenwolf, @korenwolf, @korenwolf@a.nl", "by {0}, @{0}, @{0}"),
        (["press@a.nl", "press@b.nl"], "By press", "By [name]"),
    ],
)
def test_names_of_other_forms(names, text, shown):
    found, people = covered(names, text)
    assert found == shown.format(people.of(names[0]))


def test_a_first_name_of_two_people_is_nobodys():
    assert covered(["Ann Bly", "Ann Cox"], "Well done, Ann! And Cox")[0].startswith("Well done, [name]! And ")


def test_whoever_is_mentioned():
    text, people = covered(["bob"], "with @zoe, @Zoe and @bob@mastodon.example, @zoe@x.example")
    one, two, three, four = re.findall(rf"@({PERSON})", text)
    assert one == two
    assert three == people.of("bob")
    assert len({one, three, four}) == 3


@pytest.mark.parametrize(
    "link",
    [
        "https://lnk.example/Ab3-x?u=bram",
        "HTTP://X.EXAMPLE",
        "www.bram.example",
        "lnkd.in/bram",
        "linkedin.com/in/bram-korenwolf/",
        "пример.рф/брам",
        "tg://user?id=1",
        "lnk.example?u=bram",
        "lnk.example:80#bram",
    ],
)
def test_links(link):
    assert covered([], f"See {link} now")[0] == "See [link] now"


def test_addresses_and_what_looks_like_links():
    assert covered([], "mail bram.k+x@firm.example.org!")[0] == "mail [address]!"
    for text in (
        "either/or",
        "etc. and so on",
        "3.5/4",
        "10:30",
        "a@ b",
        "#tag",
        "Zie ook. En/of",
        "Klaar.Toch? Ja",
    ):
        assert covered([], text)[0] == text


def test_long_words_take_no_time():
    for text in ("a" * 100_000, "a." * 50_000, "@" * 100_000, "a-" * 50_000, "a@" * 50_000, "Ann " * 20_000):
        covered(NAMES, text)


@given(st.text(st.characters(codec=None), max_size=30), st.lists(st.text(max_size=10), max_size=4))
def test_spans_are_apart(text, names):
    covered([*names, text[:5]], text)


@given(
    st.text("bcdefghijk", min_size=4, max_size=12),
    st.text(" .,!?-#@'\n", min_size=1, max_size=3),
)
def test_a_name_between_marks_is_never_left(name, mark):
    text = f"To{mark}{name}{mark}{name.upper()}{mark}{name.title()}"
    assert name not in covered([name], text)[0].lower().replace("person", "")


# --- on the page -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def named():
    """Posts that name their authors and others in every way that is documented."""
    speaks = "Our own Wilhelmina Quist speaks on Friday night in the town hall {}"
    people = ["Wilhelmina Quist", "Xander Vroegop", "yolanda_zijp", "Обломов", 9_876_543]
    rows = []
    for at, person in enumerate(people):
        other = str(people[at - 1])
        own = f"{other} and @{other.replace(' ', '')} and @outsider_{at} say so, mail {at}@quist.example:"
        rows.append(post(person, at, f"{own} {MESSAGE} https://lnk.example/{at}abc"))
        rows.append(post(person, 2_000 + at, speaks.format(at)))
    return people, rows


def test_nothing_of_a_name_is_left(named):
    people, rows = named
    open_page, text = html(detect(rows)), html(detect(rows), redact=True)
    assert len(read(text).all("details")) == 2
    secrets = [
        *map(str, people),
        "Wilhelmina",
        "Quist",
        "Xander",
        "Vroegop",
        "zijp",
        "outsider",
        "lnk.example",
    ]
    secrets += ["quist.example", "0abc", "XanderVroegop"]
    for secret in secrets:
        assert secret.lower() in open_page.lower(), "else the next line says nothing"
        assert secret.lower() not in text.lower(), secret


def test_the_page_is_else_the_same(named):
    _, rows = named
    one, other = read(html(detect(rows))), read(html(detect(rows), redact=True))
    assert [e.tag for e in one.all("details")] == [e.tag for e in other.all("details")]
    for kind in ("when", "how"):
        seen = [part.text() for part in one.all(class_=kind)]
        assert sorted(seen) == sorted(part.text() for part in other.all(class_=kind))
    assert len(one.all("mark")) == len(other.all("mark"))
    assert "by pseudonyms" in other.text()
    assert "pseudonyms" not in one.text()


def test_pseudonyms_are_one_to_one():
    report = detect(echodetect.sample())
    one, other = read(html(report)), read(html(report, redact=True))
    pairs = set()
    for real, shown in zip(one.all("details"), other.all("details"), strict=True):
        names = [[name.text() for name in part.all("text", class_="r")] for part in (real, shown)]
        pairs |= set(zip(*names, strict=True))
    assert len({real for real, _ in pairs}) == len({shown for _, shown in pairs}) == len(pairs) == 60
    assert all(re.fullmatch(PERSON, shown) for _, shown in pairs)


def people_of(rows, **options):
    page = read(html(detect(rows), **options))
    return [name.text() for name in page.all(class_="who")]


def test_the_same_person_is_the_same():
    rows = [post(name, at, MESSAGE) for at, name in enumerate(["ann", "bob", "cy"])]
    one = people_of(rows, redact=True)
    assert people_of(rows[::-1], redact=True) == one
    report = detect(rows)
    assert html(report.rethreshold(0.9), redact=True).count(one[0]) == html(report, redact=True).count(one[0])
    fewer = people_of(rows[:2], redact="s3cret")
    assert people_of(rows, redact="s3cret")[:2] == fewer, "one secret: the same names for all data"
    assert not set(people_of(rows[:2], redact=True)) & set(one), "without, other data give other names"
    assert not set(people_of(rows, redact="other")) & set(fewer)


def test_no_order_of_names_shows_behind_pseudonyms():
    names = [f"name{at:02}" for at in range(12)]
    shown = people_of([post(name, 0, MESSAGE) for name in names], redact=True)
    assert shown == sorted(shown)


def test_a_template_keeps_its_pseudonyms_whole():
    own = "Here is what we did, and you can see it all at https://lnk.example/x with friends:"
    texts = [f"{MESSAGE} https://lnk.example/{at}" for at in range(3)]
    rows = [post(f"name{at}", at, text) for at, text in enumerate(texts)]
    rows.append(post("name3", 3, f"{own} {MESSAGE}"))
    (template,) = read(html(detect(rows), redact=True)).all(class_="t")
    assert template.text() == f"{MESSAGE} [link]"
    changed = [
        MESSAGE.replace("Friday", f"{day} @zoe") + " https://lnk.example" for day in ("Mon", "Tue", "Wed")
    ]
    rows = [post(f"name{at}", at, text) for at, text in enumerate(changed)]
    (template,) = read(html(detect(rows), redact=True)).all(class_="t")
    assert re.fullmatch(rf"Join us on … @{PERSON} at noon for .* repair workshop \[link\]", template.text())
