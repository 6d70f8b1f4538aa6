"""`python -m echodetect [FILE]`: the whole way on a file, or on the embedded sample."""

from __future__ import annotations

import argparse
import codecs
import os
import re
import shlex
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from echodetect import __version__
from echodetect.detect import detect
from echodetect.errors import EchodetectError, ParameterError, UnreadTimesWarning, check_count
from echodetect.files import FORMATS, format_of, read_table, write_table
from echodetect.report import Report
from echodetect.sample import sample

_EPILOG = """\
exit codes:
  0    done, also when nothing was found, and when whoever reads the output has seen enough
  1    a mistake in echodetect itself: please report it with what is shown
  2    input, arguments or a place to write that cannot be used, or a library that is not installed
  130  interrupted (Ctrl-C); tables that were already written stay

examples:
  echodetect posts.parquet --author user --time created_at --output echoes/
  zcat posts.jsonl.gz | echodetect - --input-format jsonl --html echoes.html
"""

_LIKELY = {  # words in the names that social tools give their columns, the surest first
    "text": ("text", "message", "content", "caption", "body", "post", "tweet"),
    "author": ("author", "user", "account", "profile", "employee", "name"),
    "time": ("posted", "published", "created", "timestamp", "date", "time"),
}
_OPTIONS = {"number": "cluster"}  # what a parameter is called here, where it is not the same
_OTHERS = {"id", "url", "link", "type"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, as --help lists them."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.redact and options.html is None:
        parser.error("--redact is for the page of --html")
    if hasattr(sys.stdout, "reconfigure"):  # a terminal that lacks a letter shows "?"
        sys.stdout.reconfigure(errors="replace")
    try:
        check_count("top", options.top, 0)
        messages = sample() if options.file is None else _read(options)
        if missing := _missing(messages, options):
            print(f"echodetect: {missing}", file=sys.stderr)
            return 2
        report = _detect(
            messages,
            text=options.text,
            author=options.author or None,
            time=options.time or None,
            day_first=options.day_first,
            id=options.id or None,
            similarity=options.similarity,
            embedded=not options.no_embedded,
            window=options.window or "1h",
            min_length=options.min_length,
            min_authors=options.min_authors,
            workers=options.workers,
            progress=not options.quiet and sys.stderr is not None and sys.stderr.isatty(),
        )
        written = _write(report, options)
        _print(report, options)
        print(*(f"wrote {path}" for path in written), sep="\n", end="\n" * bool(written), flush=True)
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (EchodetectError, OSError, ImportError) as error:
        print(f"echodetect: {_by_option(error, options)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("echodetect: interrupted", file=sys.stderr)
        return 130
    return 0


def _detect(messages: Any, **options: Any) -> Report:
    """`detect`, which warns of times in a line of its own."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UnreadTimesWarning)
        report = detect(messages, **options)
    for warning in caught:
        if issubclass(warning.category, UnreadTimesWarning):
            said = str(warning.message).replace("day_first=True or False", "--day-first or --no-day-first")
            print(f"echodetect: {said}", file=sys.stderr)
        else:
            warnings.showwarning(warning.message, warning.category, warning.filename, warning.lineno)
    return report


def _by_option(error: Exception, options: argparse.Namespace) -> Exception:
    """The error; one of a parameter under the name of its option."""
    if not isinstance(error, ParameterError):
        return error
    option = _OPTIONS.get(error.name, error.name)
    if option not in vars(options):
        return error
    return ParameterError(f"--{option}".replace("_", "-"), error.value, error.allowed, error.remedy)


def _missing(messages: Any, options: argparse.Namespace) -> str:
    """What to say where columns are not there: which there are, and the options to add; "" where all are."""
    keys = dict.fromkeys(key for row in messages for key in row) if isinstance(messages, list) else None
    there = list(messages.columns if keys is None else keys)
    wanted = {name: getattr(options, name) for name in ("text", "author", "time", "id")}
    absent = [name for name, column in wanted.items() if column and column not in there]
    if options.id == "id":
        absent = [name for name in absent if name != "id"]
    if not absent or not there:
        return ""
    shown = ", ".join(repr(str(name)) for name in there[:50]) + ", ..." * (len(there) > 50)
    head = f"{', '.join(f'{name}={wanted[name]!r}' for name in absent)}: no such column; there are: {shown}"
    if len(there) == 1 and (mark := next((mark for mark in ",;\t|" if mark in there[0]), None)):
        return f"{head}; add --separator {shlex.quote(mark)}"
    free = [str(name) for name in there if name not in wanted.values()]
    added = " ".join(f"--{name} {_likely(name, free)}" for name in absent)
    none = ' (an empty name, --time "" say, where there is none)' if absent != ["text"] else ""
    return f"{head}; say which is which: {added}{none}"


def _likely(option: str, columns: list[str]) -> str:
    """The column that an option may mean by its name, quoted for a shell; NAME where there is none."""
    for word in _LIKELY.get(option, ()):
        for column in sorted(columns, key=lambda name: name.casefold() != word):
            if word in column.casefold() and not _OTHERS.intersection(re.split(r"[\W_]+", column.casefold())):
                return shlex.quote(column)
    return "NAME"


def _one_mark(value: str) -> str:
    """What separates fields: one character of ASCII; \\t and tab are a tab."""
    mark = {"\\t": "\t", "tab": "\t"}.get(value, value)
    if len(mark) != 1 or not mark.isascii() or mark in '"\r\n':
        raise argparse.ArgumentTypeError(f"{value!r} is no single character, such as ';' or '\\t'")
    return mark


def _encoding(value: str) -> str:
    """The name of an encoding of text, as Python spells it."""
    try:
        "".encode(value)
        return codecs.lookup(value).name
    except LookupError:
        raise argparse.ArgumentTypeError(f"{value!r} is no encoding; utf-8, utf-16 and cp1252 are") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="echodetect",
        description="Find near-identical messages over many timelines, and how saturated their audience is.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"echodetect {__version__}")
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        type=Path,
        help="parquet, CSV or JSON lines; - for standard input; without: a sample",
    )
    parser.add_argument(
        "--input-format", choices=FORMATS, help="default: by the file's ending; csv for standard input"
    )
    parser.add_argument(
        "--separator", type=_one_mark, metavar="MARK", help="of a CSV; default: as its first line shows"
    )
    parser.add_argument("--encoding", type=_encoding, help="of CSV and JSON lines, default: utf-8")
    columns = parser.add_argument_group("columns (an empty name where there is none)")
    columns.add_argument("--text", default="text", help="default: %(default)s")
    columns.add_argument("--author", default="author", help="default: %(default)s")
    columns.add_argument("--time", default="posted_at", help="default: %(default)s")
    columns.add_argument(
        "--day-first",
        action=argparse.BooleanOptionalAction,
        help="02/03/2026 is the second of March; default: as the column shows",
    )
    columns.add_argument("--id", default="id", help="default: %(default)s")
    rules = parser.add_argument_group("what is an echo")
    rules.add_argument("--similarity", type=float, default=0.85, help="0..1, default: %(default)s")
    rules.add_argument(
        "--window",
        action="append",
        help="how long a contact remembers, default: 1h; several: --window 1h --window 24h",
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
    output.add_argument(
        "--format", choices=("parquet", "csv", "jsonl"), help="of these tables, default: as the input's"
    )
    output.add_argument("--html", type=Path, metavar="PATH", help="write one page with the whole report")
    output.add_argument("--redact", action="store_true", help="no names of authors on that page")
    output.add_argument("--workers", type=int, help="threads, default: all cores")
    output.add_argument("--quiet", action="store_true", help="no progress on standard error")
    return parser


def _format(options: argparse.Namespace) -> str:
    """The format of the input; that of the sample is CSV."""
    if options.input_format is not None:
        return str(options.input_format)
    return "csv" if options.file is None else format_of(options.file)


def _read(options: argparse.Namespace) -> Any:
    """The messages; texts, authors and ids of a CSV are strings."""
    strings = [name for name in (options.text, options.author, options.id) if name]
    return read_table(options.file, _format(options), strings, options.separator, options.encoding)


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


def _write(report: Report, options: argparse.Namespace) -> list[Path]:
    """Both tables and the page, as far as they were asked for; returns where they are."""
    written = []
    if options.output is not None:
        form = options.format or _format(options).replace("tsv", "csv")
        options.output.mkdir(parents=True, exist_ok=True)
        for name, table in (("clusters", report.clusters), ("messages", report.messages)):
            path = options.output / f"{name}.{form}"
            write_table(table, path, form)
            written.append(path)
    if options.html is not None:
        report.to_html(options.html, redact=options.redact)
        written.append(options.html)
    return written


if __name__ == "__main__":
    sys.exit(main())
