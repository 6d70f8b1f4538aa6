from __future__ import annotations

import pytest

import echodetect
from echodetect import detect
from echodetect.text import tokens, words

from .worlds import clusters_at_random, messages

MESSAGE = "Join us on Friday at noon for the opening of our new repair workshop"


def post(author, text):
    return {"author": author, "text": text}


ROWS = [
    post("ann", MESSAGE),
    post("bob", f"So  PROUD of “us”!! {MESSAGE} — see you there 🎉 https://sho.rt/x #team"),
    post("cy", "Nothing of the kind, as far as I know"),
    post("dee", f"So  PROUD of “us”!! {MESSAGE} — see you there 🎉 https://sho.rt/x #team"),
    post("eve", "Join us on Friday at noon for the opening of our new rep… https://sho.rt/y"),
    post("fay", MESSAGE.replace("Friday", "Tuesday") + " ½ hour"),
]


def own(report, rows, row):
    return [rows[row]["text"][span["start"] : span["end"]] for span in report.spans if span["row"] == row]


def test_spans_slice_the_original():
    report = detect(ROWS, time=None)
    assert report.labels.tolist() == [0, 0, -1, 0, 0, 0]
    assert own(report, ROWS, 1) == own(report, ROWS, 3) == ["So  PROUD of “us", "see you there"]
    assert own(report, ROWS, 5) == ["Tuesday", "½ hour"]
    assert {span["row"] for span in report.spans} == {1, 3, 5}
    assert report.cluster(0).posts[1].own == [
        (span["start"], span["end"]) for span in report.spans if span["row"] == 1
    ]
    assert report.spans == sorted(report.spans, key=lambda span: (span["row"], span["start"]))


@pytest.mark.parametrize(
    ("message", "comment"),
    [
        (
            "金曜日の正午に新しい修理工房の開所式を行いますのでぜひお越しください皆様をお待ちしております",
            "楽しみ",
        ),
        ("ขอเชิญร่วมงานเปิดโรงซ่อมแห่งใหม่ของเราในวันศุกร์ตอนเที่ยงแล้วพบกันที่หน้างาน", "ดีใจมาก"),
        ("في يوم الجمعة نفتح ورشة الإصلاح الجديدة فانضموا إلينا عند الظهر", "سعيد جدا بهذا"),
        ("शुक्रवार दोपहर को हमारी नई मरम्मत कार्यशाला का उद्घाटन है हमसे जुड़ें", "बहुत खुशी"),
        ("В пятницу в полдень мы открываем новую мастерскую приходите", "Очень рад"),
    ],
)
def test_other_scripts(message, comment):
    rows = [post("ann", message), post("bob", message), post("cy", f"{comment}! {message} 🎉")]
    report = detect(rows, time=None)
    assert report.labels.tolist() == [0, 0, 0]
    assert own(report, rows, 2) == [comment]


@pytest.mark.parametrize(
    "rows", [echodetect.sample(), echodetect.simulate(1_500, seed=5, languages=["en", "th", "ja"])]
)
def test_spans_hold_the_words_that_are_not_verbatim(rows):
    report = detect(rows)
    inside: dict[int, int] = {}
    for span in report.spans:
        text = rows[span["row"]]["text"]
        assert 0 <= span["start"] < span["end"] <= len(text)
        held = [1 for _, start, end in tokens(text) if span["start"] <= start and end <= span["end"]]
        assert held
        inside[span["row"]] = inside.get(span["row"], 0) + len(held)
    folded = echodetect.fold([row["text"] for row in rows])
    for row, message in enumerate(report.messages):
        if message["cluster"] is not None:
            count = len(words(folded[row]))
            assert inside.get(row, 0) == pytest.approx((1 - message["verbatim"]) * count), rows[row]["text"]
        else:
            assert row not in inside


def test_equal_texts_have_equal_spans_whatever_the_order():
    rows = messages(list(clusters_at_random(2, 20, unknown=0)), 2)
    one, other = detect(rows, id=None), detect(rows[::-1], id=None)
    turned = [{**span, "row": len(rows) - 1 - span["row"]} for span in other.spans]
    assert one.spans == sorted(turned, key=lambda span: (span["row"], span["start"]))
    for row, message in enumerate(one.messages):
        if message["own"] and message["verbatim"] == pytest.approx(10 / (10 + message["own"])):
            text = " ".join(own(one, rows, row))
            assert text == message["text"][: len(text)]
            assert len(text.split()) == message["own"]


def test_no_spans(frame_kind):
    for rows in ([], [post("ann", MESSAGE)], [post("ann", MESSAGE), post("bob", MESSAGE)]):
        if not rows and frame_kind.name != "list_of_dicts":
            continue
        table = detect(frame_kind.make(rows), time=None).spans
        assert isinstance(table, frame_kind.native)
        assert frame_kind.rows(table) == []


READY = "our new heat pump report is out five thousand homes three winters one clear answer for all of Europe"
ALPHABET = (
    "alpha{} bravo charlie delta echo foxtrot golf hotel india juliet kilo papa quebec{} romeo sierra tango{}"
)


@pytest.mark.parametrize(
    ("texts", "own"),
    [
        ([f"So proud of this team: {READY}", *[f"{READY[:90]}…"] * 2], [["So proud of this team"], [], []]),
        (
            [
                ALPHABET.format(" one", " two", " six"),
                ALPHABET.format("", "", " six"),
                ALPHABET.format("", " two", ""),
            ],
            [["one"], [], []],
        ),
    ],
)
def test_own_words_of_nobody_but_the_representative(texts, own):
    """The others are the template, or cut: no text but the representative is aligned."""
    report = detect(
        [{"text": text, "author": at, "posted_at": None} for at, text in enumerate(texts)], id=None
    )
    assert report.labels.tolist() == [0, 0, 0]
    posts = sorted(report.cluster(0).posts, key=lambda post: post.author)
    assert [[post.text[start:stop] for start, stop in post.own] for post in posts] == own
    assert [(span["row"], texts[span["row"]][span["start"] : span["end"]]) for span in report.spans] == [
        (row, words) for row, of_one in enumerate(own) for words in of_one
    ]


@pytest.mark.parametrize(
    ("letters", "behind", "own"), [(9, "", 9), (10, "", 10), (11, "", 0), (10, " and more", 10)]
)
def test_the_last_word_of_what_is_compared(letters, behind, own):
    """With ten letters a text has 10,000 characters, all of which are compared; of eleven one is cut."""
    body = " ".join(f"word{number:04d}" for number in range(1110))
    texts = [body, body, f"{body} {'z' * letters}{behind}"]
    report = detect(
        [{"text": text, "author": at, "posted_at": None} for at, text in enumerate(texts)], id=None
    )
    (post,) = (post for post in report.cluster(0).posts if post.author == 2)
    assert [post.text[start:stop] for start, stop in post.own] == ["z" * own] * bool(own)
