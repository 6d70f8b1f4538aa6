from __future__ import annotations

import io
import subprocess
import sys
import types

import pytest

import echodetect
from echodetect import detect, progress, sample
from echodetect.progress import telling

STAGES = ["folding", "searching", "verifying", "clustering"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


def test_a_callable_is_told_and_nothing_is_shown_by_default(capsys):
    told = []
    detect(sample(), progress=lambda *step: told.append(step))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == [*STAGES, "done"]
    assert all(0 <= done <= total for _, done, total in told)
    detect(sample())
    assert capsys.readouterr() == ("", "")


def test_a_bar_for_each_stage_runs_to_its_end(capsys):
    detect(sample(), progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    last = [line.rpartition("\r")[2] for line in err.split("\n")[:-1]]
    assert [line.partition(":")[0] for line in last] == STAGES
    assert all("100%" in line for line in last)
    assert "577/577" in last[0]


def test_bars_of_nothing(capsys):
    detect([], progress=True)
    assert "done" not in capsys.readouterr().err


@pytest.mark.parametrize("bars", [True, False])
def test_what_is_shown_ends_when_the_work_fails(capsys, monkeypatch, bars):
    from tqdm.auto import tqdm

    if not bars:
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    before = len(tqdm._instances)
    with pytest.raises(ZeroDivisionError), telling(True) as tell:
        tell("folding", 1, 4)
        raise ZeroDivisionError
    assert len(tqdm._instances) == before
    assert not bars or "25%" in capsys.readouterr().err


def test_bars_are_closed_when_detect_raises(monkeypatch, capsys):
    from tqdm.auto import tqdm

    closed = []
    close = tqdm.close
    monkeypatch.setattr(tqdm, "close", lambda bar: (closed.append(bar.desc), close(bar)))

    def fail(*arguments, **options):
        raise MemoryError("too many")

    monkeypatch.setattr(sys.modules["echodetect.detect"], "find", fail)
    with pytest.raises(MemoryError):
        detect(sample(), progress=True)
    assert {"folding", "searching"} <= set(closed)
    assert len(tqdm._instances) == 0


def test_a_line_for_each_stage_where_there_is_no_tqdm(capsys, without_tqdm):
    detect(sample(), progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["folding: 577", "searching: 441"]
    assert lines[2].startswith("verifying: ")


def test_a_stage_of_nothing_has_one_line(capsys, without_tqdm):
    detect(["a", "b"], progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["folding", "searching", "verifying", "clustering"]


@pytest.mark.parametrize("bars", [True, False])
def test_without_standard_error_nothing_is_shown(monkeypatch, request, bars):
    if not bars:
        request.getfixturevalue("without_tqdm")
    monkeypatch.setattr(sys, "stderr", None)
    assert detect(["a"], progress=True).labels.tolist() == [-1]


def test_one_line_on_a_terminal_where_there_is_no_tqdm(monkeypatch, without_tqdm):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    detect(sample(), progress=True)
    shown = terminal.getvalue()
    assert "\n" not in shown
    assert "folding     100%" in shown
    assert shown.endswith("\r\033[K")


def test_a_notebook_without_widgets_gets_bars_of_text_and_no_warning():
    """What tqdm.auto asks of IPython, answered as a notebook's kernel would."""
    code = """
import sys, types
ipython = types.ModuleType("IPython")
ipython.get_ipython = lambda: types.SimpleNamespace(config={"IPKernelApp": {}})
sys.modules.update({"IPython": ipython, "ipywidgets": None, "IPython.html.widgets": None})
import echodetect
echodetect.detect(echodetect.sample(), progress=True)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    assert "folding: 100%" in done.stderr


@pytest.mark.parametrize("wrong", ["yes", None, 1])
def test_progress_that_is_none(wrong):
    with pytest.raises(echodetect.ParameterError, match=r"progress=.*: must be True, False or a callable"):
        detect(sample(), progress=wrong)


def test_a_half_imported_tqdm_is_waited_for(monkeypatch):
    """As another thread finds it while the first one imports it."""
    import tqdm.auto

    whole = tqdm.auto.tqdm
    monkeypatch.setitem(sys.modules, "tqdm.auto", types.ModuleType("tqdm.auto"))
    monkeypatch.setattr(progress.importlib, "import_module", lambda name: types.SimpleNamespace(tqdm=whole))
    assert progress._tqdm() is whole
