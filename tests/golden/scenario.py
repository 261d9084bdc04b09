"""One scenario in which everything happens once: states, retries, queueing, refusals, faults, executors, sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emrs_mock import EMRServerless, Fail, Quotas, Succeed, mock_emr_serverless
from tests.service.requests import HIVE, ROLE, START

EXECUTORS = "--conf spark.executor.instances=1 --conf spark.dynamicAllocation.maxExecutors=8"
WORKER = {"cpu": "4 vCPU", "memory": "16 GB", "disk": "20 GB"}
LOGS = {"s3MonitoringConfiguration": {"logUri": "s3://logs/emr"}}


@contextmanager
def happened(client: Any, *, handler: Callable[[Any], Any] | None) -> Iterator[EMRServerless]:
    """The mock after the scenario. `client` makes its calls, in us-east-1; a job run is decided by `handler`."""
    quotas = Quotas(vcpus=400, rates={"ListJobRuns": (1, 1)})
    with mock_emr_serverless(clock="manual", start=START, seed=7, quotas=quotas, latency=0.25) as emr:
        scenario = Scenario(emr, client)
        if handler is not None:
            emr.when(name="handled").run(handler, 20, times=1)
        scenario.play()
        yield emr


class Scenario:
    """The steps, in order."""

    def __init__(self, emr: EMRServerless, client: Any) -> None:
        self.emr = emr
        self.client = client
        self.tokens = 0

    def play(self) -> None:
        """Make everything happen."""
        self.rules()
        self.applications()
        self.job_runs()
        self.refusals()
        self.sessions()
        self.faults()
        self.emr.clock.advance(minutes=40)
        self.late()

    def rules(self) -> None:
        """Decide about the job runs by name."""
        when = self.emr.when
        when(name="flaky").attempts(Fail.out_of_memory(30), Fail("Not yet", 20), Succeed(45)).logs("out", "err")
        when(name="broken").fail(Fail.missing_module("pandas")).logs("worker", executor=1)
        when(name="no-role", role="job").fail(Fail.role_cannot_be_assumed(ROLE))
        when(name="stuck").hang()
        when(name="slow", tags={"team": "d*"}).time_out(100).stay("PENDING", 11)
        when(name="other").cancel(33).shut_down(9)
        when(name="huge").exceed_capacity()
        when(name="waits").time_out_in_queue(125)
        when(name="wide").succeed(700).executors([(0, 2), (130, 6), (400, 1)])
        when(name="counted").succeed(61).utilization(1.5, 6.25, 0.125, billed=(2, 8, 0))
        when(name="never", entry_point="s3://code/*.jar").hang()

    def applications(self) -> None:
        """An application of each type, arranged or created, in two regions."""
        self.app = self.create(
            name="etl",
            initialCapacity={"DRIVER": {"workerCount": 1, "workerConfiguration": WORKER}},
            maximumCapacity={"cpu": "120 vCPU", "memory": "800 GB"},
            autoStopConfiguration={"enabled": True, "idleTimeoutMinutes": 3},
            monitoringConfiguration=LOGS,
            tags={"team": "data"},
        )
        self.emr.clock.advance(12)
        self.client.start_application(applicationId=self.app)
        self.queue = self.emr.add_application(
            id="00queue000000000",
            name="queue",
            scheduler_configuration={"maxConcurrentRuns": 1, "queueTimeoutMinutes": 20},
        ).id
        self.hive = self.emr.add_application(id="00hive0000000000", type="HIVE", region_name="eu-west-1").id
        self.emr.add_job_run(self.hive, name="report", job_driver=HIVE, execution_role_arn=ROLE)
        self.interactive = self.emr.add_application(
            "CREATED",
            id="00notebook000000",
            release_label="emr-7.13.0",
            interactive_configuration={"sessionEnabled": True},
        ).id
        self.emr.add_application("STOPPED", id="00gone0000000000", name="gone")
        self.client.delete_application(applicationId="00gone0000000000")
        self.client.update_application(
            applicationId=self.interactive, autoStopConfiguration={"enabled": False}, clientToken=self.token()
        )

    def job_runs(self) -> None:
        """A job run for each rule, and one that no rule decides."""
        flaky = self.submit("flaky", retryPolicy={"maxAttempts": 3})
        self.submit("broken", tags={"run": "1"})
        self.submit("no-role")
        self.submit("wide", parameters=EXECUTORS)
        stuck = self.submit("stuck", executionTimeoutMinutes=5)
        self.submit("slow", tags={"team": "data"})
        self.emr.clock.advance(minutes=1)
        self.submit("other")
        self.submit("huge")
        self.submit("counted")
        self.submit("handled")
        self.submit("stream", mode="STREAMING")
        one = self.submit("plain", self.queue)
        two = self.submit("behind", self.queue)
        self.submit("waits", self.queue)
        self.emr.clock.advance(minutes=2.5)
        self.client.cancel_job_run(applicationId=self.queue, jobRunId=two)
        self.emr.clock.advance(30)
        self.client.cancel_job_run(applicationId=self.queue, jobRunId=one, shutdownGracePeriodInSeconds=60)
        for attempt in (1, 2):
            self.client.get_job_run(applicationId=self.app, jobRunId=flaky, attempt=attempt)
        self.client.list_job_run_attempts(applicationId=self.app, jobRunId=flaky)
        self.client.get_dashboard_for_job_run(applicationId=self.app, jobRunId=stuck)
        self.client.list_job_runs(applicationId=self.app, states=["FAILED", "RUNNING"])
        self.client.list_applications(maxResults=2)

    def refusals(self) -> None:
        """A refusal of each kind: quota, conflict, missing, invalid."""
        for call, members in (
            ("list_job_runs", {"applicationId": self.app}),
            ("get_application", {"applicationId": "00nothere0000000"}),
            ("delete_application", {"applicationId": self.app}),
            ("start_application", {"applicationId": "00gone0000000000"}),
            ("get_job_run", {"applicationId": self.app, "jobRunId": "00nothere0000000"}),
            ("create_application", {"type": "SPARK", "releaseLabel": "emr-1.0.0", "clientToken": "one"}),
        ):
            with suppress(ClientError):
                getattr(self.client, call)(**members)

    def sessions(self) -> None:
        """A session that works and idles, one that fails, and one that is left."""
        start = {"applicationId": self.interactive, "executionRoleArn": ROLE}
        self.client.start_session(**start, name="first", idleTimeoutMinutes=5, clientToken=self.token())
        self.client.start_session(**start, clientToken=self.token())
        self.emr.clock.advance(minutes=3)
        first, second = self.emr.sessions
        first.busy()
        self.emr.clock.advance(70)
        first.idle()
        second.fail("The session ended")
        self.client.list_sessions(applicationId=self.interactive)

    def faults(self) -> None:
        """A fault with each verb."""
        fault = self.emr.fault
        for number, made in enumerate(
            (
                fault("GetApplication").error("InternalServerException", "It broke", times=1),
                fault("GetApplication").time_out("connect", times=1),
                fault("get_*").reset(times=1),
                fault("GetApplication").unreachable(times=1),
                fault("GetApplication").slow(30, times=1),
                fault("GetApplication").garble(times=1),
                fault("GetApplication", every=2).lose_reply(times=1),
                fault("GetApplication", probability=0.5).error("AccessDeniedException", times=1),
            )
        ):
            with made, suppress(ClientError, BotoCoreError, ConnectionError):
                self.client.get_application(applicationId=self.app)
            self.emr.clock.advance(number)

    def late(self) -> None:
        """What is there at the end: records that have not ended, of arranged states too."""
        self.submit("last <&> ünusual")
        app = self.emr.add_application(id="00idle0000000000", name="idle")
        self.emr.add_job_run(app, "SCHEDULED", id="00run00000000000", name="arranged")
        self.emr.clock.advance(minutes=1)
        self.emr.job_runs["00run00000000000"].stay("SCHEDULED")
        self.emr.when(name="not yet").succeed()

    def create(self, **members: Any) -> str:
        """CreateApplication."""
        token = self.token()
        return self.client.create_application(type="SPARK", releaseLabel="emr-7.10.0", clientToken=token, **members)[
            "applicationId"
        ]

    def submit(self, name: str, application: str | None = None, parameters: str = "", **members: Any) -> str:
        """StartJobRun."""
        driver = {
            "sparkSubmit": {"entryPoint": f"s3://code/{name.split()[0]}.py", "entryPointArguments": ["--day", "1"]}
        }
        if parameters:
            driver["sparkSubmit"]["sparkSubmitParameters"] = parameters
        return self.client.start_job_run(
            applicationId=application or self.app,
            executionRoleArn=ROLE,
            name=name,
            jobDriver=driver,
            clientToken=self.token(),
            **members,
        )["jobRunId"]

    def token(self) -> str:
        """A client token that is the same in each run."""
        self.tokens += 1
        return f"token-{self.tokens}"
