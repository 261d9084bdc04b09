"""Worker sizes, and how much capacity workers take (facts §4.1, §4.5, §16)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emrs_mock.sim.workers import SIZES, Capacity, Scaling, Size, Unfit, Workload, fitted, taken

SMALL, LARGE = Size(2, 4), Size(8, 32, 100)


def problem(*arguments, **named):
    """What is said about a worker that does not exist."""
    with pytest.raises(Unfit) as caught:
        fitted(*arguments, **named)
    return str(caught.value)


@pytest.mark.parametrize(
    ("vcpu", "least", "most", "step"), [(1, 2, 8, 1), (2, 4, 16, 1), (4, 8, 30, 1), (8, 16, 60, 4), (16, 32, 120, 8)]
)
def test_4_1_a_row_of_sizes_goes_from_least_to_most_in_steps(vcpu, least, most, step):
    """Each size fits itself, what is a little more takes the next one."""
    assert fitted(vcpu, 0).memory_gb == fitted(vcpu, least).memory_gb == least
    assert fitted(vcpu, least + Fraction(1, 1024)).memory_gb == least + step
    assert fitted(vcpu, most).memory_gb == most
    assert fitted(vcpu, most - step + 1).memory_gb == most


@pytest.mark.parametrize(
    ("memory", "size"), [(52, 60), (60, 60), (112, 120), (120, 120), (236, 244), (Fraction(471, 2), 244)]
)
def test_4_1_the_largest_workers_come_in_three_sizes_that_have_to_be_filled(memory, size):
    """At most 8 GB of such a worker may be left over."""
    assert fitted(32, memory) == Size(32, size)


@pytest.mark.parametrize("memory", [1, 51, 61, 111, 121, 235, 245])
def test_4_1_the_largest_workers_are_refused_to_jobs_that_would_not_fill_them(memory):
    """The sizes there are stand in the refusal."""
    assert problem(32, memory) == (
        f"Worker memory of {memory} GB is not supported. Supported: 60, 120, 244 GB for 32 vCPU."
    )


def test_4_1_a_worker_of_3_vcpu_is_refused_and_the_rows_are_named():
    """There is no such row."""
    assert problem(3, 8) == "Worker with 3 vCPU is not supported. Supported: 1, 2, 4, 8, 16, 32 vCPU."


def test_4_1_more_memory_than_the_row_has_is_refused_and_the_row_is_named():
    """The workers of another row are none of its business."""
    assert problem(4, Fraction(61, 2)) == (
        "Worker memory of 31 GB is not supported. Supported: 8 to 30 in steps of 1 GB for 4 vCPU."
    )


@pytest.mark.parametrize(("disk_type", "most"), [("STANDARD", 200), ("SHUFFLE_OPTIMIZED", 2000)])
def test_4_1_a_disk_has_20_gb_or_more_as_its_type_allows(disk_type, most):
    """Standard disks end earlier."""
    assert fitted(1, 2, most, disk_type) == Size(1, 2, most, disk_type)
    for disk in (19, most + 1):
        assert problem(1, 2, disk, disk_type) == (
            f"Worker disk of {disk} GB is not supported. "
            f"Supported: 20 to {most} in steps of 1 GB for {disk_type} disks."
        )


def test_4_1_there_are_two_types_of_disk():
    """Another one is refused."""
    assert problem(1, 2, 20, "FAST") == (
        "Worker disk of type FAST is not supported. Supported: STANDARD, SHUFFLE_OPTIMIZED."
    )


@given(st.sampled_from([1, 2, 4, 8, 16]), st.fractions(0, 1), st.fractions(20, 200))
def test_4_1_a_worker_has_what_was_asked_for(vcpu, share, disk):
    """Never less, and never a size in between."""
    memory = share * SIZES[vcpu][-1]
    size = fitted(vcpu, memory, disk)
    assert size.vcpu == vcpu
    assert size.memory_gb in SIZES[vcpu]
    assert memory <= size.memory_gb
    assert disk <= size.disk_gb < disk + 1


@pytest.mark.parametrize("vcpu", [5, *SIZES])
@pytest.mark.parametrize("disk_type", ["NONE", "STANDARD", "SHUFFLE_OPTIMIZED"])
def test_3_2_the_refusal_of_a_worker_is_as_short_as_state_details_have_to_be(vcpu, disk_type):
    """256 characters."""
    assert len(problem(vcpu, 10**9, 10**9, disk_type)) <= 256


def test_4_5_a_workload_takes_what_its_workers_take():
    """The driver and every executor."""
    workload = Workload(SMALL, LARGE, 3)
    assert workload.workers == {SMALL: 1, LARGE: 3}
    assert workload.capacity == taken(workload.workers) == Capacity(26, 100, 320)


@pytest.mark.parametrize(
    ("maximum", "holds"),
    [
        (Capacity(26, 100, 320), True),
        (Capacity(26, 100), True),
        (Capacity(25, 100), False),
        (Capacity(26, 99), False),
        (Capacity(26, 100, 319), False),
    ],
)
def test_4_5_a_capacity_holds_what_exceeds_it_nowhere(maximum, holds):
    """The disk is not limited unless it is named."""
    assert maximum.holds(Workload(SMALL, LARGE, 3).capacity) is holds


@pytest.mark.parametrize(
    ("capacity", "fitting"),
    [
        (Capacity(26, 100), 3),
        (Capacity(26, 100, 250), 2),
        (Capacity(26, 31), 0),
        (Capacity(-4, 100), 0),
    ],
)
def test_4_5_a_capacity_has_room_for_so_many_workers(capacity, fitting):
    """What is scarcest decides; what is exceeded already has room for none."""
    assert capacity.times(LARGE) == fitting
    assert capacity.without(Capacity(0, 0, 0)) == capacity


@pytest.mark.parametrize(("wanted", "bounded"), [(0, 2), (2, 2), (4, 4), (9, 5)])
def test_4_2_executors_are_bounded_by_their_minimum_and_maximum(wanted, bounded):
    """Whatever is wanted."""
    assert Scaling(2, 5).bounded(wanted) == bounded
    assert Scaling(2).bounded(9) == 9


def test_4_4_a_worker_serves_for_smaller_ones():
    """Smaller in nothing, with the same type of disk."""
    assert LARGE.serves(LARGE)
    assert LARGE.serves(SMALL)
    assert not SMALL.serves(LARGE)
    assert not Size(16, 64, 20).serves(Size(4, 16, 30))
    assert not Size(16, 64, 200, "SHUFFLE_OPTIMIZED").serves(Size(4, 16))


@pytest.mark.parametrize(
    ("limit", "size", "times"),
    [
        (Capacity(8, 100), Size(2, 4), 4),
        (Capacity(8, 9), Size(2, 4), 2),
        (Capacity(8, 100, 49), Size(2, 4, 20), 2),
        (Capacity(8, 100, 0), Size(2, 4, 20), 0),
        (Capacity(1, 100), Size(2, 4), 0),
        (Capacity(-4, 100, 100), Size(2, 4, 20), 0),
    ],
)
def test_4_5_as_many_workers_fit_as_the_scarcest_of_the_three_lets(limit, size, times):
    """A disk that is not limited is not looked at; where more is taken than there may be, none fit."""
    assert limit.times(size) == times


@pytest.mark.parametrize(
    ("limit", "other", "holds"),
    [
        (Capacity(2, 4), Capacity(2, 4), True),
        (Capacity(2, 4), Capacity(3, 4), False),
        (Capacity(2, 4), Capacity(2, 5), False),
        (Capacity(2, 4), Capacity(2, 4, 999), True),
        (Capacity(2, 4, 0), Capacity(2, 4), True),
        (Capacity(2, 4, 20), Capacity(2, 4, 20), True),
        (Capacity(2, 4, 20), Capacity(2, 4, 21), False),
    ],
)
def test_4_5_what_is_exactly_as_large_fits(limit, other, holds):
    """A disk that is not given takes no room."""
    assert limit.holds(other) is holds


@pytest.mark.parametrize(
    ("limit", "other", "left"),
    [
        (Capacity(8, 32), Capacity(2, 4, 20), Capacity(6, 28)),
        (Capacity(8, 32, 100), Capacity(2, 4, 20), Capacity(6, 28, 80)),
        (Capacity(8, 32, 100), Capacity(9, 40), Capacity(-1, -8, 100)),
    ],
)
def test_4_5_what_is_left_beside_others_may_be_negative(limit, other, left):
    """What is not limited stays so."""
    assert limit.without(other) == left
