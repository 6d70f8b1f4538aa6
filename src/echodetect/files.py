"""Tables in files, for the command line: parquet, CSV and JSON lines, read and written.

parquet and CSV are read by polars or pandas, whichever is installed; JSON lines by Python itself, and CSV and
JSON lines are written without either where the messages are plain dicts.
"""

from __future__ import annotations

import csv
import gzip
import importlib
import importlib.util
import io
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["FORMATS", "format_of", "read_table", "write_table"]

FORMATS = ("parquet", "csv", "tsv", "jsonl")
_ENDINGS = {".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_GZIP = b"\x1f\x8b"
_NO_LIBRARY = "{} needs polars or pandas (with pyarrow for parquet): pip install polars"


def format_of(path: Path) -> str:
    """The format that a file's ending tells, also before .gz; "csv" for standard input, else "parquet"."""
    if path == Path("-"):
        return "csv"
    return next((_ENDINGS[end.lower()] for end in path.suffixes if end.lower() in _ENDINGS), "parquet")


def read_table(path: Path, form: str, strings: Sequence[str]) -> Any:
    """A polars or pandas frame, a list of dict of JSON lines; `-` is standard input.

    strings: the columns of CSV that are text whatever they look like: 007 is no number.

    Raises
    ------
    OSError
        Where there is no such file, or what is in it cannot be read.
    ModuleNotFoundError
        Where neither library is installed.
    """
    if path == Path("-"):
        source: Any = io.BytesIO(sys.stdin.buffer.read())
        name = "standard input"
    else:
        source, name = path, str(path)
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file")
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder; name one file in it")
    try:
        if form == "jsonl":
            return _json_lines(source)
        library = _library(f"reading {name}")
        if form == "parquet":
            return library.read_parquet(source)
        mark = "\t" if form == "tsv" else ","
        if library.__name__ == "polars":
            kinds = dict.fromkeys(strings, library.String)
            return library.read_csv(source, separator=mark, infer_schema_length=None, schema_overrides=kinds)
        kinds = dict.fromkeys(strings, str)
        return library.read_csv(source, sep=mark, dtype=kinds, na_values=[""], keep_default_na=False)
    except ModuleNotFoundError:
        raise
    except Exception as error:  # whatever the library makes of a broken file
        raise OSError(f"{name} cannot be read: {error}") from error


def write_table(table: Any, path: Path, form: str) -> None:
    """Write a frame or a list of dict; times are ISO 8601 in CSV and JSON lines, unknown figures empty."""
    if form == "jsonl":
        with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            for row in _rows(table):
                known = {
                    name: None if value != value else value for name, value in row.items()
                }  # NaN is no JSON
                file.write(json.dumps(known, ensure_ascii=False, default=_text) + "\n")
        return
    if isinstance(table, list) and form == "csv":
        with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
            names = list(dict.fromkeys(key for row in table for key in row)) or ["cluster"]
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(table)
        return
    if isinstance(table, list):
        library = _library(f"writing {path}")
        more = {"infer_schema_length": None} if library.__name__ == "polars" else {}
        table = library.DataFrame(table, **more)
    if form == "csv":
        table.write_csv(path) if hasattr(table, "write_csv") else table.to_csv(path, index=False)
    else:
        table.write_parquet(path) if hasattr(table, "write_parquet") else table.to_parquet(path)


def _text(value: Any) -> str:
    """What JSON has no kind of its own for: times as ISO 8601."""
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _library(purpose: str) -> Any:
    """Polars, or else pandas."""
    for name in ("polars", "pandas"):
        if importlib.util.find_spec(name) is not None:
            return importlib.import_module(name)
    raise ModuleNotFoundError(_NO_LIBRARY.format(purpose))


def _json_lines(source: Any) -> list[dict[str, Any]]:
    """A dict for each line that is not empty."""
    data = source.read_bytes() if isinstance(source, Path) else source.read()
    rows = []
    for number, line in enumerate((gzip.decompress(data) if data[:2] == _GZIP else data).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
        if not isinstance(row, dict):
            raise ValueError(f"line {number} holds no object")
        rows.append(row)
    return rows


def _rows(table: Any) -> Iterable[dict[str, Any]]:
    """Each row as a dict of plain values, None for null."""
    if isinstance(table, list):
        return table
    if hasattr(table, "iter_rows"):
        named: Iterable[dict[str, Any]] = table.iter_rows(named=True)
        return named
    plain = table.astype(object)
    rows: list[dict[str, Any]] = plain.where(plain.notna(), None).to_dict("records")
    return rows
