"""The verbs of rules and faults as JSON says them: `{"fail": {"details": "boom", "after": 60}}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emrs_mock.scenario.endings import Ending, Fail, Hang, Succeed
from emrs_mock.scenario.faults import Fault
from emrs_mock.scenario.rules import Rule

ENDINGS: Mapping[str, Callable[..., Ending]] = {"succeed": Succeed, "fail": Fail, "hang": Hang}
_WITHOUT_JSON = {"matched", "operation", "remove", "run"}


def _verbs(kind: type) -> tuple[str, ...]:
    """The verbs of a rule or fault whose arguments JSON can say."""
    return tuple(name for name in vars(kind) if not name.startswith("_") and name not in _WITHOUT_JSON)


RULE_VERBS, FAULT_VERBS = _verbs(Rule), _verbs(Fault)


def said_with(begun: Any, verbs: tuple[str, ...], then: Mapping[str, Any]) -> Any:
    """Say the verbs; where one is refused nothing is left of what was begun."""
    try:
        if not then or not set(then) <= set(verbs):
            raise ValueError(f'"then" names verbs with their arguments; there are: {", ".join(verbs)} (docs: server)')
        for verb, arguments in then.items():
            arguments = dict(arguments)
            endings = [_ending(ending) for ending in arguments.pop("endings", ())]
            getattr(begun, verb)(*endings, **{name: _in_python(name, value) for name, value in arguments.items()})
    except BaseException:
        begun.remove()
        raise
    return begun


def _in_python(name: str, value: Any) -> Any:
    """An argument as the verb takes it: JSON has no bytes, and no tuples."""
    if name == "body" and isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if name == "wanted" and isinstance(value, list):
        return [tuple(change) if isinstance(change, list) else change for change in value]
    return value


def _ending(said: Mapping[str, Any]) -> Ending:
    (name, arguments), *more = said.items()
    if name not in ENDINGS or more:
        raise ValueError(
            f"An ending is one of {', '.join(ENDINGS)}, as in {{'fail': {{'details': 'x'}}}} (docs: server)"
        )
    return ENDINGS[name](**arguments)
