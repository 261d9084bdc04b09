"""What a server keeps between two starts: a snapshot of each of its worlds, in one file.

The file is written while the server runs, so that a server that is killed loses at most the last moments.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from emrs_mock.handle.emr_serverless import EMRServerless
from emrs_mock.scenario.snapshots import Snapshot
from emrs_mock.server.worlds import Worlds

SHORTEST_PAUSE = 0.5
"""So many seconds pass between two saves."""
LONGEST_SHARE = 0.05
"""Saving takes at most this part of the time: after a save that takes a second, the next one waits for 20 seconds."""

_WORLDS = "worlds"


def keep_saving(path: Path, worlds: Worlds, stopped: threading.Event) -> None:
    """Save after changes, until `stopped` is set; then save once more.

    A save that fails meanwhile is reported on stderr, and the server goes on. Raises what `save` raises at the end.
    """
    saved, pause = worlds.changes, SHORTEST_PAUSE
    while not stopped.wait(pause):
        if worlds.changes == saved:
            continue
        saved, began = worlds.changes, time.monotonic()
        try:
            save(path, dict(worlds.items()))
        except (OSError, TypeError) as problem:
            print(f"emrs-mock: the state was not saved: {problem}", file=sys.stderr, flush=True)
        pause = max(SHORTEST_PAUSE, (time.monotonic() - began) / LONGEST_SHARE)
    save(path, dict(worlds.items()))


def save(path: Path, worlds: Mapping[str, EMRServerless]) -> None:
    """Write the state of all worlds. Until it is written whole, the file is what it was before.

    Raises TypeError, with the place, where a job run was decided by something that JSON cannot hold.
    """
    # Snapshots are JSON already: to read them again only to write them would take as long as making them.
    documents = ", ".join(f"{json.dumps(name)}: {emr.snapshot().to_json()}" for name, emr in worlds.items())
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(f'{{"{_WORLDS}": {{{documents}}}}}', encoding="utf-8")
    os.replace(beside, path)


def load(path: Path) -> dict[str, Snapshot]:
    """The snapshots by the name of their world; none where there is no such file.

    Raises ValueError for a file that `save` has not written, or has written in another version.
    """
    if not path.exists():
        return {}
    try:
        documents = json.loads(path.read_text(encoding="utf-8"))[_WORLDS]
        return {name: Snapshot.from_json(json.dumps(document)) for name, document in documents.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"{path} holds no state of emrs-mock serve: {problem} (docs: server)") from problem
