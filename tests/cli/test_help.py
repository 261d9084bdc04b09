"""What `--help` says of each option: to be read side by side in `help.txt`, as its readers read it."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from emrs_mock import cli

HELP = (Path(__file__).parent / "help.txt").read_text(encoding="utf-8").split("\n\n")
COMMANDS, PYTEST = HELP[0].splitlines(), HELP[1].splitlines()


def lines_of(parser):
    """A line for each option and each command of a parser, as argparse keeps them: its layout differs by version."""
    yield f"{parser.prog}: {parser.description}"
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from (f"{parser.prog} {each.dest}: {each.help}" for each in action._choices_actions)
            for command in action.choices.values():
                yield from lines_of(command)
        elif "--help" not in action.option_strings:
            name = ", ".join(action.option_strings) or action.metavar
            yield f"{parser.prog} {name}: {action.help}"


def test_each_option_of_the_command_is_explained(monkeypatch):
    """In full, so that a change of wording is seen."""
    parsers = []
    monkeypatch.setattr(argparse.ArgumentParser, "parse_known_args", lambda parser, _: parsers.append(parser))
    with pytest.raises(TypeError):  # as nothing was parsed
        cli.main([])
    assert list(lines_of(parsers[0])) == COMMANDS


def test_each_option_of_pytest_is_explained(pytester):
    """Where `pytest --help` lists it."""
    said = " ".join(pytester.runpytest("--help", "-p", "no:asyncio").stdout.str().split())
    assert [line for line in PYTEST if line not in said] == []


def test_a_command_is_required(capsys):
    """The status and the words are argparse's."""
    with pytest.raises(SystemExit) as end:
        cli.main([])
    assert end.value.code == 2
    assert capsys.readouterr().err.endswith("emrs-mock: error: the following arguments are required: COMMAND\n")
