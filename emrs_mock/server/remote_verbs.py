"""Rules and faults of a mock in another process: what begins them, and their verbs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypedDict

from emrs_mock._misspelt import hint

if TYPE_CHECKING:
    from emrs_mock.server.remote_records import Members, RemoteApplication

Ask = Callable[..., Any]


class RuleMatchers(TypedDict, total=False):
    """The matchers of `emr.when` that JSON can say."""

    name: str
    entry_point: str
    query: str
    argument: str
    application: str | RemoteApplication
    role: str
    tags: Mapping[str, str]
    mode: str


class FaultTries(TypedDict, total=False):
    """The arguments of `emr.fault` that JSON can say."""

    every: int
    probability: float


class RemoteVerbs:
    """A rule or fault that was begun: each verb is said to the server, and returns this again."""

    def __init__(self, ask: Ask, path: str, begun: Members, kind: type, verbs: tuple[str, ...]) -> None:
        self._ask, self._path, self._begun = ask, path, begun
        self._kind, self._verbs = kind, verbs
        self._ids: list[int] = []

    def remove(self) -> None:
        """Remove it from the mock; a second time does nothing."""
        for id_ in self._ids:
            self._ask(f"{self._path}/remove", {"id": id_})

    @property
    def matched(self) -> int:
        """The number of job runs about which the rule has decided something, or of tries that the fault has hit."""
        counts = {entry["id"]: entry["matched"] for entry in self._ask(self._path)}
        return max((counts.get(id_, 0) for id_ in self._ids), default=0)

    def __enter__(self) -> RemoteVerbs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self._verbs:
            raise AttributeError(
                f"{name!r} cannot be said from another process; {hint(name, dir(self))} (docs: server)"
            )

        def say(*args: Any, **kwargs: Any) -> RemoteVerbs:
            then = {name: _arguments(getattr(self._kind, name), args, kwargs)}
            self._ids.append(self._ask(self._path, {**self._begun, "then": then})["id"])
            return self

        return say

    def __dir__(self) -> list[str]:
        return ["matched", "remove", *self._verbs]


def _arguments(verb: Callable[..., Any], args: tuple[Any, ...], kwargs: Members) -> Members:
    """Arguments by name. Raises TypeError for those that the verb does not take."""
    bound = inspect.signature(verb).bind(None, *args, **kwargs)
    return {name: value for name, value in bound.arguments.items() if name != "self"}
