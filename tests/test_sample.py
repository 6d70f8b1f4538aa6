import datetime as dt
import hashlib
import re
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from rapidfuzz import process
from rapidfuzz.distance import Indel, LCSseq

from echodetect import fold
from echodetect.errors import ParameterError
from echodetect.sample import sample
from echodetect.simulate import LANGUAGES, LEVELS, simulate

COLUMNS = ["id", "author", "posted_at", "text", "message", "verbatim", "kind"]
NEGATIVES = {"unrelated", "same link", "notice", "greeting", "quote"}
WHOLE = ("exact", "link", "hashtags", "mention", "emoji", "case", "truncation")
BACKENDS = ("pandas", "polars", "pyarrow")
MARKUP = re.compile(
    r"(?:https?://)?lnk\.example/\S+|\bRT @\w+:|\bvia @\w+|(?<!\w)@\w+"  # links and mentions
    r"|^(?:#\S+\s+)+|(?:(?:^|\s+)#\S+|\s+(?:https?://)?lnk\.example/\S+)+\s*$"  # hashtags at either end
)
SCRIPTS = {
    "ru": "[а-яё]",
    "el": "[α-ωάέήίόύώ]",
    "ar": "[\u0621-\u064a]",
    "hi": "[\u0900-\u097f]",
    "th": "[\u0e00-\u0e7f]",
    "zh": "[\u4e00-\u9fff]",
    "ja": "[\u3040-\u30ff\u4e00-\u9fff]",
}
JOINED = ("th", "zh", "ja")


def words(text: str, language: str = "en") -> list[str]:
    """The words of a post by plain rules of its own, in lower case; characters in scripts without spaces."""
    text = MARKUP.sub(" ", text).lower()
    if language in JOINED:
        return re.findall(r"[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]", text)
    bare = (re.sub(r"[^\w\u0900-\u097f]", "", piece) for piece in text.split())
    return [piece for piece in bare if piece]


def common(a: list[str], b: list[str]) -> int:
    """Length of the longest common subsequence, by the book."""
    row = [0] * (len(b) + 1)
    for x in a:
        before = 0
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], before + 1 if x == y else max(row[j], row[j - 1])
    return row[-1]


def shares(rows, bare_kind):
    """Each echo, and the share of its words that a bare copy of its message holds."""
    bare = {}
    for row in rows:
        if row["kind"] == bare_kind:
            bare.setdefault(row["message"], words(row["text"], row.get("language", "nl")))
    for row in rows:
        if row["message"] is not None and row["kind"] != "case":
            own = words(row["text"], row.get("language", "nl"))
            yield row, common(own, bare[row["message"]]) / len(own)


@pytest.fixture(scope="module")
def posts():
    return sample()


@pytest.fixture(scope="module")
def made():
    return simulate(6000, seed=5, languages=LANGUAGES, levels=list(LEVELS))


@pytest.fixture(scope="module")
def hard():
    levels = {"low overlap": 2, "exact": 1, "truncation": 1, "comment after": 1, "moved clause": 1}
    return simulate(6000, seed=6, languages=LANGUAGES, levels=levels)


# --- the sample --------------------------------------------------------------------------------------------


def test_sample_has_its_columns_and_types(posts):
    assert all(list(row) == COLUMNS for row in posts)
    assert [row["id"] for row in posts] == list(range(1, len(posts) + 1))
    assert all(row["posted_at"].tzinfo is dt.UTC for row in posts)
    for row in posts:
        assert isinstance(row["text"], str)
        assert (row["message"] is None) == (row["verbatim"] is None)
        assert row["message"] is None or (type(row["message"]) is int and 0 < row["verbatim"] <= 1)


def test_sample_is_sixty_people_over_two_weeks(posts):
    times = [row["posted_at"] for row in posts]
    assert 550 <= len(posts) <= 650
    assert len({row["author"] for row in posts}) == 60
    assert times == sorted(times)
    assert times[0] >= dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    assert dt.timedelta(days=10) < times[-1] - times[0] < dt.timedelta(days=14)


def test_sample_shows_every_side_of_the_problem(posts):
    kinds = Counter(row["kind"] for row in posts)
    expected = {
        "verbatim",
        "own link",
        "hashtags",
        "emoji",
        "comment before",
        "comment after",
        "comment both",
    }
    expected |= {"truncated", "typo", "personal", "same link", "notice", "unrelated"}
    assert set(kinds) == expected
    assert kinds["unrelated"] >= 150
    assert min(kinds.values()) >= 10
    unrelated = [row["text"] for row in posts if row["kind"] == "unrelated"]
    assert len(set(unrelated)) == len(unrelated)
    assert all(row["message"] is None for row in posts if row["kind"] in ("same link", "notice", "unrelated"))


def test_sample_messages_are_carried_by_several_people_one_of_them_bare(posts):
    copies = defaultdict(list)
    for row in posts:
        if row["message"] is not None:
            copies[row["message"]].append(row)
    assert 25 <= len(copies) <= 30
    for rows in copies.values():
        assert 3 <= len(rows) <= 25
        assert len({row["author"] for row in rows}) == len(rows)
        assert "verbatim" in {row["kind"] for row in rows}
    hour = dt.timedelta(hours=1)
    assert any(
        len(rows) == 5 and rows[-1]["posted_at"] - rows[0]["posted_at"] <= hour for rows in copies.values()
    )


def test_sample_truth_is_the_share_of_words(posts):
    errors = [abs(share - row["verbatim"]) for row, share in shares(posts, "verbatim")]
    assert np.mean(errors) < 0.005
    assert max(errors) < 0.05


def test_sample_tells_personal_versions_apart(posts):
    personal = [row for row in posts if row["kind"] == "personal"]
    assert any(row["message"] is None for row in personal)
    held = [row["verbatim"] for row in personal if row["message"] is not None]
    assert held
    assert max(held) < 0.5


# --- the generator -----------------------------------------------------------------------------------------


def test_simulated_rows_have_the_columns_of_the_sample_and_two_more(made):
    assert len(made) == 6000
    assert all(list(row) == [*COLUMNS, "language", "level"] for row in made)
    assert [row["id"] for row in made] == list(range(1, 6001))
    times = [row["posted_at"] for row in made]
    assert times == sorted(times)
    assert times[0].tzinfo is dt.UTC
    assert all(row["text"] for row in made)


def test_every_level_and_every_hard_negative_occurs(made):
    assert {row["level"] for row in made} == {*LEVELS, "none"}
    assert {row["kind"] for row in made if row["level"] == "none"} == NEGATIVES
    assert all(row["kind"] == row["level"] for row in made if row["level"] != "none")


def test_truth_of_each_level(made):
    for row in made:
        nothing = row["level"] in ("none", "low overlap")
        assert (row["message"] is None) == (row["verbatim"] is None) == nothing
        if row["level"] in WHOLE:
            assert row["verbatim"] == 1
        elif row["level"].startswith("comment"):
            assert 0.25 < row["verbatim"] < 1
        elif not nothing:
            assert 0.7 < row["verbatim"] <= 1


def test_truth_is_the_share_of_words_in_every_language(made):
    errors = defaultdict(list)
    for row, share in shares(made, "exact"):
        errors[row["language"]].append(abs(share - row["verbatim"]))
    assert set(errors) == set(LANGUAGES)
    assert max(np.mean(values) for values in errors.values()) < 0.02


def test_echo_share_is_the_share_of_copies(made):
    assert sum(row["level"] != "none" for row in made) == 2400
    assert sum(row["level"] != "none" for row in simulate(500, echo_share=1)) == 500
    assert {row["message"] for row in simulate(500, echo_share=0)} == {None}


def test_every_message_comes_from_two_authors_and_once_exactly(made):
    copies = defaultdict(list)
    for row in made:
        if row["message"] is not None:
            copies[row["message"]].append(row)
    for rows in copies.values():
        assert len({row["author"] for row in rows}) >= 2
        assert rows[0]["level"] == "exact"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_in_its_script(made, language):
    texts = [row["text"] for row in made if row["language"] == language and row["kind"] == "unrelated"]
    letters = "".join(MARKUP.sub("", text) for text in texts).lower()
    found = len(re.findall(SCRIPTS.get(language, "[a-zà-öø-ÿœß]"), letters))
    assert found > 0.95 * len(re.findall(r"[^\W\d]", letters))
    assert sum(" " in MARKUP.sub("", text).strip() for text in texts) == (
        0 if language in JOINED else len(texts)
    )


def lcs(a: str, b: str) -> int:
    return LCSseq.similarity(a, b)


def stands_in(shorter: str, longer: str) -> float:
    """The share of the shorter text found, in order, in the best stretch of its own length."""
    size = len(shorter)
    return max(lcs(shorter, longer[at : at + size]) for at in range(len(longer) - size + 1)) / size


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_negative_is_an_echo_by_definition(hard, language):
    """By brute force: no post that copies nothing is near to another, or embeds or is embedded, at 0.85."""
    rows = [row for row in hard if row["language"] == language]
    folded = fold([row["text"] for row in rows])
    long = [at for at, text in enumerate(folded) if len(text) >= 20]  # min_length
    texts = [folded[at] for at in long]
    negative = [place for place, at in enumerate(long) if rows[at]["message"] is None]
    size = np.array([len(text) for text in texts])
    near = process.cdist(
        [texts[at] for at in negative], texts, scorer=Indel.normalized_similarity, dtype=np.float64
    )
    near[np.arange(len(negative)), negative] = 0
    assert near.max() < 0.85
    common = near * (size[negative][:, None] + size) / 2
    shorter = np.minimum(size[negative][:, None], size)
    found = np.argwhere((common >= 0.85 * shorter - 1e-6) & (shorter >= 30))  # min_embedded
    for i, j in found.tolist():
        a, b = sorted((texts[negative[i]], texts[j]), key=len)
        assert stands_in(a, b) < 0.85


def test_negatives_come_close(hard):
    """Most copies of low overlap reach 0.65 with another post: no contestant gets them for free."""
    texts = np.array(fold([row["text"] for row in hard]), dtype=object)
    language = np.array([row["language"] for row in hard])
    kinds = np.array([row["kind"] for row in hard])
    closest = []
    for code in LANGUAGES:
        some, every = np.flatnonzero((kinds == "low overlap") & (language == code)), language == code
        near = process.cdist(texts[some], texts[every], scorer=Indel.normalized_similarity)
        closest += np.sort(near, axis=1)[:, -2].tolist()
    assert np.median(closest) > 0.65


def test_greetings_are_short_or_no_two_alike(made):
    folded = fold([row["text"] for row in made if row["kind"] == "greeting"])
    long = [text for text in folded if len(text) >= 20]
    assert 20 < len(long) < len(folded) - 20
    assert len(set(long)) == len(long)
    assert max(map(len, long)) < 30


def test_headlines_are_bare_once_and_quoted(made):
    folded = defaultdict(list)
    for row in made:
        if row["kind"] == "quote":
            folded[row["language"]] += fold([row["text"]])
    for texts in folded.values():
        bare = [text for text in texts if len(text) < 30]
        assert len(set(bare)) == len(bare) > 0
        quoted = [text for text in texts if len(text) >= 30]
        assert len(quoted) >= 3 * len(bare)
        assert all(any(headline in text for headline in bare) for text in quoted)


def test_half_of_a_notice_is_its_template():
    rows = simulate(20_000, seed=6, languages=["nl", "ja"])
    for code in ("nl", "ja"):
        texts = fold([r["text"] for r in rows if r["kind"] == "notice" and r["language"] == code])
        common = process.cdist(texts, texts, scorer=Indel.normalized_similarity)
        assert 0.68 < np.median(np.sort(common, axis=1)[:, -2]) < 0.78


def test_the_seed_decides():
    assert simulate(800, seed=3) == simulate(800, seed=3)
    assert simulate(800, seed=3) != simulate(800, seed=4)


def test_the_output_of_a_seed_stays_as_it_is():
    rows = [list(row.values()) for row in simulate(2000, seed=11, languages=LANGUAGES)]
    assert hashlib.sha256(repr(rows).encode()).hexdigest()[:16] == "1e00c740dc2dcf40"


def test_levels_and_languages_can_be_chosen():
    rows = simulate(600, levels=["typo"], languages=["el"])
    assert {row["level"] for row in rows} == {"exact", "typo", "none"}
    assert {row["language"] for row in rows} == {"el"}
    rows = simulate(600, levels={"typo": 0.0, "emoji": 2.5})
    assert {row["level"] for row in rows} == {"exact", "emoji", "none"}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10])
def test_small_sizes(count):
    assert len(simulate(count)) == count
    assert len(simulate(count, echo_share=1, authors=2)) == count


def test_the_size_of_a_chunk_shows_nowhere():
    rows = simulate(25_000, seed=1)
    assert [row["id"] for row in rows] == list(range(1, 25_001))
    assert len({row["posted_at"].date() for row in rows}) >= 14


@pytest.mark.parametrize(
    "make", [sample, lambda **kw: simulate(300, seed=2, **kw)], ids=["sample", "simulate"]
)
@pytest.mark.parametrize("backend", BACKENDS)
def test_frames_hold_the_same_rows(make, backend):
    frame, rows = make(backend=backend), make()
    if backend == "pandas":
        assert isinstance(frame, pd.DataFrame)
        assert str(frame["posted_at"].dtype) == "datetime64[us, UTC]"
        assert frame["message"].dtype == "Int64"
        frame = pl.DataFrame(
            {name: [None if v is pd.NA or v != v else v for v in frame[name]] for name in frame}
        )
    elif backend == "pyarrow":
        assert isinstance(frame, pa.Table)
        frame = pl.DataFrame(frame.to_pylist(), infer_schema_length=None)
    assert frame.schema["message"] == pl.Int64
    assert frame.schema["posted_at"] == pl.Datetime("us", "UTC")
    assert frame["posted_at"].to_list() == [row["posted_at"] for row in rows]
    for name in ("id", "author", "text", "message", "verbatim", "kind"):
        assert frame[name].to_list() == [row[name] for row in rows]


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_empty_frame_has_its_columns(backend):
    frame = simulate(0, backend=backend)
    assert len(frame) == 0
    names = frame.column_names if backend == "pyarrow" else list(frame.columns)
    assert names == [*COLUMNS, "language", "level"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"posts": -1},
        {"posts": 2.5},
        {"authors": 1},
        {"seed": -1},
        {"echo_share": 1.5},
        {"languages": []},
        {"languages": "nl"},
        {"languages": ["nl", "nl"]},
        {"languages": ["xx"]},
        {"levels": []},
        {"levels": ["unheard of"]},
        {"levels": "typo"},
        {"levels": 3},
        {"levels": {"typo": "much"}},
        {"levels": {"typo": 0}},
        {"levels": {"typo": -1, "exact": 2}},
        {"levels": {"typo": float("nan")}},
        {"backend": "excel"},
    ],
    ids=str,
)
def test_bad_arguments_are_named(arguments):
    (name,) = arguments
    with pytest.raises(ParameterError, match=name):
        simulate(**arguments)


def test_sample_refuses_other_backends():
    with pytest.raises(ParameterError, match="backend"):
        sample("excel")
