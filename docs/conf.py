"""Sphinx: how the pages are built. What they say is in the pages; the tables in them come from `_generate.py`."""

project = "emrs_mock"
author = "the emrs_mock authors"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "emrs_mock"
nitpicky = True
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
