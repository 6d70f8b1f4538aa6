"""The house: which room may open which door. Arrows point down only."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import echodetect

HOME = Path(echodetect.__file__).parent
FRAMES = {"pandas", "polars", "pyarrow", "duckdb"}
OPTIONAL = FRAMES | {"matplotlib", "tqdm"}
MOST_LINES = 400

# What each file may import of the house and of others; the standard library is free.
ROOMS = {
    "errors": ("", ""),
    "dates": ("", ""),
    "equal": ("", "numpy"),
    "originals": ("equal", "numpy narwhals"),
    "columns": ("dates errors originals", "numpy"),
    "tables": ("columns originals", "numpy narwhals"),
    "frames": ("columns equal errors originals tables", "numpy narwhals"),
    "foldtable": ("", "numpy"),
    "markup": ("equal folded foldtable", "numpy"),
    "heap": ("", "numpy"),
    "folded": ("", "numpy"),
    "text": ("arrays errors folded foldtable heap markup shingles", "numpy"),
    "shingles": ("", "numpy"),
    "minhash": ("arrays errors folded originals shingles text", "numpy"),
    "lsh": ("equal shingles", "numpy"),
    "bitmaps": ("folded shingles", "numpy"),
    "candidates": ("bitmaps equal errors folded heap lsh minhash shingles", "numpy"),
    "corpus": ("columns equal folded originals text windows", "numpy"),
    "verify": ("", "numpy rapidfuzz"),
    "clusters": ("equal verify", "numpy"),
    "forms": ("equal text verify", "numpy rapidfuzz"),
    "template": ("equal folded shingles text windows", "numpy rapidfuzz"),
    "arrays": ("errors", "numpy"),
    "windows": ("equal", "numpy"),
    "audience": ("arrays errors windows", "numpy"),
    "exposure": ("audience errors windows", "numpy"),
    "saturation": ("arrays audience equal errors exposure windows", "numpy"),
    "scores": ("audience corpus equal exposure frames saturation template verify windows", "numpy"),
    "posts": ("corpus frames scores text windows", "numpy"),
    "spans": ("corpus folded template text", "numpy"),
    "chance": ("corpus frames scores windows", "numpy"),
    "cover": ("audience", "numpy"),
    "whatif": ("corpus cover errors exposure frames posts saturation scores windows", "numpy"),
    "advice": ("corpus cover errors frames notebook posts render saturation scores", "numpy"),
    "programme": ("corpus exposure frames notebook posts render scores", "numpy"),
    "questions": (
        "advice chance corpus errors frames posts programme scores spans whatif",
        "numpy",
    ),
    "progress": ("errors", ""),
    "regroup": ("audience clusters corpus errors forms frames report scores verify", "numpy"),
    "render": ("", "numpy"),
    "labels": ("render", ""),
    "plot": ("corpus errors frames labels posts saturation scores", "numpy"),
    "escape": ("render", ""),
    "redact": ("corpus errors", ""),
    "notebook": ("escape render", ""),
    "review": ("corpus frames notebook posts render scores", "numpy"),
    "svg": ("escape render", "numpy"),
    "sections": (
        "corpus errors escape frames posts redact render scores spans svg whatif",
        "numpy",
    ),
    "page": ("corpus errors escape redact render scores sections", ""),
    "report": ("corpus errors frames notebook page plot questions render review scores verify", "numpy"),
    "detect": (
        "audience candidates columns corpus errors exposure frames heap progress regroup report",
        "",
    ),
    "data.packs": ("", "numpy"),
    "data.edits": ("data.packs", ""),
    "sample": ("errors", "numpy narwhals"),
    "simulate": ("data.edits data.packs errors sample", "numpy narwhals"),
    "__init__": ("audience candidates detect errors minhash report sample saturation simulate text", ""),
    "files": ("", ""),
    "__main__": ("__init__ detect errors files report sample", ""),
}
LAZY = {
    "frames": {"pyarrow", "duckdb"},
    "tables": {"pandas"},
    "files": FRAMES,
    "sample": FRAMES,
    "simulate": FRAMES,
    "progress": {"tqdm.auto"},
    "labels": {"matplotlib", "matplotlib.font_manager"},
    "plot": {"matplotlib.pyplot", "matplotlib.dates", "matplotlib.font_manager"},
}


def files():
    """{room: syntax tree} of every file of the package."""
    paths = [path for path in HOME.rglob("*.py") if path.name != "__init__.py" or path.parent == HOME]
    return {
        ".".join(path.relative_to(HOME).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for path in paths
    }


FILES = files()


def under_type_checking(tree):
    """Nodes that only a type checker reads."""
    blocks = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ]
    return {child for block in blocks for part in block.body for child in ast.walk(part)}


def imported(tree):
    """(rooms of the house, libraries) that a file imports anywhere, in functions too."""
    rooms, libraries = set(), set()
    skipped = under_type_checking(tree)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            modules = [node.module]
            if node.module in ("echodetect", "echodetect.data"):
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            head, _, rest = module.partition(".")
            if head == "echodetect":
                room = rest if rest in FILES else rest.rpartition(".")[0]
                rooms.add(room or "__init__")
            elif head not in sys.stdlib_module_names:
                libraries.add(head)
    return rooms, libraries


def test_every_file_is_a_room_of_the_table():
    assert set(FILES) <= set(ROOMS), "a new room needs a line in ROOMS"


@pytest.mark.parametrize("room", FILES)
def test_a_room_imports_what_the_table_allows(room):
    rooms, libraries = imported(FILES[room])
    house, others = ROOMS[room]
    assert rooms <= set(house.split())
    assert libraries <= set(others.split())
    assert not libraries & OPTIONAL


@pytest.mark.parametrize("room", FILES)
def test_optional_libraries_are_opened_lazily_and_by_name(room):
    """`importlib.import_module("pandas")` inside a function, where the caller has asked for it."""
    tree = FILES[room]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    inside = {child for function in functions for child in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            assert node in inside
            (name,) = node.args
            known = {name.value} if isinstance(name, ast.Constant) else FRAMES
            assert known <= LAZY.get(room, set())


def test_arrows_point_down_only():
    house = {room: imported(tree)[0] for room, tree in FILES.items()}
    tuple(TopologicalSorter(house).static_order())  # raises CycleError
    table = {room: set(doors.split()) for room, (doors, _) in ROOMS.items()}
    tuple(TopologicalSorter(table).static_order())


def test_one_door_for_each_library():
    def users(library):
        return {room for room, tree in FILES.items() if library in imported(tree)[1]}

    assert users("rapidfuzz") == {"verify", "forms", "template"}
    assert users("narwhals") <= {"frames", "originals", "tables", "sample", "simulate"}
    assert users("scipy") <= {"clusters"}
    for library in OPTIONAL:
        assert not users(library)


@pytest.mark.parametrize("room", FILES)
def test_rooms_are_small(room):
    path = HOME / (room.replace(".", "/") + ".py")
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


def test_the_wiring_is_short():
    function = next(node for node in FILES["detect"].body if isinstance(node, ast.FunctionDef))
    docstring = function.body[0]
    assert function.end_lineno - docstring.end_lineno < 100


def test_importing_opens_no_optional_library():
    code = (
        f"import sys, echodetect; names = {sorted(OPTIONAL)};"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_typed():
    assert (HOME / "py.typed").is_file()


def test_all_names_what_is_public():
    public = {
        name
        for name, value in vars(echodetect).items()
        if not name.startswith("_") and not inspect.ismodule(value) and value is not sys
    }
    assert echodetect.__all__ == sorted(echodetect.__all__)
    assert set(echodetect.__all__) <= set(vars(echodetect))
    assert public <= set(echodetect.__all__)
    for room in FILES:
        module = importlib.import_module(f"echodetect.{room}") if room != "__main__" else None
        assert set(getattr(module, "__all__", ())) <= set(dir(module))


@pytest.mark.parametrize("name", echodetect.__all__)
def test_public_names_have_docstrings(name):
    value = getattr(echodetect, name)
    assert value.__doc__
    assert value.__doc__.strip()
    if inspect.isclass(value) and not issubclass(value, Exception):
        for member, function in vars(value).items():
            if not member.startswith("_") and (callable(function) or isinstance(function, property)):
                assert function.__doc__, f"{name}.{member}"


@pytest.mark.parametrize("room", FILES)
def test_rooms_say_what_they_are(room):
    assert ast.get_docstring(FILES[room])
    for node in FILES[room].body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
