"""Tables in files, for the command line: parquet, CSV and JSON lines, read and written.

parquet and CSV are read by polars or pandas, whichever is installed; JSON by Python itself, and CSV and JSON
lines are written without either where the messages are plain dicts. The first line of a CSV tells what
separates its fields; text is UTF-8, or UTF-16 with a byte order mark, unless another encoding is named.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import importlib
import importlib.util
import io
import json
import re
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["FORMATS", "format_of", "read_table", "write_table"]

FORMATS = ("parquet", "csv", "tsv", "jsonl")
_ENDINGS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_GZIP = b"\x1f\x8b"
_PACKED = {
    b"PK\x03\x04": "a zip archive or a spreadsheet: unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet: save the sheet as CSV",
    b"BZh": "packed by bzip2: unpack it",
    b"\xfd7zXZ": "packed by xz: unpack it",
    b"(\xb5/\xfd": "packed by zstd: unpack it",
}
_BLOCK = 1 << 24
_SEPARATORS = ",;\t|"
_BYTE_ORDER = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_NO_LIBRARY = "{} needs polars or pandas (with pyarrow for parquet): pip install polars"


def format_of(path: Path) -> str:
    """The format that a file's ending tells, also before .gz; "csv" for standard input.

    Raises
    ------
    OSError
        Where it tells none and the file does not begin as parquet does.
    """
    if path == Path("-"):
        return "csv"
    for end in reversed(path.suffixes):
        if end.lower() in _ENDINGS:
            return _ENDINGS[end.lower()]
    if not path.is_file():  # which is told when it is read
        return "parquet"
    with path.open("rb") as file:
        begins = file.read(8)
    if begins[:4] == b"PAR1":
        return "parquet"
    formats = f"say which format it is: --input-format {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
    remedy = _packed(begins) or formats
    raise OSError(f"{path}: its name ends in none of {', '.join(_ENDINGS)}; {remedy}")


def read_table(
    path: Path, form: str, strings: Sequence[str], separator: str | None = None, encoding: str | None = None
) -> Any:
    """A polars or pandas frame, a list of dict of JSON lines; `-` is standard input.

    strings: the columns of CSV that are text whatever they look like: 007 is no number. separator: of the
    fields of a CSV; None for what its first line tells. encoding: of CSV and JSON lines; None for UTF-8, or
    what a byte order mark says.

    Raises
    ------
    OSError
        Where there is no such file, or what is in it cannot be read.
    ModuleNotFoundError
        Where neither library is installed.
    """
    name = "standard input" if path == Path("-") else str(path)
    if path == Path("-"):
        if sys.stdin is None:
            raise OSError("standard input is closed: name a file, or pipe the messages in")
    else:
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file")
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder; name one file in it")
    try:
        if form == "parquet":
            library = _library(f"reading {name}")
            return library.read_parquet(io.BytesIO(sys.stdin.buffer.read()) if path == Path("-") else path)
        data = sys.stdin.buffer.read() if path == Path("-") else path.read_bytes()
        data = _utf8(gzip.decompress(data) if data[:2] == _GZIP else data, encoding)
        if form == "jsonl":
            return _json_lines(data)
        if form == "tsv" and b"\t" in data[: data.find(b"\n") + 1 or None]:
            separator = separator or "\t"
        return _csv(data, _library(f"reading {name}"), strings, separator)
    except ModuleNotFoundError:
        raise
    except Exception as error:  # whatever the library makes of a broken file
        raise OSError(f"{name} cannot be read: {error}") from error


def _packed(data: bytes) -> str:
    """What a file that begins so is, and what to do; "" where it may be text."""
    return next((f"it is {what}" for mark, what in _PACKED.items() if data.startswith(mark)), "")


def _utf8(data: bytes, encoding: str | None) -> bytes:
    """The same text in UTF-8, without a byte order mark; ValueError for another encoding, none is guessed."""
    if encoding is None:
        encoding = next((name for mark, name in _BYTE_ORDER.items() if data.startswith(mark)), "utf-8")
    if packed := _packed(data):
        raise ValueError(packed)
    if b"\0" in data[:200] and encoding == "utf-8":
        raise ValueError("it is no UTF-8 text; if it is UTF-16, add --encoding utf-16-le")
    plain, start = encoding == "utf-8", 0
    try:
        if not plain:
            return data.decode(encoding).encode()
        while start < len(data):  # in blocks of whole lines: a str may be four times as large
            end = data.find(b"\n", start + _BLOCK) + 1 or len(data)
            data[start:end].decode()
            start = end
    except UnicodeDecodeError as error:
        at = start + error.start
        line = data.count(b"\n", 0, at) + 1
        where = f"line {line}: byte 0x{data[at]:02x} is no {encoding}"
        remedy = "if a spreadsheet wrote it, add --encoding cp1252" if plain else "name another --encoding"
        raise ValueError(f"{where}; {remedy}") from error
    return data


def _csv(data: bytes, library: Any, strings: Sequence[str], separator: str | None) -> Any:
    """A frame of a CSV in UTF-8; empty fields are null, nothing else is."""
    first = data[: data.find(b"\n") + 1 or None]
    if told := re.fullmatch(rb'"?sep=([^"])"?\s*', first):  # a line that Excel reads, and writes
        data = data[len(first) :]
        first, separator = data[: data.find(b"\n") + 1 or None], separator or told[1].decode()
    head = first.decode(errors="replace").rstrip("\r\n")
    mark = separator or _separator(head, strings)
    names = _fields(head, mark)
    if twice := next((name for name in strings if names.count(name) > 1), None):
        raise ValueError(
            f"{names.count(twice)} of its columns are named {twice!r}: give them names of their own"
        )
    source = io.BytesIO(data)
    try:
        if library.__name__ == "polars":
            kinds = dict.fromkeys(strings, library.String)
            return library.read_csv(source, separator=mark, infer_schema_length=None, schema_overrides=kinds)
        with warnings.catch_warnings():  # by default pandas makes an index of the first of too many fields
            warnings.simplefilter("error", library.errors.ParserWarning)
            more = {"index_col": False, "na_values": [""], "keep_default_na": False}
            return library.read_csv(source, sep=mark, dtype=dict.fromkeys(strings, str), **more)
    except Exception as error:
        said = _ragged(data, mark) or str(error).partition("\n")[0].rstrip(".")
        remedy = "text that holds it has to be in quotes; if it is another, add --separator"
        raise ValueError(f"{said}; fields were separated by {mark!r}: {remedy}") from error


def _fields(line: str, mark: str) -> list[str]:
    """The fields of one line."""
    return next(csv.reader([line], delimiter=mark), [])


def _ragged(data: bytes, mark: str) -> str:
    """Which line is the first with more fields than the first one; "" for none."""
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=""), delimiter=mark)
    try:
        names = len(next(lines, []))
        fields = next((len(line) for line in lines if len(line) > names), None)
    except csv.Error:
        return ""
    return "" if fields is None else f"line {lines.line_num} has {fields} fields, the first line {names}"


def _separator(first: str, names: Sequence[str]) -> str:
    """What separates the names in a first line: what makes most of the wanted names, then most of any."""

    def found(mark: str) -> tuple[int, int]:
        columns = _fields(first, mark)
        return len(set(names).intersection(columns)), len(columns)

    return max(_SEPARATORS, key=found)


def write_table(table: Any, path: Path, form: str) -> None:
    """Write a frame or a list of dict; times are ISO 8601 in CSV and JSON lines, unknown figures empty.

    Lists and dicts are JSON in CSV, which has neither, and in parquet where they are of several kinds; what
    UTF-8 cannot hold becomes a question mark.

    Raises
    ------
    OSError
        Where the file, or this table in this format, cannot be written.
    ModuleNotFoundError
        Where a library is missing.
    """
    try:
        _write_table(table, path, form)
    except ImportError as error:  # pandas says what it lacks in a page
        raise ModuleNotFoundError(_NO_LIBRARY.format(f"writing {path}")) from error
    except OSError:
        raise
    except Exception as error:
        said = str(error).partition("\n")[0].rstrip(".")
        raise OSError(f"{path} cannot be written: {said}; add --format csv or jsonl") from error


def _write_table(table: Any, path: Path, form: str) -> None:
    if form == "jsonl":
        with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            for row in _rows(table):
                plain = {name: _listed(value) for name, value in row.items()}
                known = {name: None if value != value else value for name, value in plain.items()}  # no NaN
                file.write(json.dumps(known, ensure_ascii=False, default=_text) + "\n")
        return
    if isinstance(table, list) and form == "csv":
        with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
            names = list(dict.fromkeys(key for row in table for key in row)) or ["cluster"]
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows({name: _flat(value) for name, value in row.items()} for row in table)
        return
    if isinstance(table, list):
        library, rows = _library(f"writing {path}"), [_encodable(row) for row in table]
        more = {"infer_schema_length": None} if library.__name__ == "polars" else {}

        def fits(some: list[dict[str, Any]], target: Path | io.BytesIO) -> bool:
            """Whether they are written: parquet has no column of several kinds, no dict without a field."""
            try:
                _parquet(library.DataFrame(some, **more), target)
            except ImportError:
                raise
            except Exception:
                return False
            return True

        if not fits(rows, path):
            for name in dict.fromkeys(key for row in rows for key in row):
                if not fits([{name: row.get(name)} for row in rows], io.BytesIO()):
                    rows = [{**row, name: _spelt(row.get(name))} for row in rows]
            _parquet(library.DataFrame(rows, **more), path)
        return
    if form == "csv" and hasattr(table, "write_csv"):
        nested = [name for name, kind in table.schema.items() if kind.is_nested()]
        flat = [type(table[name])(name, list(map(_flat, table[name].to_list()))) for name in nested]
        table.with_columns(flat).write_csv(path)
    elif form == "csv":
        objects = [name for name in table.columns if table[name].dtype == object]
        table.assign(**{name: table[name].map(_flat) for name in objects}).to_csv(path, index=False)
    else:
        _parquet(table, path)


def _parquet(frame: Any, path: Path | io.BytesIO) -> None:
    frame.write_parquet(path) if hasattr(frame, "write_parquet") else frame.to_parquet(path)


def _spelt(value: Any) -> str | None:
    """A value as text: times as ISO 8601, other than text and nulls as JSON."""
    if value is None or isinstance(value, str):
        return value
    return (
        _text(value) if hasattr(value, "isoformat") else json.dumps(value, ensure_ascii=False, default=_text)
    )


def _flat(value: Any) -> Any:
    """A list, a dict or an array as JSON, anything else as it is."""
    value = _listed(value)
    return json.dumps(value, ensure_ascii=False, default=_text) if isinstance(value, list | dict) else value


def _listed(value: Any) -> Any:
    """An array, as pandas reads lists from parquet, as a list; anything else as it is."""
    return value.tolist() if getattr(value, "ndim", 0) else value


def _encodable(value: Any) -> Any:
    """The same without lone surrogates, also in lists and dicts."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_encodable(name): _encodable(inner) for name, inner in value.items()}
    return list(map(_encodable, value)) if isinstance(value, list) else value


def _text(value: Any) -> str:
    """What JSON has no kind of its own for: times as ISO 8601."""
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _library(purpose: str) -> Any:
    """Polars, or else pandas."""
    for name in ("polars", "pandas"):
        if importlib.util.find_spec(name) is not None:
            return importlib.import_module(name)
    raise ModuleNotFoundError(_NO_LIBRARY.format(purpose))


def _json_lines(data: bytes) -> list[dict[str, Any]]:
    """A dict for each line that is not empty, or for each entry of one array."""
    if data.lstrip().startswith(b"["):
        rows = json.loads(data)
        if not all(isinstance(row, dict) for row in rows):
            raise ValueError("its array holds something other than objects")
        return list(rows)
    rows = []
    for number, line in enumerate(data.splitlines(), 1):
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
