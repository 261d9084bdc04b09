"""The tables and lists of the reference pages: the API, the options in all their forms, the command, the errors."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import botocore.session

from emrs_mock import cli
from emrs_mock.engines import __all__ as ENGINES
from emrs_mock.options import Options, _checks, _helps, text_options
from emrs_mock.pytest_plugin import coverage, parametrized_endings, plugin

API: Mapping[str, tuple[str, ...]] = {
    "Entering a mock": ("mock_emr_serverless", "current", "connect", "Options", "Timing", "Quotas"),
    "The handle": ("EMRServerless", "Clock", "Snapshot"),
    "Records": ("ApplicationView", "JobRunView", "SessionView", "Records"),
    "States and modes": ("ApplicationState", "JobRunState", "SessionState", "JobRunMode"),
    "What a test decides": ("Rule", "Ending", "Succeed", "Fail", "Hang", "NamedEnding", "Fault"),
    "What a test sees": ("Calls", "CallRecord", "Events", "Event", "Logs", "Metrics", "Timeline"),
    "Engines": tuple(f"engines.{name}" for name in ENGINES if name != "EngineError"),
    "Errors": (
        "DeliveryError",
        "EMRServerlessStuckError",
        "EMRServerlessWaitError",
        "NotSimulated",
        "OrphanError",
        "UnfinishedFault",
        "UnfinishedRule",
        "UnreachableState",
        "engines.EngineError",
    ),
    "Warnings": (
        "EMRServerlessClockWarning",
        "EMRServerlessLeftActiveWarning",
        "EMRServerlessOrphanWarning",
        "EMRServerlessStuckWarning",
        "EMRServerlessUnusedWarning",
        "EMRServerlessWaitWarning",
    ),
}
"""The public names, in the order of the page."""

PAGES: Mapping[str, str] = {
    "DeliveryError": "logs",
    "EMRServerlessClockWarning": "clocks",
    "EMRServerlessLeftActiveWarning": "pytest",
    "EMRServerlessOrphanWarning": "orphans",
    "EMRServerlessStuckError": "virtual-time",
    "EMRServerlessStuckWarning": "virtual-time",
    "EMRServerlessUnusedWarning": "pytest",
    "EMRServerlessWaitError": "clocks",
    "EMRServerlessWaitWarning": "clocks",
    "NotSimulated": "coverage",
    "OrphanError": "orphans",
    "UnfinishedFault": "faults",
    "UnfinishedRule": "rules",
    "UnreachableState": "handle",
    "engines.EngineError": "engines",
}
"""Where an error or a warning is described."""

SAYS: Mapping[str, str] = {
    "ConflictException": "a `clientToken` was used before, with a different request",
    "InternalServerException": "only by a [fault](faults.md)",
    "ResourceNotFoundException": "there is no such application, job run, attempt, session or resource with tags",
    "ServiceQuotaExceededException": "an application has 25 sessions, or an account 2,000 queued job runs",
    "ValidationException": "a constraint of the model, or a rule in [coverage](coverage.md#what-is-refused), is broken",
}
"""When the service answers with an error of its model."""

WHOLE = ("ApplicationView", "JobRunView", "SessionView")
"""Classes whose attributes are members of AWS, which need no docstrings."""
PLAIN = ("Options", "Records")
"""Classes whose own docstring is all: the methods are those of a dataclass or a sequence."""

Table = Callable[[Iterable[str], Iterable[Iterable[str]]], str]


def named(name: str) -> Any:
    """What a public name means."""
    module, _, own = f"emrs_mock.{name}".rpartition(".")
    return getattr(import_module(module), own)


# --- the API --------------------------------------------------------------------------------------------------------


def api(table: Table) -> str:
    """For each public name the directive with which Sphinx shows its signature and docstring."""
    groups = (f"## {group}\n\n" + "\n".join(map(directive, names)) for group, names in API.items())
    return "\n".join(groups)


def names(table: Table) -> str:
    """The public names, each with the first paragraph of its docstring."""
    return table(["name", ""], ([f"`{name}`", about(name)] for group in API.values() for name in group))


def about(name: str) -> str:
    """What a public name is, in a sentence. For states and modes: which there are."""
    thing = named(name)
    if name in API["States and modes"]:
        return ", ".join(f'`"{value}"`' for value in get_args(thing))
    if name == "Event":
        return "A mapping: what the target of an EventBridge rule receives."
    subject = thing if inspect.isclass(thing) or inspect.isfunction(thing) else type(thing)
    text = (inspect.getdoc(subject) or "").partition("\n\n")[0].replace("\n", " ")
    return re.sub(r" \(facts [^)]*\)", "", text)


def directive(name: str) -> str:
    """One name, for Sphinx's autodoc; what is no class and no function is written here."""
    thing = named(name)
    if name == "mock_emr_serverless":
        lines = entering(thing)
    elif name in (*API["States and modes"], "Event"):
        lines = [f".. py:data:: emrs_mock.{name}", "", f"   {about(name).replace('`', '``')}"]
    elif inspect.isclass(thing):
        kind = "exception" if issubclass(thing, BaseException) else "class"
        lines = [f".. auto{kind}:: emrs_mock.{name}", *options_of(name, thing)]
    else:
        lines = [f".. autofunction:: emrs_mock.{name}"]
    return "```{eval-rst}\n" + "\n".join(lines) + "\n```\n"


def options_of(name: str, thing: type) -> list[str]:
    """What autodoc shows of a class besides its docstring."""
    if issubclass(thing, BaseException):
        return ["   :show-inheritance:"]
    if name in PLAIN:
        return []
    inherited = "   :inherited-members: Sequence, Mapping, Generic, Protocol, object"
    return ["   :members:", inherited, *(["   :undoc-members:"] if name in WHOLE else [])]


def entering(thing: Any) -> list[str]:
    """`mock_emr_serverless` is an object: its call, and its two methods."""
    parameters = (f"{each.name}={shown_default(each)}" for each in inspect.signature(Options).parameters.values())
    lines = [f".. py:function:: emrs_mock.mock_emr_serverless(target=None, /, *, {', '.join(parameters)})", ""]
    lines += [f"   {line}".rstrip() for line in (inspect.getdoc(type(thing)) or "").splitlines()]
    for method in ("start", "stop"):
        lines += ["", f"   .. py:method:: {method}()", ""]
        lines += [f"      {line}".rstrip() for line in (inspect.getdoc(getattr(thing, method)) or "").splitlines()]
    return [
        re.sub(r"\(docs: ([\w-]+)\)", r"(:doc:`\1`)", re.sub(r"(?<!:)`([^`]+)`", r"``\1``", each)) for each in lines
    ]


# --- the options ----------------------------------------------------------------------------------------------------


def shown_default(parameter: inspect.Parameter) -> str:
    """A default as a reader writes it."""
    return "Timing()" if parameter.name == "timing" else re.sub("'", '"', repr(parameter.default))


def without_page(text: str) -> str:
    """A help text without the page that it names."""
    return re.sub(r" \(docs: [\w-]+\)", "", text)


def linked(page: str) -> str:
    """A link to a page, with the page's title up to a colon: Markdown elsewhere shows no text of its own for a link."""
    title = (Path(__file__).parent / f"{page}.md").read_text(encoding="utf-8").partition("\n")[0]
    return f"[{title.removeprefix('# ').partition(':')[0]}]({page}.md)"


def options(table: Table) -> str:
    """Each option with its default, its help and the page that describes it."""
    helps, checks = _helps(Options.__doc__ or ""), _checks()
    rows = []
    for name, parameter in inspect.signature(Options).parameters.items():
        page = checks[name][0].page if name in checks else "clocks"
        rows.append([f"`{name}={shown_default(parameter)}`", without_page(helps[name]), linked(page)])
    return table(["option", "", "page"], rows)


class _Collected:
    """Takes what the pytest plugin adds to pytest's own options, ini keys and markers."""

    def __init__(self) -> None:
        self.ini: dict[str, str] = {}
        self.flags: dict[str, str] = {}
        self.markers: dict[str, str] = {}
        self.stash: dict[Any, Any] = {}

    def addini(self, name: str, text: str, **_: Any) -> None:
        self.ini[name] = text

    def getgroup(self, *_: str) -> _Collected:
        return self

    def addoption(self, flag: str, **more: Any) -> None:
        self.flags[flag] = more["help"]

    def addinivalue_line(self, _: str, line: str) -> None:
        name, _, text = line.partition(": ")
        self.markers[name] = text

    def getini(self, name: str) -> str | None:
        return plugin.OUTSIDE_VALUES[0] if name == plugin.OUTSIDE else None


def of_pytest() -> _Collected:
    """What the pytest plugin adds."""
    collected: Any = _Collected()
    plugin.pytest_addoption(collected)
    coverage.pytest_addoption(collected)
    plugin.pytest_configure(collected)
    parametrized_endings.pytest_configure(collected)
    return collected


def of_the_plugin(what: str) -> Callable[[Table], str]:
    """Make the table of ini keys, flags or markers."""

    def rows_of(table: Table) -> str:
        help_of = {f"{plugin.MARKER}_{name}": f"the option `{name}` of fixture and marker" for name in text_options()}
        found = vars(of_pytest())[what]
        rows = [[f"`{name}`", help_of.get(name, without_page(text))] for name, text in found.items()]
        return table([{"ini": "ini key", "flags": "flag", "markers": "marker"}[what], ""], rows)

    return rows_of


def commands(table: Table) -> str:
    """The flags of `emrs-mock run` and `emrs-mock serve`."""
    parsers = argparse.ArgumentParser().add_subparsers()
    cli._add_run(parsers)
    cli._add_serve(parsers)
    actions = {name: parser._actions for name, parser in parsers.choices.items()}
    of = {
        name: {each.option_strings[-1]: each for each in found if each.option_strings}
        for name, found in actions.items()
    }
    rows = []
    for flag in dict.fromkeys([*of["run"], *of["serve"]]):
        known = [name for name in of if flag in of[name]]
        action = of[known[0]][flag]
        is_option = action.dest in text_options()
        text = f"the option `{action.dest}`" if is_option else (action.help or "").replace("%%", "%")
        rows.append([f"`{flag}`", ", ".join(f"`{name}`" for name in known), text])
    return table(["flag", "of", ""], rows)


# --- the errors -----------------------------------------------------------------------------------------------------


def mistakes(group: str) -> Callable[[Table], str]:
    """Make the table of the errors, or of the warnings."""

    def rows_of(table: Table) -> str:
        rows = []
        for name in API[group]:
            thing = named(name)
            base = next(each for each in thing.__mro__[1:] if each.__module__ == "builtins")
            rows.append([f"`{name.rpartition('.')[2]}`", f"`{base.__name__}`", about(name), linked(PAGES[name])])
        return table([group[:-1].lower(), "is a", "when", "page"], rows)

    return rows_of


def service_errors(table: Table) -> str:
    """The errors of the service model, with their status."""
    model: Any = botocore.session.get_session().get_service_model("emr-serverless")
    status = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in model.error_shapes}
    return table(["code", "status", "when"], ([f"`{code}`", str(status[code]), SAYS[code]] for code in sorted(status)))


REFERENCE: Mapping[str, Callable[[Table], str]] = {
    "api": api,
    "commands": commands,
    "errors": mistakes("Errors"),
    "flags": of_the_plugin("flags"),
    "ini": of_the_plugin("ini"),
    "markers": of_the_plugin("markers"),
    "names": names,
    "options": options,
    "service-errors": service_errors,
    "warnings": mistakes("Warnings"),
}
"""Like the tables of `_generate`, which are given the function that makes a table."""
