"""The notebooks run from top to bottom, and every figure in their prose is printed by a cell above it.

They are kept without outputs, which would differ with every version of pandas and of the report's own view.
`.ci/run` executes them in a kernel as well; here they need none.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "examples").glob("*.ipynb"))


def run(source, names):
    """What a cell prints, and the repr of its last line where that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        value = None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    return printed.getvalue() + ("" if value is None else repr(value))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path):
    names, printed = {}, ""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    kept = "display.width", 80, "display.max_columns", 20, "display.max_colwidth", 50
    with pd.option_context(*kept):  # what a notebook sets ends with it
        for cell in cells:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code":
                assert cell["outputs"] == []
                assert cell["execution_count"] is None
                printed += run(source, names) + "\n"
            elif printed:
                prose = re.sub(r"`[^`]*`|^#.*|^\d+\. ", "", source, flags=re.MULTILINE)
                for figure in re.findall(r"\d[\d,]*(?:\.\d+)?%?", prose):
                    figure = figure.rstrip(",")
                    known = re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d)", printed)
                    assert known, f"{figure} is printed by no cell above: {prose}"


def test_both_are_there():
    assert [path.stem for path in NOTEBOOKS] == ["campaign", "quickstart"]
