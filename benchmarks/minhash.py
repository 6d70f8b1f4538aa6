"""How fast are MinHash signatures, beside others, from raw text? One process a case, in turn, collector off.

    python benchmarks/minhash.py [--data FILE.parquet] [--text COLUMN] [--sizes 200000] [--num-perm 128]
        [--repeats 3] [--distinct] [--contestants ...]

The clock starts with the texts as Python strings and stops when all signatures are there. Everybody signs
5-grams of lower-cased text. Where a library has no tokeniser they are cut in Python, as its users have to;
what the rows "ready" are given was cut or folded before the clock starts, so that they show what the signing
alone takes. Ours folds more than case away (links, accents, punctuation), which takes time and leaves
shorter texts, and folds and signs equal texts once: `--distinct` leaves one post of each text that folds to
the same.

rensa's matrix stays in rensa (`to_rows`, not timed, makes lists of it) and its "rho" is one permutation with
several probes, no MinHash. gaoya gives out no signatures: its row is the cheapest index that it can make of
them, one band of all. datasketch returns a list of MinHash; it is measured on fewer posts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from cases import Contestant, Contestants, Run, compete, parser

NGRAM = 5


def _grams(text: str) -> list[str]:
    lower = text.lower()
    return [lower[i : i + NGRAM] for i in range(max(len(lower) - NGRAM + 1, 1))]


def _timed(sign: Callable[[Any], Any], given: Any) -> Run:
    def run() -> dict[str, Any]:
        made = sign(given)
        return {"signatures": made.len() if hasattr(made, "len") else len(made)}  # rensa's has no len()

    return run


def _texts(frame: pl.DataFrame) -> list[str]:
    return frame["text"].to_list()


# --- echodetect --------------------------------------------------------------------------------------------


def whole(frame: pl.DataFrame, num_perm: int, workers: int | None = None) -> Run:
    import echodetect

    return _timed(lambda texts: echodetect.minhash(texts, num_perm, NGRAM, workers=workers), _texts(frame))


def signing(frame: pl.DataFrame, num_perm: int) -> Run:
    import echodetect
    from echodetect.minhash import sign

    folded = echodetect.fold(_texts(frame))
    return _timed(lambda texts: sign(texts, num_perm, NGRAM, workers=2), folded)


# --- others ------------------------------------------------------------------------------------------------


def rensa(frame: pl.DataFrame, num_perm: int, method: str, ready: bool = False) -> Run:
    from rensa import RMinHash

    sign, texts = getattr(RMinHash, method), _texts(frame)
    if ready:
        return _timed(lambda tokens: sign(tokens, num_perm, 42), list(map(_grams, texts)))
    if method == "digest_matrix_from_token_byte_sets":
        return _timed(lambda texts: sign(map(_bytes, texts), num_perm, 42), texts)
    return _timed(lambda texts: sign(map(_grams, texts), num_perm, 42), texts)


def rensa_hashes(frame: pl.DataFrame, num_perm: int) -> Run:
    import numpy as np
    from rensa import RMinHash

    import echodetect
    from echodetect.folded import encode
    from echodetect.shingles import shingle

    hashes, offsets = shingle(*encode(echodetect.fold(_texts(frame))), NGRAM)
    hashes, offsets = hashes.astype(np.uint64), offsets.astype(np.uint64)
    sign = RMinHash.digest_matrix_from_flat_token_hashes
    return _timed(lambda hashes: sign(hashes, offsets, num_perm, 42), hashes)


def gaoya(frame: pl.DataFrame, num_perm: int) -> Run:
    from gaoya.minhash import MinHashStringIndex

    texts = _texts(frame)

    def run() -> dict[str, Any]:
        index = MinHashStringIndex(
            hash_size=32, num_bands=1, band_size=num_perm, analyzer="char", ngram_range=(NGRAM, NGRAM),
            lowercase=True, id_container="smallvec",
        )  # fmt: skip
        index.par_bulk_insert_docs(list(range(len(texts))), texts)
        return {"indexed": len(texts)}

    return run


def datasketch(frame: pl.DataFrame, num_perm: int, ready: bool = False) -> Run:
    from datasketch import MinHash

    if ready:
        return _timed(
            lambda sets: MinHash.bulk(sets, num_perm=num_perm), [set(_bytes(text)) for text in _texts(frame)]
        )
    return _timed(
        lambda texts: MinHash.bulk((set(_bytes(text)) for text in texts), num_perm=num_perm), _texts(frame)
    )


def _bytes(text: str) -> list[bytes]:
    return [gram.encode() for gram in _grams(text)]


def contestants(num_perm: int) -> Contestants:
    def made(prepare: Callable[..., Run], what: str, *rest: Any, **setting: Any) -> Contestant:
        return Contestant(partial(prepare, num_perm=num_perm, **setting), what, *rest)

    matrix, many = "digest_matrix_from_token_sets", 2_000_000
    return {
        "echodetect": made(whole, "raw text, all threads"),
        "echodetect-1": made(whole, "raw text, one thread", workers=1),
        "datasketch": made(datasketch, "raw text, bulk of sets", 20_000, "datasketch"),
        "rensa": made(rensa, "raw text, matrix of token lists", many, "rensa", method=matrix),
        "rensa-bytes": made(
            rensa, "raw text, matrix of bytes", many, "rensa", method="digest_matrix_from_token_byte_sets"
        ),
        "rensa-rho": made(rensa, "raw text, rho: no MinHash", many, "rensa", method=f"{matrix}_rho"),
        "gaoya": made(gaoya, "raw text, an index of one band", many, "gaoya"),
        "echodetect-ready": made(signing, "ready: folded texts"),
        "datasketch-ready": made(datasketch, "ready: sets of bytes", 20_000, "datasketch", ready=True),
        "rensa-ready": made(rensa, "ready: token lists", many, "rensa", method=matrix, ready=True),
        "rensa-rho-ready": made(
            rensa, "ready: token lists, rho", many, "rensa", method=f"{matrix}_rho", ready=True
        ),
        "rensa-hashes-ready": made(rensa_hashes, "ready: our hashes of folded texts", many, "rensa"),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    names = list(contestants(128))
    made = parser(__doc__, names, names)
    made.add_argument("--text", default="text", help="the file's column of texts")
    made.add_argument("--num-perm", type=int, default=128)
    made.add_argument("--distinct", action="store_true", help="one post of each text that folds to the same")
    options = made.parse_args(arguments)

    def write(posts: int, folder: str) -> str:
        import common

        import echodetect

        path = options.data or (common.REAL if common.REAL.exists() else None)
        frame = pl.read_parquet(path, columns=[options.text]) if path else common.load(None)
        frame = frame.select(pl.col(options.text if path else "text").fill_null("").alias("text"))
        if options.distinct:
            folded = pl.Series("folded", echodetect.fold(frame["text"].to_list()))
            frame = frame.filter(folded.is_first_distinct())
        file = str(Path(folder) / f"{posts}.parquet")
        frame.head(posts).write_parquet(file)
        lengths = frame.head(posts)["text"].str.len_chars()
        print(f"{lengths.len():,} posts of {lengths.mean():.0f} characters; {common.circumstances()}")
        return file

    command = [__file__, "--num-perm", str(options.num_perm)]
    return compete(command, options, contestants(options.num_perm), write)


if __name__ == "__main__":
    raise SystemExit(main())
