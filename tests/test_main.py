from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import json
import os
import subprocess
import sys
from importlib import metadata

import polars as pl
import pytest

import echodetect
from echodetect import __main__ as command


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def install_only(library, monkeypatch):
    """As if of polars and pandas this one alone were installed."""
    found = importlib.util.find_spec
    other = {"polars": "pandas", "pandas": "polars"}[library]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == other else found(name))


def test_without_a_file_it_runs_on_the_sample(capsys):
    assert command.main(["--quiet", "--top", "3"]) == 0
    out, err = capsys.readouterr()
    assert "29 clusters; 323 of 595 messages" in out
    assert "... and 26 more in report.clusters" in out
    assert "own words in [ ]" in out and "[" in out.split("own words in [ ]")[1]
    assert err == ""


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_it_reads_a_file_and_writes_both_tables(tmp_path, capsys, monkeypatch, suffix, library):
    frame = pl.DataFrame(echodetect.sample(backend="polars")).drop("message", "verbatim", "kind")
    frame = frame.rename({"author": "user", "posted_at": "made"})
    path = tmp_path / f"posts.{suffix}"
    if suffix == "parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path, separator="\t" if suffix == "tsv" else ",")
    install_only(library, monkeypatch)
    arguments = [
        str(path),
        "--author",
        "user",
        "--time",
        "made",
        "--output",
        str(tmp_path / "out"),
        "--quiet",
    ]
    assert command.main(arguments) == 0
    assert "29 clusters; 323 of 595 messages" in capsys.readouterr().out
    ending = "parquet" if suffix == "parquet" else "csv"
    if ending == "parquet":
        clusters = pl.read_parquet(tmp_path / "out" / "clusters.parquet").to_dicts()
        messages = pl.read_parquet(tmp_path / "out" / "messages.parquet").to_dicts()
    else:
        clusters, messages = rows(tmp_path / "out" / "clusters.csv"), rows(tmp_path / "out" / "messages.csv")
    assert (len(clusters), len(messages)) == (29, 595)
    assert [row["user"] for row in messages] == frame["user"].to_list()
    assert "saturation" in clusters[0] and "repeats_before" in messages[0]


def test_the_sample_is_written_without_any_frame_library(tmp_path):
    code = (
        "import sys; sys.modules.update(polars=None, pandas=None, pyarrow=None)\n"
        "from echodetect.__main__ import main\n"
        f"sys.exit(main(['--quiet', '--output', {str(tmp_path)!r}]))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert len(rows(tmp_path / "clusters.csv")) == 29


def test_several_windows(tmp_path):
    assert command.main(["--quiet", "--window", "1h", "--window", "24h", "--output", str(tmp_path)]) == 0
    first = rows(tmp_path / "clusters.csv")[0]
    assert int(first["peak"]) < int(first["peak_24h"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.parquet"], "nowhere.parquet: no such file"),
        (["--similarity", "2"], "echodetect: --similarity=2.0: must be a number from 0 to 1"),
        (["--window=-1h"], "--window="),
        (["--min-authors", "0"], "--min-authors=0: must be"),
        (["--text", "words"], "there are: "),
        (["--cluster", "900"], "--cluster=900: must be a cluster from 0 to 28"),
        (["--top", "-3"], "--top=-3: must be a whole number of at least 0"),
    ],
)
def test_input_that_cannot_be_used_ends_with_two(capsys, arguments, message):
    assert command.main(["--quiet", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_without_a_reader_it_says_which_to_install(tmp_path, capsys, monkeypatch):
    path = tmp_path / "posts.csv"
    path.write_text("text\nhello\n")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert command.main([str(path)]) == 2
    assert "pip install polars" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["broken.csv", "broken.parquet"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, capsys, name):
    path = tmp_path / name
    path.write_text("text\none, two, three\n")
    assert command.main([str(path), "--quiet"]) == 2
    assert f"{name} cannot be read" in capsys.readouterr().err


def test_columns_that_are_not_there_can_be_left_out(tmp_path, capsys):
    path = tmp_path / "posts.csv"
    line = "The new office opens its doors on Friday at noon"
    path.write_text(f"text\n{line}\n{line}!\nsomething else altogether is said here\n")
    assert command.main([str(path), "--author", "", "--time", "", "--id", "", "--quiet"]) == 0
    assert "1 clusters; 2 of 3 messages" in capsys.readouterr().out


def test_a_closed_pipe_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    run = subprocess.run(
        [sys.executable, "-m", "echodetect", "--quiet"], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert (run.returncode, run.stderr) == (0, b"")


def test_a_closed_pipe_loses_no_output(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    command_line = [sys.executable, "-m", "echodetect", "--quiet", "--output", str(tmp_path / "out")]
    run = subprocess.run(command_line, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (run.returncode, run.stderr) == (0, b"")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["clusters.csv", "messages.csv"]


def test_a_terminal_without_the_letters_shows_what_it_can(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "echodetect", "--quiet"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert b"29 clusters" in run.stdout and b"?" in run.stdout


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_names_in_a_csv_are_what_is_written_there(tmp_path, capsys, monkeypatch, library):
    """007 and 7 are two authors, and NA is one: neither is a number or a null."""
    install_only(library, monkeypatch)
    path = tmp_path / "posts.csv.gz"
    text = "The new office opens its doors on Friday at noon"
    lines = [f"{author},{text}" for author in ("007", "7", "NA", "null")]
    path.write_bytes(gzip.compress("\n".join(["author,text", *lines, ""]).encode()))
    arguments = [str(path), "--time", "", "--quiet", "--output", str(tmp_path / "out")]
    assert command.main(arguments) == 0
    assert "1 clusters; 4 of 4 messages" in capsys.readouterr().out
    assert [row["author"] for row in rows(tmp_path / "out" / "messages.csv")] == ["007", "7", "NA", "null"]
    assert [row["authors"] for row in rows(tmp_path / "out" / "clusters.csv")] == ["4"]


def test_a_folder_is_no_file(tmp_path, capsys):
    assert command.main([str(tmp_path), "--quiet"]) == 2
    assert "is a folder" in capsys.readouterr().err


TEXT = "The new office opens its doors on Friday at noon"
POSTS = [
    {"id": 1, "author": 10, "posted_at": "2026-03-02T09:00:00Z", "text": TEXT},
    {"id": 2, "author": 9, "posted_at": "2026-03-02T09:20:00Z", "text": f"{TEXT}! Zoë"},
    {"id": 3, "author": None, "posted_at": None, "text": "something else altogether is said here"},
]


def json_lines(rows):
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def read_json_lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.ndjson", "posts.JSONL.gz"])
def test_json_lines_in_and_out(tmp_path, capsys, name):
    path, lines = tmp_path / name, f"\n{json_lines(POSTS)}\n"
    path.write_bytes(gzip.compress(lines.encode()) if name.endswith("gz") else lines.encode())
    assert command.main([str(path), "--quiet", "--output", str(tmp_path)]) == 0
    assert "1 clusters; 2 of 3 messages" in capsys.readouterr().out
    messages = read_json_lines(tmp_path / "messages.jsonl")
    assert [{name: row[name] for name in POSTS[0]} for row in messages] == POSTS
    assert [row["cluster"] for row in messages] == [0, 0, None]
    (cluster,) = read_json_lines(tmp_path / "clusters.jsonl")
    assert (cluster["authors"], cluster["first_seen"]) == (2, "2026-03-02T09:00:00+00:00")


def test_json_lines_need_no_frame_library(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text(json_lines(POSTS))
    code = (
        "import sys; sys.modules.update(polars=None, pandas=None, pyarrow=None)\n"
        "from echodetect.__main__ import main\n"
        f"sys.exit(main([{str(path)!r}, '--quiet', '--output', {str(tmp_path)!r}]))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert len(read_json_lines(tmp_path / "messages.jsonl")) == 3


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "parquet", None])
def test_standard_input(tmp_path, monkeypatch, capsys, form):
    frame, buffer = pl.DataFrame(POSTS), io.BytesIO()
    if form == "jsonl":
        buffer.write(json_lines(POSTS).encode())
    elif form == "parquet":
        frame.write_parquet(buffer)
    else:
        frame.write_csv(buffer, separator="\t" if form == "tsv" else ",")
    buffer.seek(0)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(buffer))
    more = ["--input-format", form] if form else []
    assert command.main(["-", "--quiet", "--output", str(tmp_path), *more]) == 0
    assert "1 clusters; 2 of 3 messages" in capsys.readouterr().out
    ending = {"tsv": "csv", None: "csv"}.get(form, form)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"clusters.{ending}", f"messages.{ending}"]


@pytest.mark.parametrize("library", ["polars", "pandas"])
@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("source", [None, "posts.csv", "posts.parquet", "posts.jsonl"])
def test_any_format_from_any_other(tmp_path, monkeypatch, library, form, source):
    install_only(library, monkeypatch)
    frame = pl.DataFrame(POSTS)
    frame.write_csv(tmp_path / "posts.csv")
    frame.write_parquet(tmp_path / "posts.parquet")
    (tmp_path / "posts.jsonl").write_text(json_lines(POSTS))
    arguments = [] if source is None else [str(tmp_path / source)]
    out = tmp_path / "out"
    assert command.main([*arguments, "--quiet", "--output", str(out), "--format", form]) == 0
    path = out / f"messages.{form}"
    read = {"parquet": lambda: pl.read_parquet(path).to_dicts(), "csv": lambda: rows(path)}
    table = read.get(form, lambda: read_json_lines(path))()
    assert len(table) == (595 if source is None else 3)
    if source is not None:
        assert [row["text"] for row in table] == [row["text"] for row in POSTS]
        assert [row["cluster"] in (None, "") for row in table] == [False, False, True]


@pytest.mark.parametrize("library", ["polars", "pandas"])
@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("source", ["parquet", "jsonl"])
def test_columns_of_lists_go_into_any_format(tmp_path, monkeypatch, library, form, source):
    install_only(library, monkeypatch)
    tagged = [{**row, "tags": tags} for row, tags in zip(POSTS, (["“a”", "b"], [], None), strict=True)]
    pl.DataFrame(tagged).write_parquet(tmp_path / "posts.parquet")
    (tmp_path / "posts.jsonl").write_text(json_lines(tagged))
    arguments = [str(tmp_path / f"posts.{source}"), "--quiet", "--output", str(tmp_path), "--format", form]
    assert command.main(arguments) == 0
    path = tmp_path / f"messages.{form}"
    read = {"parquet": lambda: pl.read_parquet(path).to_dicts(), "csv": lambda: rows(path)}
    tags = [row["tags"] for row in read.get(form, lambda: read_json_lines(path))()]
    assert tags == (['["“a”", "b"]', "[]", ""] if form == "csv" else [["“a”", "b"], [], None])


@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl"])
def test_what_utf8_cannot_hold_is_a_question_mark(tmp_path, form):
    path = tmp_path / "posts.jsonl"
    path.write_text(
        json_lines([{**row, "note": ["\ud83d!"], "text": f"{row['text']} \udc00"} for row in POSTS])
    )
    assert command.main([str(path), "--quiet", "--output", str(tmp_path), "--format", form]) == 0
    out = tmp_path / f"messages.{form}"
    read = {"parquet": lambda: pl.read_parquet(out).to_dicts(), "csv": lambda: rows(out)}
    table = read.get(form, lambda: read_json_lines(out))()
    assert [row["text"] for row in table] == [f"{row['text']} ?" for row in POSTS]
    assert {"csv": '["?!"]'}.get(form, ["?!"]) == table[0]["note"]


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_fields_that_parquet_has_no_column_for_become_json(tmp_path, monkeypatch, library):
    install_only(library, monkeypatch)
    fields = {"geo": [{}, {}, None], "some": [[1, {"a": "é"}], None, [1]], "mixed": [1, "one", None]}
    fields |= {"number": [1, 2.5, None], "tags": [["a"], ["b", "c"], None]}
    odd = [
        {**row, **dict(zip(fields, values, strict=True))}
        for row, values in zip(POSTS, zip(*fields.values(), strict=True), strict=True)
    ]
    (tmp_path / "posts.jsonl").write_text(json_lines(odd))
    arguments = [str(tmp_path / "posts.jsonl"), "--quiet", "--output", str(tmp_path), "--format", "parquet"]
    assert command.main(arguments) == 0
    written = pl.read_parquet(tmp_path / "messages.parquet")
    assert written["geo"].to_list() == ["{}", "{}", None]
    assert written["some"].to_list() == ['[1, {"a": "é"}]', None, "[1]"]
    assert written["mixed"].to_list() == ["1", "one", None]
    assert written["number"].to_list() == [1, 2.5, None]
    assert written["tags"].to_list() == [["a"], ["b", "c"], None], "only what parquet cannot hold"


def test_what_cannot_be_written_ends_with_two(tmp_path, capsys, monkeypatch):
    def lacks(*_):
        raise ImportError("Unable to find a usable engine")

    def refuses(*_):
        raise TypeError("no such column\nand more")

    for fails, message in ((lacks, "needs polars or pandas (with pyarrow"), (refuses, "no such column; add")):
        monkeypatch.setattr("echodetect.files._parquet", fails)
        assert command.main(["--quiet", "--output", str(tmp_path), "--format", "parquet"]) == 2
        said = capsys.readouterr().err
        assert message in said and "clusters.parquet" in said and "Traceback" not in said


def test_a_json_array_is_read_too(tmp_path, capsys):
    path = tmp_path / "posts.json"
    path.write_text(" " + json.dumps(POSTS))
    assert command.main([str(path), "--quiet", "--top", "0"]) == 0
    expected = capsys.readouterr().out
    (tmp_path / "posts.jsonl").write_text(json_lines(POSTS))
    assert command.main([str(tmp_path / "posts.jsonl"), "--quiet", "--top", "0"]) == 0
    assert capsys.readouterr().out == expected
    path.write_text("[1]")
    assert command.main([str(path)]) == 2
    assert "its array holds something other than objects" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "begins", "message"),
    [
        ("posts.xlsx", b"PK\x03\x04", "a spreadsheet: unpack it, or save the sheet as CSV"),
        ("posts.xls", b"\xd0\xcf\x11\xe0", "save the sheet as CSV"),
        ("posts.csv.zip", b"PK\x03\x04", "unpack it"),
        ("posts.csv.bz2", b"BZh9", "packed by bzip2"),
        ("posts.jsonl.zst", b"(\xb5/\xfd", "packed by zstd"),
        ("posts", b"text", "say which format it is: --input-format parquet, csv, tsv or jsonl"),
        ("posts.docx", b"text", "its name ends in none of .csv, "),
    ],
)
def test_a_format_that_is_not_known_is_told(tmp_path, capsys, name, begins, message):
    path = tmp_path / name
    path.write_bytes(begins)
    assert command.main([str(path)]) == 2
    assert message in capsys.readouterr().err


def test_parquet_is_known_by_how_it_begins(tmp_path, capsys):
    path = tmp_path / "posts.dat"
    pl.DataFrame(POSTS).write_parquet(path)
    assert command.main([str(path), "--quiet"]) == 0
    assert "1 clusters" in capsys.readouterr().out


def test_a_closed_standard_input_is_told(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert command.main(["-", "--quiet"]) == 2
    assert "standard input is closed" in capsys.readouterr().err


def test_unknown_figures_are_null_in_json_lines(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text(json_lines([{**row, "posted_at": None, "likes": float("nan")} for row in POSTS]))
    assert command.main([str(path), "--quiet", "--output", str(tmp_path)]) == 0
    assert "NaN" not in (tmp_path / "messages.jsonl").read_text()
    assert read_json_lines(tmp_path / "clusters.jsonl")[0]["saturation"] is None


@pytest.mark.parametrize(
    ("line", "message"), [('{"text": ', "line 2: "), ("[1, 2]", "line 2 holds no object"), ("\xff", "line 2")]
)
def test_a_broken_line_is_named(tmp_path, capsys, line, message):
    path = tmp_path / "broken.jsonl"
    path.write_bytes(b'{"text": "a"}\n' + line.encode("latin-1"))
    assert command.main([str(path), "--quiet"]) == 2
    assert f"broken.jsonl cannot be read: {message}" in capsys.readouterr().err


@pytest.mark.parametrize("redact", [True, False])
def test_the_page_is_written(tmp_path, capsys, redact):
    page = tmp_path / "echoes.html"
    assert command.main(["--quiet", "--html", str(page), *["--redact"] * redact]) == 0
    assert f"wrote {page}" in capsys.readouterr().out
    again = echodetect.detect(echodetect.sample()).to_html(tmp_path / "again.html", redact=redact)
    assert page.read_bytes() == again.read_bytes()
    assert ("Person " in page.read_text("utf-8")) == redact


def test_redact_is_for_the_page(capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["--redact"])
    assert caught.value.code == 2
    assert "--redact is for the page of --html" in capsys.readouterr().err


def test_an_interruption_ends_with_130(capsys, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "detect", interrupted)
    assert command.main(["--quiet"]) == 130
    assert capsys.readouterr().err == "echodetect: interrupted\n"


def test_a_place_that_cannot_be_written_ends_with_two(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert command.main(["--quiet", "--output", str(tmp_path / "file")]) == 2
    assert "file" in capsys.readouterr().err


def test_help_lists_the_exit_codes(capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["--help"])
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    for code in ("0  ", "1  ", "2  ", "130  "):
        assert f"\n  {code}" in shown
    with pytest.raises(SystemExit):
        command.main(["--version"])
    assert capsys.readouterr().out == f"echodetect {echodetect.__version__}\n"


def test_the_console_script_is_the_same_command():
    (script,) = metadata.distribution("echodetect").entry_points.select(name="echodetect")
    assert script.load() is command.main
