"""Capacity as the API writes it: spellings, worker types, and the rules for initial capacity (facts §2.5, §4)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from emrs_mock.sim.workers import Capacity, Size, Unfit, fitted, taken

Params = Mapping[str, Any]

_WORKER_TYPES: Mapping[str, tuple[str, ...]] = {"Spark": ("Driver", "Executor"), "Hive": ("HiveDriver", "TezTask")}
_NAMES: Mapping[str, Mapping[str, str]] = {
    # facts §4.4: the user guide calls the driver DRIVER for Hive too
    engine: {"driver": names[0], **{name.lower(): name for name in names}}
    for engine, names in _WORKER_TYPES.items()
}
_UNITS: Mapping[str, str] = {"cpu": "vCPU", "memory": "GB", "disk": "GB"}
_DEFAULT = {"cpu": "4 vCPU", "memory": "16 GB"}  # assumed: a worker type without a configuration


def worker_type_name(engine: str, name: str) -> str:
    """The service's spelling of an engine's worker type: `HIVE_DRIVER` is `HiveDriver` (facts §2.5, §4.4)."""
    return _NAMES[engine.capitalize()].get(re.sub(r"[-_]", "", name).lower(), name)


def worker_type_problem(engine: str, names: Collection[str]) -> str | None:
    """Why these worker types are refused: the engine has no such type, or one is named twice (facts §4.4)."""
    known = {worker_type_name(engine, name): name for name in names}
    for name, given in known.items():
        if name not in _WORKER_TYPES[engine.capitalize()]:
            # assumed: the text
            return f"Worker type {given} is not supported for application type {engine.capitalize()}."
    # assumed: AWS does not say what becomes of two spellings of one type
    return None if len(known) == len(names) else "A worker type is specified more than once."


def number_of(text: str) -> int:
    """The number in `4 vCPU`, `16GB` or `16`."""
    match = re.match(r"\d+", text)
    assert match is not None  # the model's pattern says so
    return int(match.group())


def _sizes(value: Params) -> dict[str, Any]:
    """`2vCPU` is `2 vCPU`, `30gb` is `30 GB`; a standard disk type is not shown (facts §2.5)."""
    written = {name: f"{number_of(value[name])} {unit}" for name, unit in _UNITS.items() if name in value}
    disk_type = value.get("diskType", "").upper()
    return {**value, **written, "diskType": disk_type if disk_type not in ("", "STANDARD") else None}


def _without_none(value: Params) -> dict[str, Any]:
    return {name: item for name, item in value.items() if item is not None}


def normalised_maximum(value: Params) -> dict[str, Any]:
    """`maximumCapacity` as the service writes it."""
    return _without_none(_sizes(value))


def normalised_capacity(engine: str, value: Params) -> dict[str, Any]:
    """`initialCapacity` as the service writes it."""
    return {worker_type_name(engine, name): _normalised_workers(workers) for name, workers in value.items()}


def _normalised_workers(workers: Params) -> dict[str, Any]:
    given = workers.get("workerConfiguration")
    return dict(workers) if given is None else {**workers, "workerConfiguration": _without_none(_sizes(given))}


def capacity_of(maximum: Params) -> Capacity:
    """`maximumCapacity` as figures: how much all workers may take at a time."""
    disk = maximum.get("disk")
    return Capacity(number_of(maximum["cpu"]), number_of(maximum["memory"]), number_of(disk) if disk else None)


def initial_workers(capacity: Params) -> Counter[Size]:
    """How many pre-initialised workers of each size there are. Raises Unfit for a size that does not exist."""
    counted = (Counter({_size(workers): workers["workerCount"]}) for workers in capacity.values())
    return sum(counted, Counter[Size]())


def _size(workers: Params) -> Size:
    given = {**_DEFAULT, **workers.get("workerConfiguration", {})}
    memory = number_of(given["memory"])
    size = fitted(
        number_of(given["cpu"]),
        memory,
        number_of(given.get("disk", "20 GB")),
        given.get("diskType", "standard").upper(),
    )
    if size.memory_gb != memory:
        raise Unfit(f"Worker memory of {memory} GB is not supported for {size.vcpu} vCPU. Next is {size.memory_gb} GB.")
    return size


def initial_capacity_problem(spec: Params) -> str | None:
    """Why the initial capacity of a configuration is refused (facts §4.4, §4.5, §16)."""
    initial = spec.get("initialCapacity")
    if not initial:
        return None
    if problem := worker_type_problem(spec["type"], initial):
        return problem
    try:
        needed = taken(initial_workers(initial))
    except Unfit as unfit:
        return str(unfit)
    maximum = spec.get("maximumCapacity")
    if maximum and not capacity_of(maximum).holds(needed):
        return "initialCapacity exceeds maximumCapacity."  # assumed: the text
    return None
