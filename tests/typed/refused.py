# ruff: noqa: B018 - mistakes, each with two marks
"""Mistakes that mypy and pyright have to find: each line is marked, and a mark without an error is an error.

Not run. `python -m tests.typed.check` has this file checked.
"""

from __future__ import annotations

from emrs_mock import EMRServerless, connect, mock_emr_serverless


def names() -> None:
    """Names that the package does not have."""
    from emrs_mock import mock_emr_serverles  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]

    assert mock_emr_serverles


def options() -> None:
    """Options that do not exist, or cannot be so."""
    mock_emr_serverless(clok="manual")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    mock_emr_serverless(clock="frozen")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    mock_emr_serverless(as_kwarg="emr", clok="manual")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    mock_emr_serverless(as_kwarg="emr", clock="frozen")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    mock_emr_serverless(on_orphans="raise")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    mock_emr_serverless(deliver={"sqs"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@mock_emr_serverless(clock="manual", as_kwarg="emr")
def decorated(emr: EMRServerless, day: str) -> str:
    """A function that gets the handle."""
    return day


def calls_of_decorated() -> None:
    """The other parameters are still checked."""
    decorated(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    decorated()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    decorated("2026-01-31").day  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def records(emr: EMRServerless) -> None:
    """Members, states and modes that the model does not have."""
    application = emr.add_application(realeaseLabel="emr-7.2.0")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    emr.add_application("RUNNING")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    emr.add_application(maximumCapacity={"cpu": "16 vCPU"})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    emr.add_application(autoStopConfiguration={"enable": True})  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportArgumentType]
    run = emr.add_job_run(application, mode="STREAM")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    emr.add_job_run(application, execution_timeout="5")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    emr.job_runs[0].anything  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    run.session_id  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    run.job_driver["spark"]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]
    run.stay("WAITING")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert run.state == "SUCCEEDED"  # type: ignore[comparison-overlap]


def waiting(emr: EMRServerless) -> None:
    """A state of another kind of record, none where it is needed."""
    application, run = emr.applications[0], emr.job_runs[0]
    emr.run_until(application)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    emr.run_until(run, "STOPPED")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    emr.run_until(run).idle_since  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    emr.when().stay("WAITING")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    emr.fault("GetJobRun").time_out("write")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def misspelt(emr: EMRServerless) -> None:
    """Names that an object does not have: what hints at run time is not seen here."""
    emr.aplications  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    emr.when().sucess()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    emr.fault("GetJobRun").timeout()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    emr.clock.moveTo("2026-01-31")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    emr.calls[-1].param  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    emr.logs[emr.job_runs[0]].stdOut  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    emr.timeline().to_jsn()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    mock_emr_serverless.strat()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def in_another_process() -> None:
    """What the handle of a mock in another process does not have, and values that it cannot be."""
    remote = connect("http://127.0.0.1:5000")
    remote.fork()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    remote.when(where=print)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    remote.when(nam="etl")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    remote.add_application("RUNNING")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    remote.add_application(realeaseLabel="emr-7.2.0")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    remote.job_runs[0].anything  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    remote.job_runs[0].succeed()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    remote.run_until(remote.applications[0])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    remote.calls[0].param  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
