"""How fast, beside others, from raw text? One process a case, alternating, collector off.

    python benchmarks/throughput.py [--data FILE.parquet] [--generated] [--sizes 200000] [--repeats 3]
                                     [--contestants ...]

The clock starts with the texts in memory (as the frame's column or as Python strings) and stops when the
contestant has returned what the table says; the first call's own preparations are inside, so small sizes
look slow. Peak memory is above what the process held when the clock started. A size beyond the file's is
the file over and over, each time in other letters (larger.py): as many echoes, as long, with the same edits.
`--generated` gives posts of `echodetect.simulate` with the file's share of echoes instead, at every size:
longer ones, more of them edited, from a small vocabulary, so that chance brings ever more texts together.
Compare generated posts with generated ones only. A contestant that would take too long, or too much memory,
is measured on fewer posts, which flatters it where its time grows with size: compare it by its time per
message. On a busy machine the fastest of the repeats says more than the median: where they differ much, run
again.

text-dedup runs where it can be imported (benchmarks/README.md says what it takes): what its `minhash` command
does with each text and with the tables, by its own functions, without the data sets it reads and writes.
semhash runs where it and its model can be had, from its hub or from the folder that SEMHASH_MODEL names; the
model is loaded outside the clock.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import polars as pl
from cases import Contestant, Run, compete, parser

# --- echodetect --------------------------------------------------------------------------------------------


def _report(found: Any) -> dict[str, Any]:
    clusters, edges = found.clusters, found._edges
    return {
        "clusters": len(clusters["posts"]) if isinstance(clusters, dict) else len(clusters),
        "in clusters": int((found.labels >= 0).sum()),
        "pairs": int(edges.left.size),
    }


def whole(frame: pl.DataFrame, workers: int | None = None) -> Run:
    import echodetect

    return lambda: _report(echodetect.detect(frame, id=None, workers=workers))


def from_list(frame: pl.DataFrame) -> Run:
    import echodetect

    rows = frame.to_dicts()
    return lambda: _report(echodetect.detect(rows, id=None))


def folding(frame: pl.DataFrame) -> Run:
    import echodetect

    texts = frame["text"].to_list()
    return lambda: {"texts": len(echodetect.fold(texts, workers=2))}


def searching(frame: pl.DataFrame) -> Run:
    from echodetect import candidates

    texts = _texts(frame)
    return lambda: {"candidates": int(candidates.find(texts, workers=2).left.size)}


def verifying(frame: pl.DataFrame) -> Run:
    from common import verifier

    from echodetect import candidates

    texts = _texts(frame)
    found = candidates.find(texts, workers=2)
    check = verifier(texts, 0.85, True)
    return lambda: {"pairs": int(check.edges(found.left, found.right).left.size)}


def _texts(frame: pl.DataFrame) -> list[str]:
    """The texts that detect compares, in its order, which the search relies on."""
    import echodetect

    return list(echodetect.detect(frame, id=None)._corpus.texts)


# --- others ------------------------------------------------------------------------------------------------


def gaoya(frame: pl.DataFrame, **setting: Any) -> Run:
    from gaoya.minhash import MinHashStringIndex

    texts = frame["text"].to_list()

    def run() -> dict[str, Any]:
        index = MinHashStringIndex(jaccard_threshold=0.5, lowercase=True, **setting)
        index.par_bulk_insert_docs(list(range(len(texts))), texts)
        hits = index.par_bulk_query(texts)
        return {"candidates": (sum(map(len, hits)) - len(hits)) // 2}

    return run


def rensa(frame: pl.DataFrame, cut: str, rho: bool, bands: int) -> Run:
    from rensa import RMinHash, RMinHashLSH

    texts = frame["text"].to_list()

    def run() -> dict[str, Any]:
        lower = map(str.lower, texts)  # handed over one by one, which rensa is faster with than a list
        tokens = map(str.split, lower) if cut == "words" else map(_grams, lower)
        sign = RMinHash.digest_matrix_from_token_sets_rho if rho else RMinHash.digest_matrix_from_token_sets
        index = RMinHashLSH(0.8, 128, bands)
        return {"flags": sum(index.query_duplicate_flags_matrix_one_shot(sign(tokens, 128, 42)))}

    return run


def _grams(text: str) -> list[str]:
    return [text[i : i + 5] for i in range(max(len(text) - 4, 1))]


def datasketch(frame: pl.DataFrame) -> Run:
    from datasketch import MinHash, MinHashLSH

    texts = frame["text"].to_list()

    def run() -> dict[str, Any]:
        sketches = MinHash.bulk([_shingles(text) for text in texts], num_perm=128)
        index = MinHashLSH(threshold=0.5, num_perm=128)
        for key, sketch in enumerate(sketches):
            index.insert(key, sketch, check_duplication=False)
        hits = sum(len(index.query(sketch)) for sketch in sketches)
        return {"candidates": (hits - len(texts)) // 2}

    return run


def _shingles(text: str) -> set[bytes]:
    return set(map(str.encode, _grams(text.lower())))


def text_dedup(frame: pl.DataFrame) -> Run:
    import numpy as np
    from text_dedup.minhash import RNG, SIGNATURE_COLUMN, embed_func
    from text_dedup.utils import UnionFind, optimal_param, sha1_hash

    texts = frame["text"].to_list()
    num_perm, prime = 128, np.uint64((1 << 61) - 1)  # 64 bits and sha1 are its defaults
    bands, rows = optimal_param(0.5, num_perm, 0.5, 0.5)
    setting = {
        "num_perm": num_perm,
        "ngram_size": 2,
        "min_length": 1,
        "hashranges": [(band * rows, (band + 1) * rows) for band in range(bands)],
        "permutations": (
            RNG.randint(1, prime, size=(num_perm,), dtype=np.uint64),
            RNG.randint(0, prime, size=(num_perm,), dtype=np.uint64),
        ),
        "hash_func": partial(sha1_hash, d=32),
        "dtype": np.uint64,
        "max_hash": np.uint32((1 << 32) - 1),
        "modulo_prime": prime,
    }

    def run() -> dict[str, Any]:
        tables: list[dict[bytes, set[int]]] = [defaultdict(set) for _ in range(bands)]
        for row, text in enumerate(texts):
            for table, key in zip(tables, embed_func(text, row, **setting)[SIGNATURE_COLUMN], strict=True):
                table[key].add(row)
        joined = UnionFind()
        for table in tables:
            for bucket in table.values():
                if len(bucket) > 1:
                    first = min(bucket)
                    for row in bucket:
                        joined.union(row, first)
        return {"flags": sum(joined.find(row) != row for row in range(len(texts)))}

    return run


def semhash(frame: pl.DataFrame) -> Run:
    from model2vec import StaticModel
    from semhash import SemHash

    texts = frame["text"].to_list()
    name = os.environ.get("SEMHASH_MODEL", "minishlab/potion-base-8M")  # its default; or a folder with it
    try:
        model = StaticModel.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise SystemExit(f"semhash: its model {name} is not to be had here: {error}") from None

    def run() -> dict[str, Any]:
        found = SemHash.from_records(texts, model=model).self_deduplicate(threshold=0.9)
        return {"flags": len(found.filtered)}

    return run


def polars_exact(frame: pl.DataFrame) -> Run:
    text = pl.col("text").str.to_lowercase()
    text = text.str.replace_all(r"https?://\S+", "").str.replace_all(r"[^\p{L}\p{N}]+", " ")

    def run() -> dict[str, Any]:
        groups = frame.select(text.alias("key")).group_by("key").len()
        return {"exact groups": groups.filter(pl.col("len") > 1).height}

    return run


CONTESTANTS = {
    "echodetect": Contestant(whole, "polars frame to report"),
    "echodetect-list": Contestant(from_list, "list of dict to report"),
    "echodetect-1": Contestant(partial(whole, workers=1), "the same on one thread"),
    "echodetect-2": Contestant(partial(whole, workers=2), "the same on two"),
    "echodetect-fold": Contestant(folding, "stage: folding"),
    "echodetect-search": Contestant(searching, "stage: candidates of distinct folded texts"),
    "echodetect-verify": Contestant(verifying, "stage: rapidfuzz"),
    "gaoya": Contestant(
        # The default bands, the container and hash width that its documentation calls fast.
        partial(gaoya, num_bands=20, band_size=5, analyzer="word", ngram_range=(1, 1), hash_size=16,
                id_container="smallvec"),
        "words, 20 x 5", 2_000_000, "gaoya",
    ),
    "gaoya-char": Contestant(
        partial(gaoya, num_bands=50, band_size=4, analyzer="char", ngram_range=(3, 4),
                id_container="smallvec"),
        "3-4-grams, 50 x 4, as in its notebook", 500_000, "gaoya",
    ),
    "rensa": Contestant(
        partial(rensa, cut="5-grams", rho=False, bands=32), "5-grams, 32 bands", 2_000_000, "rensa",
    ),
    "rensa-words": Contestant(
        partial(rensa, cut="words", rho=False, bands=16), "words, 16 bands", 2_000_000, "rensa",
    ),
    "rensa-rho": Contestant(
        partial(rensa, cut="words", rho=True, bands=8), "words, rho, 8 bands, as in its benchmark", 2_000_000,
        "rensa",
    ),
    "datasketch": Contestant(datasketch, "5-grams, bulk, threshold 0.5", 500_000, "datasketch"),
    "text-dedup": Contestant(
        text_dedup, "pairs of words, threshold 0.5, 128 permutations", 500_000, "text_dedup"
    ),
    "semhash": Contestant(semhash, "its model's vectors, threshold 0.9", 100_000, "semhash"),
    "polars-exact": Contestant(polars_exact, "lower, no links, no punctuation, group by", needs="polars"),
}  # fmt: skip
DEFAULT = (
    "echodetect", "echodetect-list", "gaoya", "rensa", "rensa-words", "rensa-rho", "datasketch",
    "text-dedup", "semhash", "polars-exact",
)  # fmt: skip


def write(data: str | None, posts: int, folder: str, generated: bool) -> str:
    """The first posts of the file as a file; more than it has in other letters; or generated ones."""
    import common
    from larger import larger

    import echodetect

    frame = common.load(data)
    path = str(Path(folder) / f"{posts}.parquet")
    if generated:
        share = float((echodetect.detect(frame, id=None).labels >= 0).mean())
        print(f"{posts:,} posts: generated, echo_share={share:.2f}")
        made = echodetect.simulate(posts, echo_share=share, backend="polars")
        frame = made.select("text", "author", "posted_at")
    elif posts > frame.height:
        print(f"{posts:,} posts: the {frame.height:,} of the file over and over, in other letters")
        frame = larger(frame, posts)
    frame.head(posts).write_parquet(path)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    made = parser(__doc__, list(CONTESTANTS), DEFAULT)
    made.add_argument("--generated", action="store_true", help="generated posts at every size")
    options = made.parse_args(arguments)

    def written(posts: int, folder: str) -> str:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:  # what it leaves behind goes with it
            return pool.submit(write, options.data, posts, folder, options.generated).result()

    return compete([__file__], options, CONTESTANTS, written)


if __name__ == "__main__":
    raise SystemExit(main())
