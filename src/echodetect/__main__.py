"""`python -m echodetect [FILE]`: the whole way on a file, or on the embedded sample."""

from __future__ import annotations

import argparse
import csv
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from echodetect.detect import detect
from echodetect.errors import EchodetectError, check_count
from echodetect.report import Report
from echodetect.sample import sample

_NO_READER = "reading {} needs polars or pandas (with pyarrow for parquet): pip install polars"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, or 2 for input that cannot be used."""
    options = _parser().parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):  # a terminal that lacks a letter shows "?"
        sys.stdout.reconfigure(errors="replace")
    try:
        check_count("top", options.top, 0)
        messages = sample() if options.file is None else _read(options)
        report = detect(
            messages,
            text=options.text,
            author=options.author or None,
            time=options.time or None,
            id=options.id or None,
            similarity=options.similarity,
            embedded=not options.no_embedded,
            window=options.window or "1h",
            min_length=options.min_length,
            min_authors=options.min_authors,
            workers=options.workers,
            progress=not options.quiet and sys.stderr is not None and sys.stderr.isatty(),
        )
        written = [] if options.output is None else _write(report, options.output, options.file)
        _print(report, options)
        print(*(f"wrote {path}" for path in written), sep="\n", end="\n" * bool(written), flush=True)
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (EchodetectError, OSError, ModuleNotFoundError) as error:
        print(f"echodetect: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m echodetect",
        description="Find near-identical messages over many timelines, and how saturated their audience is.",
    )
    parser.add_argument(
        "file", nargs="?", metavar="FILE", type=Path, help="parquet or CSV; without: a sample"
    )
    columns = parser.add_argument_group("columns (an empty name where there is none)")
    columns.add_argument("--text", default="text", help="default: %(default)s")
    columns.add_argument("--author", default="author", help="default: %(default)s")
    columns.add_argument("--time", default="posted_at", help="default: %(default)s")
    columns.add_argument("--id", default="id", help="default: %(default)s")
    rules = parser.add_argument_group("what is an echo")
    rules.add_argument("--similarity", type=float, default=0.85, help="0..1, default: %(default)s")
    rules.add_argument(
        "--window", action="append", help="how long a contact remembers, default: 1h; several one by one"
    )
    rules.add_argument("--min-length", type=int, default=20, help="folded characters, default: %(default)s")
    rules.add_argument("--min-authors", type=int, default=2, help="timelines, default: %(default)s")
    rules.add_argument("--no-embedded", action="store_true", help="whole posts only, none inside others")
    output = parser.add_argument_group("output")
    output.add_argument(
        "--top", type=int, default=10, metavar="N", help="clusters listed, default: %(default)s"
    )
    output.add_argument("--cluster", type=int, metavar="K", help="the one shown, default: one with own words")
    output.add_argument("--output", type=Path, metavar="DIR", help="write clusters and messages there")
    output.add_argument("--workers", type=int, help="threads, default: all cores")
    output.add_argument("--quiet", action="store_true", help="no progress on standard error")
    return parser


def _is_csv(path: Path) -> bool:
    return not {".csv", ".tsv", ".txt"}.isdisjoint(suffix.lower() for suffix in path.suffixes)  # x.csv.gz too


def _read(options: argparse.Namespace) -> Any:
    """A polars or pandas frame, whichever is there; texts, authors and ids of a CSV are strings."""
    path = options.file
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name one file in it")
    separator = "\t" if ".tsv" in path.suffixes else ","
    strings = [name for name in (options.text, options.author, options.id) if name]
    for name in ("polars", "pandas"):
        if importlib.util.find_spec(name) is None:
            continue
        library = importlib.import_module(name)
        try:
            if not _is_csv(path):
                return library.read_parquet(path)
            if name == "polars":
                return library.read_csv(
                    path,
                    separator=separator,
                    infer_schema_length=None,
                    schema_overrides=dict.fromkeys(strings, library.String),
                )
            return library.read_csv(
                path, sep=separator, dtype=dict.fromkeys(strings, str), na_values=[""], keep_default_na=False
            )
        except Exception as error:  # whatever the library makes of a broken file
            raise OSError(f"{path} cannot be read: {error}") from error
    raise ModuleNotFoundError(_NO_READER.format(path))


def _print(report: Report, options: argparse.Namespace) -> None:
    print(report.summary(options.top))
    total = report.labels.max(initial=-1) + 1
    if not total:
        return
    number = options.cluster
    if number is None:  # the most saturated one in which somebody added words
        top = report.top(200)
        number = next((row["cluster"] for row in top if row["mean_verbatim"] < 0.97), 0)
    print()
    print(report.cluster(number))


def _write(report: Report, folder: Path, source: Path | None) -> list[Path]:
    """Both tables, parquet for a parquet file, CSV otherwise; returns where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".csv" if source is None or _is_csv(source) else ".parquet"
    paths = []
    for name, table in (("clusters", report.clusters), ("messages", report.messages)):
        path = folder / f"{name}{suffix}"
        if isinstance(table, list):
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(table[0]) if table else ["cluster"])
                writer.writeheader()
                writer.writerows(table)
        elif suffix == ".csv":
            table.write_csv(path) if hasattr(table, "write_csv") else table.to_csv(path, index=False)
        else:
            table.write_parquet(path) if hasattr(table, "write_parquet") else table.to_parquet(path)
        paths.append(path)
    return paths


if __name__ == "__main__":
    sys.exit(main())
