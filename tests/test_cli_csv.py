"""CSV as spreadsheets and social tools write it, on the command line."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import shlex
import sys

import pytest

from echodetect import __main__ as command

TEXT = "Nous ouvrons notre nouveau dépôt à Liège vendredi à midi; venez, dit Zoë"
ROWS = [
    ["Author", "Message", "Published (UTC)", "Message ID"],
    ["007", TEXT, "02/03/2026 09:00", "1"],
    ["7", f"{TEXT}!", "02/03/2026 09:20", "2"],
    ["NA", f'"{TEXT}" | in two\nlines', "02/03/2026 09:30", "3"],
    ["ann", "Something else altogether is said here, is it not", "14/03/2026 09:00", "4"],
]
COLUMNS = ["--text", "Message", "--author", "Author", "--time", "Published (UTC)"]
BOTH = pytest.mark.parametrize("library", ["polars", "pandas"])


@pytest.fixture(autouse=True)
def library(request, monkeypatch):
    """The one library that is installed, where a test names one."""
    if (
        name := getattr(request.node, "callspec", None) and request.node.callspec.params.get("library")
    ) is None:
        return
    found = importlib.util.find_spec
    other = {"polars": "pandas", "pandas": "polars"}[name]
    monkeypatch.setattr(importlib.util, "find_spec", lambda asked: None if asked == other else found(asked))


def text(separator=",", rows=ROWS, end="\r\n"):
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator=end).writerows(rows)
    return file.getvalue()


def found(capsys):
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()[0]


@BOTH
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["posts.csv", "posts.tsv", "posts.txt.gz", "-"])
def test_the_first_line_tells_the_separator(tmp_path, monkeypatch, capsys, library, separator, name):
    data = text(separator).encode("utf-8-sig")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    path = tmp_path / name
    if name != "-":
        path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    file = name if name == "-" else str(path)
    assert command.main([file, *COLUMNS, "--quiet", "--output", str(tmp_path / "out")]) == 0
    assert found(capsys) == "1 clusters; 3 of 4 messages (75.0%) are in one"
    with (tmp_path / "out" / "messages.csv").open(encoding="utf-8", newline="") as written:
        rows = list(csv.DictReader(written))
    assert [[row[name] for name in ROWS[0]] for row in rows] == ROWS[1:]


@BOTH
@pytest.mark.parametrize(
    ("head", "separator"),
    [
        ("text;Likes, shares, comments, all", ";"),  # the wanted names tell, not the commas
        ('"text";"a, b, c, d"', ";"),
        ("text", ","),
        ("sep=;\r\ntext;more", ";"),
        ('"sep=|"\ntext|more', "|"),
    ],
)
def test_first_lines(tmp_path, capsys, library, head, separator):
    words = "Our new office opens its doors on Friday at noon"
    path = tmp_path / "posts.csv"
    rows = [f"{words}{separator * (separator in head)}1" for _ in range(2)]
    path.write_text("\n".join([head, *rows, ""]))
    assert command.main([str(path), "--author", "", "--time", "", "--quiet"]) == 0
    assert found(capsys) == "1 clusters; 2 of 2 messages (100.0%) are in one"


@BOTH
@pytest.mark.parametrize(
    ("more", "separator", "ending"),
    [(";", ";", "csv"), ("\\t", "\t", "csv"), ("tab", "\t", "csv"), ("^", "^", "csv"), (",", ",", "tsv")],
)
def test_the_separator_can_be_said(tmp_path, capsys, library, more, separator, ending):
    path = tmp_path / f"posts.{ending}"
    path.write_text(text(separator), "utf-8")
    assert command.main([str(path), *COLUMNS, "--separator", more, "--quiet"]) == 0
    assert found(capsys) == "1 clusters; 3 of 4 messages (75.0%) are in one"


@BOTH
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le", "latin-1"])
def test_encodings(tmp_path, capsys, library, encoding):
    path = tmp_path / "posts.csv"
    path.write_bytes(text(";").encode(encoding))
    said = [] if encoding in ("utf-8", "utf-8-sig", "utf-16") else ["--encoding", encoding]
    out = ["--format", "jsonl", "--output", str(tmp_path)]
    assert command.main([str(path), *COLUMNS, *said, *out, "--quiet"]) == 0
    assert found(capsys) == "1 clusters; 3 of 4 messages (75.0%) are in one"
    assert "dépôt à Liège" in (tmp_path / "messages.jsonl").read_text("utf-8")


@BOTH
@pytest.mark.parametrize(
    ("encoding", "said", "message"),
    [
        ("cp1252", [], "line 2: byte 0xe9 is no utf-8; if a spreadsheet wrote it, add --encoding cp1252"),
        ("utf-16-le", [], "it is no UTF-8 text; if it is UTF-16, add --encoding utf-16-le"),
        ("cp1252", ["--encoding", "ASCII"], "line 2: byte 0xe9 is no ascii; name another --encoding"),
    ],
)
def test_another_encoding_is_not_guessed(tmp_path, capsys, library, encoding, said, message):
    path = tmp_path / "posts.csv"
    path.write_bytes(text(";").encode(encoding))
    assert command.main([str(path), *COLUMNS, *said, "--quiet"]) == 2
    assert capsys.readouterr().err == f"echodetect: {path} cannot be read: {message}\n"


@BOTH
@pytest.mark.parametrize("line", ["a;b", "a;b;", "a;b;c"])
@pytest.mark.parametrize("all_of_them", [True, False])
def test_lines_with_too_many_fields_are_never_shifted(tmp_path, capsys, library, line, all_of_them):
    path = tmp_path / "posts.csv"
    path.write_text("\n".join(["author;text", line, line if all_of_them else "a;b", ""]))
    assert command.main([str(path), "--time", "", "--quiet"]) == (0 if line == "a;b" else 2)
    out, err = capsys.readouterr()
    assert "fields were separated by ';': text that holds it has to be in quotes" in err or line == "a;b"
    assert "line 2 has 3 fields, the first line 2;" in err or line == "a;b"
    assert "null" not in out


def test_the_line_of_a_byte_far_down(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("echodetect.files._BLOCK", 64)
    path = tmp_path / "posts.csv"
    path.write_bytes(text(";", ROWS * 20, "\n").encode() + b"Zo\xeb;;;\n")
    assert command.main([str(path), *COLUMNS, "--quiet"]) == 2
    assert "line 121: byte 0xeb is no utf-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--separator", ";;", "';;' is no single character"),
        ("--separator", "", "'' is no single character"),
        ("--separator", "\u00a6", "is no single character"),
        ("--encoding", "utf8000", "'utf8000' is no encoding; utf-8, utf-16 and cp1252 are"),
        ("--encoding", "base64", "'base64' is no encoding"),
    ],
)
def test_separators_and_encodings_that_are_none(capsys, option, value, message):
    with pytest.raises(SystemExit) as caught:
        command.main([option, value])
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


@BOTH
def test_missing_columns_are_answered_with_the_options_to_add(tmp_path, capsys, library):
    path = tmp_path / "posts.csv"
    path.write_text(text(";"), "utf-8")
    assert command.main([str(path), "--quiet"]) == 2
    err = capsys.readouterr().err
    assert err == (
        "echodetect: text='text', author='author', time='posted_at': no such column; there are: 'Author', "
        "'Message', 'Published (UTC)', 'Message ID'; say which is which: --text Message --author Author "
        "--time 'Published (UTC)' (an empty name, --time \"\" say, where there is none)\n"
    )
    options = shlex.split(err.split("which is which: ")[1].split(" (an empty")[0])
    assert command.main([str(path), "--quiet", *options]) == 0


@pytest.mark.parametrize(
    ("head", "options", "added"),
    [
        ("Post ID,Post,userName,created_at", [], "--text Post --author userName --time created_at"),
        ("a,b", [], "--text NAME --author NAME --time NAME"),
        ("text,user,date", ["--author", "user"], "--time date"),
        ("text,author,posted_at", ["--id", "key"], "--id NAME"),
        ("text,author,post date", [], "--time 'post date'"),
        ("msg,message", ["--author", "", "--time", ""], "--text message"),
    ],
)
def test_the_likely_column(tmp_path, capsys, head, options, added):
    path = tmp_path / "posts.csv"
    path.write_text(f"{head}\n{','.join('x' for _ in head.split(','))}\n")
    assert command.main([str(path), "--quiet", *options]) == 2
    said = capsys.readouterr().err.strip().split("say which is which: ")[1]
    assert said.split(" (an empty name")[0] == added


def test_a_wrong_separator_is_told(tmp_path, capsys):
    path = tmp_path / "posts.csv"
    path.write_text(text(";", ROWS[:2]), "utf-8")
    assert command.main([str(path), *COLUMNS, "--quiet", "--separator", "|"]) == 2
    assert capsys.readouterr().err.endswith("; add --separator ';'\n")


def test_missing_columns_of_json_lines(tmp_path, capsys):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"user": "ann"}\n{"message": "hello"}\n')
    assert command.main([str(path), "--quiet", "--time", ""]) == 2
    assert "there are: 'user', 'message'; say which is which: --text message --author user" in (
        capsys.readouterr().err
    )
    path.write_text("")
    assert command.main([str(path), "--quiet"]) == 0


@BOTH
def test_the_day_can_be_said(tmp_path, capsys, library):
    path = tmp_path / "posts.csv"
    path.write_text(text(";", ROWS[:-1]), "utf-8")
    arguments = [str(path), *COLUMNS, "--quiet", "--format", "jsonl", "--output", str(tmp_path)]
    assert command.main(arguments) == 0
    err = capsys.readouterr().err
    assert err.startswith("echodetect: time='Published (UTC)': most of 3 times are unknown")
    assert err.endswith("3 ambiguous time (day or month first?); say --day-first or --no-day-first\n")
    for option, day in (("--day-first", "2026-03-02"), ("--no-day-first", "2026-02-03")):
        assert command.main([*arguments, option]) == 0
        assert capsys.readouterr().err == ""
        assert f'"first_seen": "{day}T09:00:00+00:00"' in (tmp_path / "clusters.jsonl").read_text("utf-8")


@BOTH
def test_two_columns_of_one_name_are_told(tmp_path, capsys, library):
    path = tmp_path / "posts.csv"
    path.write_text("text,author,author,other,other\nsome words that are said,ann,bob,1,2\n")
    assert command.main([str(path), "--time", ""]) == 2
    assert "2 of its columns are named 'author'" in capsys.readouterr().err
    assert command.main([str(path), "--time", "", "--author", "", "--quiet"]) == 0
