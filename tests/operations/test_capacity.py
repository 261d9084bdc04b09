"""Capacity as the API writes it, and what an initial capacity may be (facts §2.5, §4.4, §16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.operations.capacity import (
    initial_capacity_problem,
    initial_workers,
    normalised_capacity,
    normalised_maximum,
    worker_type_name,
)
from emrs_mock.sim.workers import SIZES, Size

SIZE = st.sampled_from([(vcpu, memory) for vcpu, row in SIZES.items() for memory in row])


def workers(cpu="4 vCPU", memory="16 GB", count=1, **more):
    """An entry of an initial capacity."""
    return {"workerCount": count, "workerConfiguration": {"cpu": cpu, "memory": memory, **more}}


def problem(engine="SPARK", maximum=None, **initial):
    """Why an initial capacity is refused."""
    return initial_capacity_problem({"type": engine, "initialCapacity": initial, "maximumCapacity": maximum})


@pytest.mark.parametrize(
    ("engine", "written", "name"),
    [
        ("Spark", "DRIVER", "Driver"),
        ("SPARK", "Executor", "Executor"),
        ("HIVE", "HIVE_DRIVER", "HiveDriver"),
        ("Hive", "TEZ_TASK", "TezTask"),
        ("hive", "TezTask", "TezTask"),
        ("Hive", "MINE", "MINE"),
    ],
)
def test_2_5_worker_types_have_one_spelling(engine, written, name):
    """A type that does not exist keeps its own."""
    assert worker_type_name(engine, written) == name


@pytest.mark.parametrize("written", ["DRIVER", "Driver", "HIVE_DRIVER", "HiveDriver"])
def test_4_4_the_driver_of_hive_may_be_called_driver(written):
    """As in the user guide's example."""
    assert worker_type_name("Hive", written) == "HiveDriver"
    assert problem("HIVE", **{written: workers("2 vCPU", "4 GB")}) is None


def test_4_4_a_worker_type_is_named_once():
    """In whichever spelling."""
    assert problem(DRIVER=workers(), Driver=workers()) == "A worker type is specified more than once."


@given(SIZE, st.sampled_from(["", " "]), st.sampled_from(["vCPU", "VCPU", "vcpu"]), st.sampled_from(["GB", "gb", "gB"]))
def test_2_5_sizes_have_one_spelling_and_keep_it(size, space, vcpu, gb):
    """Normalised twice is normalised once, and means the same workers."""
    asked = {"DRIVER": workers(f"{size[0]}{space}{vcpu}", f"{size[1]}{space}{gb}", 2, diskType="standard")}
    stored = normalised_capacity("Spark", asked)
    assert stored == normalised_capacity("Spark", stored) == {"Driver": workers(f"{size[0]} vCPU", f"{size[1]} GB", 2)}
    assert initial_workers(asked) == initial_workers(stored) == {Size(*size): 2}
    assert problem(**asked) is None


def test_2_5_a_maximum_is_written_in_the_same_way():
    """The disk too, where it is limited."""
    assert normalised_maximum({"cpu": "400vCPU", "memory": "1024gb"}) == {"cpu": "400 vCPU", "memory": "1024 GB"}
    assert normalised_maximum({"cpu": "1", "memory": "2", "disk": "20GB"})["disk"] == "20 GB"


@pytest.mark.parametrize(
    ("engine", "names", "refused"),
    [
        ("SPARK", ("Driver", "EXECUTOR"), None),
        ("hive", ("HIVE_DRIVER", "TezTask"), None),
        ("SPARK", ("Driver", "TEZ_TASK"), "Worker type TEZ_TASK is not supported for application type Spark."),
        ("HIVE", ("Executor",), "Worker type Executor is not supported for application type Hive."),
    ],
)
def test_4_4_each_engine_has_its_own_worker_types(engine, names, refused):
    """Either of them may be left out."""
    assert problem(engine, **{name: workers() for name in names}) == refused


@pytest.mark.parametrize(
    ("entry", "refused"),
    [
        (workers("3 vCPU", "8 GB"), "Worker with 3 vCPU is not supported."),
        (workers("1 vCPU", "9 GB"), "Worker memory of 9 GB is not supported."),
        (workers("4 vCPU", "4 GB"), "Worker memory of 4 GB is not supported"),
        (workers("8 vCPU", "17 GB"), "Worker memory of 17 GB is not supported"),
        (workers(disk="201 GB"), "Worker disk of 201 GB is not supported."),
    ],
)
def test_16_initial_workers_have_one_of_the_sizes_exactly(entry, refused):
    """Nothing is rounded up for them."""
    assert problem(Driver=entry).startswith(refused)


@pytest.mark.parametrize(
    ("maximum", "refused"),
    [
        ({"cpu": "12 vCPU", "memory": "48 GB"}, None),
        ({"cpu": "11 vCPU", "memory": "48 GB"}, "initialCapacity exceeds maximumCapacity."),
        ({"cpu": "12 vCPU", "memory": "47 GB"}, "initialCapacity exceeds maximumCapacity."),
        ({"cpu": "12 vCPU", "memory": "48 GB", "disk": "59 GB"}, "initialCapacity exceeds maximumCapacity."),
        ({"cpu": "12 vCPU", "memory": "48 GB", "disk": "60 GB"}, None),
    ],
)
def test_4_5_initial_workers_fit_into_the_maximum_all_together(maximum, refused):
    """A driver and two executors of 4 vCPU, 16 GB and 20 GB."""
    assert problem(maximum=maximum, Driver=workers(), Executor=workers(count=2)) == refused
