"""Code that really runs for job runs, as the simulation sees it."""

from __future__ import annotations

import pytest

from emrs_mock.sim.outcomes import SUCCEEDS, Outcome, Streams
from emrs_mock.sim.stints import DRIVER
from emrs_mock.sim.works import Works
from tests.sim.arranged import a_job_run, a_simulation, a_world, an_application


class Noted:
    """Code that notes what it is told to do."""

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.told: list[object] = []
        self.outcome = outcome
        self.output = ""

    def streams(self) -> Streams:
        return Streams(self.output)

    def result(self) -> Outcome | None:
        return self.outcome

    def stop(self) -> None:
        self.told.append("stop")

    def wait(self, seconds: float | None = None) -> None:
        self.told.append(seconds)


@pytest.fixture
def runs():
    """Two job runs."""
    world = a_world(a_simulation())
    application = an_application(world)
    return [a_job_run(world, application), a_job_run(world, application)]


def test_it_is_known_for_which_job_runs_code_runs(runs):
    """Until the code is forgotten."""
    works, work = Works(), Noted()
    assert not works
    works.add(runs[0], work, beside=True)
    assert works
    assert (runs[0].id in works) is True
    assert (runs[1].id in works) is False
    works.remove(work)
    assert not works
    assert (runs[0].id in works) is False


def test_only_the_first_is_waited_for(runs):
    """For the seconds that are given: the caller looks again at what has changed."""
    works, first, second = Works(), Noted(), Noted()
    works.add(runs[0], first, beside=True)
    works.add(runs[1], second, beside=True)
    works.wait(0.5)
    assert (first.told, second.told) == ([0.5], [])


def test_the_code_of_one_job_run_is_stopped_and_goes_on_until_it_has_ended(runs):
    """That of the other is not."""
    works, first, second = Works(), Noted(), Noted()
    works.add(runs[0], first, beside=True)
    works.add(runs[1], second, beside=True)
    works.stop(runs[1])
    assert (first.told, second.told) == ([], ["stop"])
    assert runs[1].id in works


def test_code_that_is_abandoned_is_stopped_waited_for_and_forgotten(runs):
    """Its last output is in the log, behind what was there before."""
    works, first, second = Works(), Noted(), Noted()
    runs[0].attempt.logs[DRIVER] = Streams("before ")
    works.add(runs[0], first, beside=True)
    works.add(runs[1], second, beside=True)
    first.output = "last"
    works.abandon(first)
    assert (first.told, second.told) == (["stop", None], [])
    assert runs[0].attempt.logs[DRIVER] == Streams("before last")
    assert (runs[0].id in works, runs[1].id in works) == (False, True)


def test_at_the_end_all_is_stopped_before_any_is_waited_for(runs):
    """So that the longest one takes all the time that is needed; and code may begin again."""
    works = Works()
    order: list[tuple[str, object]] = []

    class Ordered(Noted):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def stop(self) -> None:
            order.append((self.name, "stop"))

        def wait(self, seconds: float | None = None) -> None:
            order.append((self.name, seconds))

    works.add(runs[0], Ordered("a"), beside=True)
    works.add(runs[1], Ordered("b"), beside=False)
    works.end()
    assert order == [("a", "stop"), ("b", "stop"), ("a", "stop"), ("a", None), ("b", "stop"), ("b", None)]
    assert not works
    assert works.are_closed is False
    works.close()
    assert works.are_closed is True


@pytest.mark.parametrize(
    ("beside", "asked", "outcome", "is_taken"),
    [
        (True, True, SUCCEEDS, True),
        (True, True, None, False),
        (True, False, SUCCEEDS, False),
        (False, True, SUCCEEDS, False),
    ],
    ids=["ended", "still runs", "its handler has not returned", "its handler takes the result"],
)
def test_the_result_of_code_beside_the_simulation_is_taken_when_it_has_ended(runs, beside, asked, outcome, is_taken):
    """An attempt without an outcome waits for its handler to return."""
    works, work = Works(), Noted(outcome)
    runs[0].attempt.outcome = Outcome("succeed") if asked else None
    works.add(runs[0], work, beside=beside)
    assert works.take_ended() == ([(runs[0], runs[0].attempt, outcome)] if is_taken else [])
    assert (runs[0].id in works) is not is_taken


def test_output_is_written_behind_what_was_there_before_the_code_ran(runs):
    """Again and again: the log grows with the output."""
    works, work = Works(), Noted()
    runs[0].attempt.logs[DRIVER] = Streams("a", "e")
    works.add(runs[0], work, beside=True)
    for output in ("b", "bc"):
        work.output = output
        works.write_logs()
        assert runs[0].attempt.logs[DRIVER] == Streams("a" + output, "e")
