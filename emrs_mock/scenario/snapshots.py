"""`emr.snapshot()`: what a mock was at one moment, to be restored as often as one likes; as JSON too.

A snapshot is copied when it is taken and when it is restored, so that nothing that happens later is in it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from emrs_mock._annotations import checked
from emrs_mock._misspelt import Hinting
from emrs_mock.scenario.serialization import Reader, Writer, layout_of
from emrs_mock.scenario.soundness import sound
from emrs_mock.sim.clock import Clock, Source, in_utc
from emrs_mock.sim.copies import uncollected

SIMULATION = "simulation"
VERSION, _DISTRIBUTION = "emrs_mock", "emrs-mock"
LAYOUT, CHECKSUM = "layout", "checksum"
_NOT_KEPT = ("clock",)  # it counts on from the moment of the snapshot, in whatever mock that is restored


@checked("fork")
class Snapshot(Hinting):
    """A mock at one moment: `.at`, the simulated time. Give it to `emr.restore(...)`, of this mock or another one."""

    def __init__(self, at: datetime, parts: Mapping[str, Any], owner: Any = None) -> None:
        self.at = at
        self._parts = parts
        self._owner = owner

    @uncollected()
    def to_json(self) -> str:
        """The simulated service as a JSON document: records, what is due, tokens, chance.

        It holds what requests held, secrets included. Rules, faults and calls, which belong to a test, are not in it.
        Raises TypeError, with the place, where a job run was decided by something that JSON cannot hold.
        """
        kept = self._parts[SIMULATION]
        writer = Writer(_classes(), next((world.simulation for world in kept["worlds"].values()), None))
        try:
            state = {name: writer(part, name) for name, part in kept.items() if name not in _NOT_KEPT}
        except TypeError as problem:
            raise TypeError(
                f"{problem}. Restore the snapshot itself, which holds everything, instead of its JSON (docs: fork)"
            ) from None
        document = {
            VERSION: version(_DISTRIBUTION),
            LAYOUT: _layout(),
            "at": self.at.isoformat(),
            "state": state,
            "objects": writer.objects,
        }
        text = _spelled(document)
        return f'{text[:-1]}, "{CHECKSUM}": "{_digest(text)}"}}'

    @classmethod
    def from_json(cls, text: str) -> Snapshot:
        """The snapshot that `to_json` wrote.

        Raises ValueError for any other text, for one that was changed since, and for one of another release.
        """
        try:
            document = _document(text)
            at = in_utc(datetime.fromisoformat(document["at"]))
            return cls(at, {SIMULATION: sound(_read(document), at)})
        except _NotOurs as problem:
            raise ValueError(f"{problem} (docs: fork)") from None
        except Exception as problem:  # whatever a document can make Python or the service's checks raise
            raise ValueError(f"This snapshot is damaged: {problem!r}. Make it anew (docs: fork)") from problem

    def __repr__(self) -> str:
        return f"<Snapshot of {self.at.isoformat()}>"


def resumed(source: Source, at: datetime | None) -> Clock:
    """A clock that goes on from `at` by the source's steps; None: from the source's own now."""
    clock = Clock(source)
    if at is not None:
        clock.go_on_from(at)
    return clock


class _NotOurs(ValueError):
    """A text that is no snapshot, or one of another release; not a damaged one."""


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise _NotOurs(f"This is no snapshot of emrs_mock, as it is not JSON: {problem}") from None
    if not isinstance(document, dict) or VERSION not in document:
        raise _NotOurs("This is no snapshot of emrs_mock: Snapshot.to_json() makes them")
    ours = version(_DISTRIBUTION)
    if document[VERSION] != ours:
        raise _NotOurs(
            f"This snapshot was made by emrs_mock {document[VERSION]}, and this is {ours}, which may keep other "
            "things: make it anew"
        )
    if document.get(LAYOUT) != _layout():
        raise _NotOurs(f"This snapshot was made by another emrs_mock {ours}, which kept other things: make it anew")
    if document.pop(CHECKSUM, None) != _checksum(document):
        raise ValueError("it was changed after it was written")
    return document


def _checksum(document: Mapping[str, Any]) -> str:
    """A digest of what a document says, whatever the order and the blanks in its text."""
    return _digest(_spelled(document))


def _spelled(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _layout() -> str:
    """A digest of what records and all that is about them consist of: another one, another release."""
    return hashlib.sha256(repr(layout_of(_classes())).encode()).hexdigest()[:12]


def _read(document: Mapping[str, Any]) -> dict[str, Any]:
    reader = Reader(_classes(), document["objects"])
    return {name: reader(part) for name, part in document["state"].items()}


@cache
def _classes() -> Mapping[str, type]:
    """The classes of the simulation by name."""
    modules = {name: module for name, module in list(sys.modules.items()) if name.startswith("emrs_mock.sim.")}
    return {
        kind.__name__: kind
        for name, module in modules.items()
        for kind in vars(module).values()
        if isinstance(kind, type) and kind.__module__ == name
    }
