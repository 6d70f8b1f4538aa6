"""Folding: every row of docs/folding.md, further examples a rule, properties, and the plain oracle."""

from __future__ import annotations

import collections
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import echodetect
from echodetect import text as text_module
from echodetect.folded import code_points, encode
from echodetect.text import fold, tokens, word_starts, words
from tests import naive_text

PAGE = Path(__file__).parent.parent / "docs" / "folding.md"
_ROW = re.compile(r"^\| (?P<rule>.+?) \| (?P<given>`[^`]*`) \| (?P<folded>`[^`]*`) \|$", re.MULTILINE)
_ESCAPE = re.compile(r"\\u([0-9A-F]{4})")


def _cell(cell: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), cell[1:-1])


ROWS = [(m["rule"], _cell(m["given"]), _cell(m["folded"])) for m in _ROW.finditer(PAGE.read_text("utf-8"))]


def one(text: str) -> str:
    """A folded text, with what must hold of any."""
    (folded,) = fold([text])
    assert fold([folded]) == [folded]
    found = tokens(text)
    assert words(folded) == [word for word, _, _ in found]
    end = 0
    for _, start, stop in found:
        assert end <= start <= stop <= len(text)
        end = stop
    return folded


# ---------------------------------------------------------------------------------------------- the page


def test_every_line_of_the_table_is_read():
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    assert len(ROWS) == len(lines) - 2 > 50


@pytest.mark.parametrize(("rule", "given_text", "folded"), ROWS, ids=[row[0] for row in ROWS])
def test_page(rule, given_text, folded):
    assert one(given_text) == folded, rule


# --------------------------------------------------------------------------------------- further examples


@pytest.mark.parametrize(
    ("copies", "folded"),
    [
        (
            ["Één coördinatie, ’s avonds", "EEN COORDINATIE, 's avonds", "één coördinatie s avonds"],
            "een coordinatie s avonds",
        ),
        (["Don’t miss it – it's FREE!", "dont miss it - its free"], "dont miss it its free"),
        (["Große Straße", "GROSSE STRASSE", "GROẞE STRAẞE"], "grosse strasse"),
        (["L’été où ça dépend", "L'ÉTÉ OÙ ÇA DÉPEND"], "lete ou ca depend"),
        (["¿Qué? ¡Mañana!", "que manana"], "que manana"),
        (["Ёлка, йод и съезд", "ЕЛКА: ИОД И СЪЕЗД"], "елка иод и съезд"),
        (["Ο Οδυσσεύς τρώει", "ο οδυσσευς τρωει", "Ο ΟΔΥΣΣΕΥΣ ΤΡΩΕΙ"], "ο οδυσσευσ τρωει"),
        (["τῷ λόγῳ", "ΤΩΙ ΛΟΓΩΙ"], "τωι λογωι"),
        (["السَّلَامُ عَلَيْكُمْ", "السلام عليكم", "الســـلام عليكم"], "السلام عليكم"),
        (["می\u200cخواهم", "میخواهم"], "میخواهم"),
        (["שָׁלוֹם עֲלֵיכֶם", "שלום־עליכם"], "שלום עליכם"),
        (["צה״ל ג׳", "צה\"ל ג'"], "צה ל ג"),
        (["ज़रूर", "ज\u093cरूर", "ज़रूर!"], "ज\u093cरूर"),
        (["\u0929", "\u0928\u093c"], "\u0929"),
        (["কো", "ক\u09c7\u09be"], "কো"),
        (["น้ำ", "น\u0e49\u0e4d\u0e32"], "น\u0e49\u0e4d\u0e32"),
        (["今天，天气很好。", "今天 天气很好"], "今天 天气很好"),
        (["ﾊﾞｽとﾊﾟﾝ", "バスとパン", "ハ\u3099スとハ\u309aン", "ハ\u200b\u3099スとパン"], "バスとパン"),
        (["한국어", unicodedata.normalize("NFD", "한국어")], "한국어"),
        (["ㅋㅋ", "ﾻﾻ"], "ㅋㅋ"),
        (["İZMİR IŞIK", "izmir ışık"], "izmir isik"),
        (["ＮＥＷ！", "new", "𝐍𝐞𝐰", "Ⓝⓔⓦ"], "new"),
        (["20℃", "20°C"], "20 c"),
    ],
)
def test_copies_fold_to_the_same_text(copies, folded):
    assert [one(copy) for copy in copies] == [folded] * len(copies)


@pytest.mark.parametrize(
    "pair",
    [
        ("€5", "$5"),
        ("5", "6"),
        ("ab", "ba"),
        ("ø", "o"),
        ("か", "が"),
        ("क", "कि"),
        ("ka", "ка"),
        ("は", "ハ"),
    ],
)
def test_different_texts_stay_apart(pair):
    assert one(pair[0]) != one(pair[1])


@pytest.mark.parametrize(
    "link",
    [
        "http://a.example", "HTTPS://A.EXAMPLE/X?y=z&utm_medium=b#c", "ftp://a.example/x", "www.some.where",
        "bit.ly/1", "example.org", "example.org:8080/x", "bbc.co.uk/news/1", "shop.com.au",
        "pic.twitter.com/aB", "http://t.…", "https:/…", "http…", "ht…", "https://xn--bcher-kva.example/ü",
        "ｈｔｔｐｓ：／／ａ．ｃｏｍ",
        "http://a.b/chttp://d.e/f",
        "(https://a.example/x)", "“https://a.example/x”", "👉bit.ly/1", "https://medium.com/@ann/x", "https://a.b/#c",
    ],
)  # fmt: skip
def test_links_go(link):
    assert one(f"one {link} two") == "one two"
    assert one(f"{link} two") == "two"
    assert one(f"one {link}") == "one"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("first.last@example.org", "first last example org"),
        ("ja.nl@example.org", "ja nl example org"),
        ("end.Next sentence", "end next sentence"),
        ("a/b either/or 1:2", "a b either or 1 2"),
        ("say.it", "say it"),
        ("好https://t.co/x에서", "好 에서"),
    ],
)
def test_what_only_looks_like_a_link(text, folded):
    assert one(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("RT @a: RT @b: now", "now"),
        ("RT@a: now", "now"),
        ("rt @a now", "now"),
        ("#tag@ann now #rus@_bob", "now"),
        ("MT @a: now HT: @b h/t @c", "now"),
        ("start @a now", "start now"),  # ends in "rt"
        ("@_x @1a ＠ann now", "now"),
        ("@ann's plan", "plan"),
        ("@ann님", ""),
        ("안녕@ann", "안녕"),
        ("@josé now", "now"),
        ("@ @@ now", "now"),
        ("@" + "很" * 40, "很" * 40),
        ("now @ann@a.example.", "now"),
    ],
)
def test_mentions(text, folded):
    assert one(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("#a now #b then #c", "now b then"),
        ("RT @x: #a now", "now"),
        ("now #a! 🎉 #b.", "now"),
        ("#a#b now", "now"),
        ("#1 #2015 now", "1 2015 now"),
        ("#1st now", "now"),
        ("# # now", "now"),
        ("C# now", "c now"),
        ("#iPhone#今天 好", "今天 好"),
        ("＃タグ 今", "今"),
        ("#a", ""),
        ("#a @b https://c.d", ""),
    ],
)
def test_hashtags(text, folded):
    assert one(text) == folded


def test_tokens_show_the_original():
    text = "«Cafe\u0301s» don't ｶﾞ ½ ‘x’ ที่"
    shown = [(word, text[start:stop]) for word, start, stop in tokens(text)]
    assert shown == [
        ("cafes", "Cafe\u0301s"), ("dont", "don't"), ("ガ", "ｶﾞ"), ("1", "½"), ("2", ""), ("x", "x"),
        ("ที่", "ที่"),
    ]  # fmt: skip


def test_encode():
    codes, offsets = encode(["aß", "", "\U0001f389\ud83d"])
    assert codes.tolist() == [97, 223, 0x1F389, 0xD83D]
    assert offsets.tolist() == [0, 2, 2, 4]
    assert fold([]) == tokens("") == []
    assert fold(["", " ", "\0"]) == ["", "", ""]


# ------------------------------------------------------------------------------------------- all characters


def _everything() -> list[str]:
    """All code points but planes 4 to 13, which hold nothing."""
    return [chr(code) for code in range(0x110000) if code < 0x40000 or code >= 0xE0000]


def test_all_code_points_fold_as_the_oracle_says():
    known = [c for c in _everything() if unicodedata.category(c) not in ("Cn", "Co")]
    known = [c for c in known if c != "…" and unicodedata.normalize("NFKC", c)[0] not in "#@:."]
    folded = fold([f"x{c}x" for c in known])
    wrong = [
        (hex(ord(c)), got) for c, got in zip(known, folded, strict=True) if got != naive_text.fold(f"x{c}x")
    ]
    assert not wrong


def test_all_code_points():
    every = [f"x{c}x" for c in _everything()]
    folded = fold(every)
    assert fold(folded) == folded
    assert fold([unicodedata.normalize("NFD", text) for text in every]) == folded
    assert fold([unicodedata.normalize("NFC", text) for text in every]) == folded
    assert fold([text.upper() for text in every]) == folded
    assert all(text == text.strip() and "x" in text for text in folded)
    together = "".join(_everything())
    assert fold(fold([together])) == fold([together])


# ----------------------------------------------------------------------------------------------- properties

_LETTERS = "aBéßİıйΣςᾳかﾊﾟガ한하한ㅋक\u093c\u094dन\u09c7\u09beก\u0e49\u0e38\u0e33你好אㅤŉ㈀ﷺ1½²$€"
_MARKS = "\u0301\u0308\u0345\u3099\u309a\u05b4\u064e\u200b\u200d\ufe0f\u20e3\u0640'’“־-–_.…,:/|´῍🎉🏽🇳"
_SPACES = "     \n\0\ud83d\ude00\u00a0\u2028\x1c"
_MARKUP = re.split(
    " ",
    ".. // :// # # @ @ ＃ ＠ http https:// www. bit.ly/x a.com rt RT via ht h/t @a @你 #b #你 ht… RT@a #b@a",
)
_PIECES = st.sampled_from([*_LETTERS, *_MARKS, *_SPACES, *_MARKUP, *_MARKUP])
TEXTS = st.one_of(
    st.lists(_PIECES, max_size=14).map("".join),
    st.text(st.characters(exclude_categories=[]), max_size=20),
)
LETTERS = st.text(st.characters(categories=["L", "M", "Nd", "Zs"]), max_size=20)


@given(TEXTS)
@settings(max_examples=400)
def test_a_folded_text_is_plain_and_folds_to_itself(text):
    folded = one(text)
    assert folded == folded.strip(" ") and "  " not in folded
    assert all(c == " " or naive_text.is_word(c) for c in folded)
    assert unicodedata.is_normalized("NFC", folded)


@given(st.lists(TEXTS, max_size=12), st.integers(1, 40))
@settings(max_examples=100)
@example(["@aй@a", "a"], 1)  # two mentions that end together
@example(["a", "\u0e49\u0e38", "b"], 40)  # marks that change places behind no letter
def test_a_text_folds_the_same_in_any_company(texts, characters):
    alone = [fold([text])[0] for text in texts]
    assert fold(texts) == alone
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_module, "_CHUNK", characters)
        assert fold(texts) == fold(texts, workers=2) == fold(tuple(texts)) == alone


@pytest.mark.parametrize("mention", ["@你@a", "@你@a@b", "@你@rt@b"])
def test_a_name_behind_a_name_ends_with_its_own_text(mention):
    assert fold([mention, "a", f"{mention} is here"])[1:] == ["a", "is here"]


@given(LETTERS)
@settings(max_examples=300)
def test_composed_or_not_upper_case_or_not(text):
    # An iota subscript becomes a letter: what canonical order moves over it then stands elsewhere.
    assume("\u0345" not in unicodedata.normalize("NFD", text))
    folded = one(text)
    assert one(unicodedata.normalize("NFC", text)) == folded
    assert one(unicodedata.normalize("NFD", text)) == folded
    assert one(text.upper()) == folded


@given(st.one_of(LETTERS, TEXTS))
@settings(max_examples=400)
def test_against_the_oracle(text):
    plain = "".join(c for c in text if c != "…" and not set(unicodedata.normalize("NFKC", c)) & set("#@:."))
    assert fold([plain]) == [naive_text.fold(plain)]


def test_workers_fold_the_same():
    texts = [f"Message {i} é https://sho.rt/{i} #tag{i}" for i in range(10_000)]
    folded = fold(texts, workers=3)
    assert folded == fold(texts) == [f"message {i} e" for i in range(10_000)]


@pytest.mark.parametrize(
    "piece",
    ["Één bericht. ", "a", "#a", "@a", "http://", "a@", "'", "\0", "\u3099か", "\u0e49\u0e38", "-", "a "],
)
def test_ten_megabytes(piece):
    size = 10_000_000 if piece == "Één bericht. " else 500_000
    (folded,) = fold([piece * (size // len(piece))])
    if size > 500_000:
        assert folded == "een bericht " * (size // len(piece) - 1) + "een bericht"


def test_one_long_name():
    assert fold(["#" + "a" * 100_000 + " now @" + "b" * 100_000]) == ["now"]


def test_any_sequence_of_texts_will_do():
    assert fold(collections.deque(["Join us", "now"])) == fold(("Join us", "now")) == ["join us", "now"]
    for texts in ([], ["a"], ["a"] * 9):
        with pytest.raises(echodetect.ParameterError, match="workers=0"):
            fold(texts, workers=0)


@pytest.mark.parametrize("function", [fold, echodetect.minhash])
@pytest.mark.parametrize("texts", ["one text", None, [None], ["a", 3], ["a", float("nan")], [b"a"], 7])
def test_what_is_no_sequence_of_texts(function, texts):
    with pytest.raises(echodetect.ParameterError, match="texts="):
        function(texts)


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("a b カ゛が你好ไทย่"), min_size=1)
    )
)
def test_word_starts_are_where_words_begin(texts):
    folded = ["one", *filter(None, fold(texts))]
    joined = "\n".join([*folded, ""])
    starts, places, at = word_starts(code_points(joined)).tolist(), [], 0
    for text in folded:
        for word in words(text):
            at = joined.index(word, at)
            places.append(at)
            at += len(word)
        at += 1
    assert starts == places
