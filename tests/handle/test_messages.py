"""The messages that a test's author can get, side by side in `messages.txt`: to be read as their readers read them.

A message says what was given, what is possible, and the page about it. In that file each has two lines: how an author
gets it, and the message, in which `...` stands for values that differ. What follows `$` is a command. What follows `#`
is not done here, as it needs a process, a pytest session or seconds of its own; that message is compared with the
source alone.
"""

from __future__ import annotations

import re
import warnings
from datetime import date
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

import pytest

import emrs_mock
from emrs_mock import Fail, Quotas, Snapshot, Timing, cli, mock_emr_serverless
from emrs_mock.engines import local_python, spark_submit
from tests.docs.pages import ROOT
from tests.handle.messages import messages, messages_in

LINES = [line for line in (Path(__file__).parent / "messages.txt").read_text(encoding="utf-8").splitlines() if line]
ENTRIES = [
    (how, message.strip().replace(r"\n", "\n")) for how, message in pairwise(LINES) if message.startswith("    ")
]
DONE = [entry for entry in ENTRIES if not entry[0].startswith("#")]
LEAST_WORDING = 20
"""The number of characters."""
NAMES = {
    "Fail": Fail,
    "Quotas": Quotas,
    "Snapshot": Snapshot,
    "Timing": Timing,
    "date": date,
    "emrs_mock": emrs_mock,
    "local_python": local_python,
    "mock_emr_serverless": mock_emr_serverless,
    "pytest": pytest,
    "spark_submit": spark_submit,
}


def print_nothing(*_arguments):
    """Takes anything."""


def told(code):
    """The error or warning that a mistake gets, as Python prints it."""
    mock = mock_emr_serverless(clock="manual", start="2026-01-31T04:00:00Z")
    emr = mock.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(code, {**NAMES, "print_nothing": print_nothing, "emr": emr, "mock": mock})
    except Exception as error:
        return f"{type(error).__name__}: {error.args[0]}"
    finally:
        if mock._active() is not None:
            emr._has_failed = True
            mock.stop()
    return "nothing"


def printed(command, capsys):
    """The last line that a command prints about a mistake, without the names of program and command."""
    with pytest.raises(SystemExit):
        cli.main(command.split()[2:])
    return capsys.readouterr().err.splitlines()[-1].partition(": ")[2]


@pytest.mark.parametrize(("how", "message"), DONE)
def test_a_mistake_is_answered_with_what_is_possible(how, message, capsys, monkeypatch):
    """In full, so that a change of wording is seen."""
    monkeypatch.chdir(ROOT)
    if "serve" in how:
        pytest.importorskip("h11")
    said = printed(how, capsys) if how.startswith("$") else told(how)
    pattern = message.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]").replace("...", "*")
    assert fnmatchcase(said, pattern), f"\n{said}\n{message}"


def test_every_message_of_the_source_is_in_the_file():
    """One that is new has to be read beside the others. `tests.handle.messages` has the texts that are no messages."""
    known = [message for _, message in ENTRIES]
    missing = [message for message in messages() if not any(map(message.fits, known))]
    assert not missing, "Add to tests/handle/messages.txt:\n" + "\n".join(map(str, missing))


def test_a_message_that_is_not_provoked_here_is_one_of_the_source():
    """As the source words it today; a few words are what many messages have."""
    wordings = [message for message in messages() if len("".join(message.parts)) >= LEAST_WORDING]
    told_elsewhere = [message for how, message in ENTRIES if how.startswith("#")]
    assert [text for text in told_elsewhere if not any(wording.fits(text) for wording in wordings)] == []


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("raise ValueError(f'No {kind} here')", [("No", "here")]),
        ("raise pytest.UsageError('no' + name)", [("no",)]),
        ("warnings.warn('old' if old else 'new', Warning)", [("old",), ("new",)]),
        ("def why():\n    return f'{name} is none (docs: clocks)'", [("is none (docs: clocks)",)]),
        ("raise invalid('in the words of AWS')", []),
        ("def why():\n    'A docstring (docs: clocks).'", []),
        ("raise ValueError(why('a part'))", []),
    ],
)
def test_messages_are_found_in_the_source(source, texts):
    """Those of exceptions and warnings, and every text that names a page."""
    assert [message.parts for message in messages_in("module.py", source)] == texts


def test_every_page_that_a_message_names_exists():
    """`(docs: clocks)` is `docs/clocks.md`."""
    pages = {page for _, message in ENTRIES for page in re.findall(r"\(docs: ([\w-]+)", message)}
    assert [page for page in pages if not (ROOT / "docs" / f"{page}.md").exists()] == []


def test_every_way_to_a_message_is_there_once():
    """None hides another."""
    ways = [how for how, _ in ENTRIES]
    assert len(set(ways)) == len(ways)
