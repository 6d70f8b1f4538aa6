"""Every command of docs/cli.md prints what the page says it does."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"


def examples():
    """(command, output) in the order of the page; lines that begin with "> " continue a command."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append([line[2:], ""])
            elif line.startswith("> "):
                found[-1][0] += f"\n{line[2:]}"
            else:
                found[-1][1] += f"{line}\n"
    return [tuple(example) for example in found]


@pytest.mark.skipif(shutil.which("sh") is None, reason="the page's commands are for a POSIX shell")
def test_commands_print_what_the_page_says(tmp_path):
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "PYTHONUTF8": "1"}
    assert len(examples()) >= 6
    for command, wanted in examples():
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        same = doctest.OutputChecker().check_output(wanted, done.stdout, doctest.ELLIPSIS)
        assert same, f"{command}\n\n{done.stdout}"
    assert (tmp_path / "echoes" / "messages.csv").is_file()


def test_the_page_lists_the_exit_codes_of_the_help():
    from echodetect.__main__ import _EPILOG

    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE)]
    assert codes == [int(code) for code in re.findall(r"^  (\d+) ", _EPILOG, re.MULTILINE)]
