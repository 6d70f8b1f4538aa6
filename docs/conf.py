"""Sphinx: MyST pages and an API reference out of the docstrings. Nothing is fetched from the network.

python -m sphinx -W --keep-going -n -b html docs build/docs
"""

import re
from pathlib import Path

_PACKAGE = (Path(__file__).parent.parent / "src" / "echodetect" / "__init__.py").read_text("utf-8")
_VERSION = re.search(r'^__version__ = "(.+)"$', _PACKAGE, re.MULTILINE)

project = "echodetect"
author = "the founders of echodetect"
version = release = _VERSION[1] if _VERSION else ""
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"echodetect {release}"
html_show_copyright = False
html_copy_source = False

myst_heading_anchors = 3  # a link to page.md#heading is checked

default_role = "code"  # docstrings set names between single backticks
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
numpydoc_show_class_members = False
numpydoc_xref_param_type = False  # types are told in words

# Other projects' names stand in signatures and have no page here: their indexes would have to be fetched.
nitpick_ignore_regex = [
    ("py:.*", r"(numpy|collections|datetime|typing|fractions|os|pathlib)\..*"),
    ("py:.*", r"(NDArray|ArrayLike|Any|Callable|Iterable|Mapping|Sequence|Literal|Path|np\..*|dt\..*)"),
]
