"""Configuration of the documentation's site; `make docs` builds it."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]

import codecpipe  # noqa: E402

project = "codecpipe"
author = "the codecpipe developers"
version = release = codecpipe.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "model_keys",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"codecpipe {release}"
html_static_path = ["_static"]
html_css_files = ["codecpipe.css"]
html_show_copyright = False

# Links in Markdown: `page.md#a-heading` is checked against the headings, files against the disk.
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]

# Docstrings put code in single backticks, as Markdown does.
default_role = "code"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
python_use_unqualified_type_names = True

# Types in signatures may belong to other libraries, or stand behind the public functions.
nitpick_ignore_regex = [(r"py:(class|obj|func|meth|data|exc)", r".*")]
