"""Sphinx: how the pages are built. What they say is in the pages; the tables in them come from `_generate.py`."""

import inspect
import re
import sys
from pathlib import Path

import emrs_mock

sys.path.insert(0, str(Path(__file__).parent))
from _reference import shown_default

project = "emrs_mock"
author = "the emrs_mock authors"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "emrs_mock"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_copyright = False
html_show_sphinx = False
nitpicky = True
# Annotations name classes of Python and of modules that are not public: autodoc shows them, and links what is public.
nitpick_ignore_regex = [("py:.*", ".*")]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
maximum_signature_line_length = 90


def as_rst(app, what, name, thing, options, lines):
    """Our docstrings are prose with `code`, `facts §3.5` and `(docs: rules)`: write them as Sphinx reads them."""
    text = "\n".join(lines)
    text = re.sub(r"``([^`]+)``|`([^`]+)`(\w?)", lambda m: f"``{m[1] or m[2]}``" + (rf"\ {m[3]}" if m[3] else ""), text)
    text = re.sub(r"§15\.(\d+)", r":ref:`§15.\1 <facts-15>`", text)
    text = re.sub(r"§((?!15\.)\d+)(?:\.(\d+))?", section, text)
    text = re.sub(r"\(docs: ([\w-]+)\)", r"(:doc:`\1`)", text)
    if inspect.isclass(thing):  # whose members are described below: `params, answer: what they are`
        text = re.sub(r"^(\w+(?:, \w+)*): ", r":\1: ", text, flags=re.MULTILINE)
    lines[:] = text.split("\n")


def section(match):
    """A link to a section of the facts."""
    number = ".".join(filter(None, match.groups()))
    return f":ref:`§{number} <facts-{number.replace('.', '-')}>`"


def without_pass_through(app, what, name, thing, options, signature, returns):
    """A class that the mock makes is shown without the arguments with which it is made."""
    made_by_us = {
        "EMRServerless",
        "Clock",
        "Rule",
        "Fault",
        "Calls",
        "Events",
        "Logs",
        "Metrics",
        "Timeline",
        "Records",
    }
    made_by_us |= {"ApplicationView", "JobRunView", "SessionView", "CallRecord", "Snapshot", "NamedEnding"}
    if what == "class" and name.rpartition(".")[2] in made_by_us:
        return "", None
    if name == "emrs_mock.Options":  # whose annotations hold their checks
        parameters = inspect.signature(thing).parameters.values()
        return f"(*, {', '.join(f'{each.name}={shown_default(each)}' for each in parameters)})", None
    return None


def check_api(app, env):
    """Every public name, and every public member of the handle, is on the page of the API."""
    there = {name for name, *_ in env.get_domain("py").get_objects()}
    wanted = {f"emrs_mock.{name}" for name in emrs_mock.__all__}
    handle = emrs_mock.EMRServerless
    wanted |= {f"emrs_mock.EMRServerless.{name}" for name in dir(handle) if not name.startswith("_")}
    for name in sorted(wanted - there):
        from sphinx.util import logging

        logging.getLogger(__name__).warning("%s is not on the page of the API", name)


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", as_rst)
    app.connect("autodoc-process-signature", without_pass_through)
    app.connect("env-check-consistency", check_api)
