"""Where the logs of an attempt go, in AWS's layout (facts §11.3): requests to S3 and CloudWatch Logs, as data.

The monitoring configuration in effect decides, except for two of its members: managed logs are in a bucket of AWS's,
and Prometheus gets no logs.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from emrs_mock.observation.logs import JobRunLogs
from emrs_mock.sim.outcomes import Streams
from emrs_mock.sim.records import Attempt, JobRun

# facts §11.3: the driver and the others, by engine
WORKERS: Mapping[str, tuple[str, str]] = {
    "Spark": ("SPARK_DRIVER", "SPARK_EXECUTOR"),
    "Hive": ("HIVE_DRIVER", "TEZ_TASK"),
}
LOG_GROUP = "/aws/emr-serverless"  # facts §11.3
LOG_TYPES = dict.fromkeys(("SPARK_DRIVER", "HIVE_DRIVER"), ("STDOUT", "STDERR"))  # facts §11.3

# What PutLogEvents takes: 256 KiB an event, 10,000 events and 1 MiB at a time. A character has up to 4 bytes.
_LONGEST_MESSAGE = 60_000
_MOST_EVENTS = 10_000
_MOST_BYTES = 1_048_576
_BYTES_BESIDE_A_MESSAGE = 26

_THERE_ALREADY = "ResourceAlreadyExistsException"
_S3_URI = re.compile(r"s3[an]?://([^/]+)/*(.*?)/*")

Members = Mapping[str, Any]


class Request(NamedTuple):
    """One call of a boto3 client, and the codes of errors that are as good as an answer."""

    service: str
    region: str
    operation: str
    parameters: Members
    tolerated: tuple[str, ...] = ()


class Ended(NamedTuple):
    """An attempt that ran and has ended, and where."""

    region: str
    run: JobRun
    attempt: Attempt


class Log(NamedTuple):
    """What one worker wrote to one stream; `place` is where that belongs below the attempt."""

    worker: str
    stream: str
    place: str
    text: str


def to_s3(ended: Ended) -> Iterator[Request]:
    """A file for each stream of each worker. Raises ValueError for a `logUri` that names no bucket."""
    configured = _monitoring(ended.run, "s3MonitoringConfiguration")
    if "logUri" not in configured:
        return
    bucket, folder = _address(configured["logUri"])
    for log in _logs(ended):  # assumed: a worker that wrote nothing has its files too
        key, body = f"{folder}{_root(ended)}{log.place}.gz", gzip.compress(log.text.encode(), mtime=0)
        members = {"Bucket": bucket, "Key": key, "Body": body, **_encryption(configured)}
        yield Request("s3", ended.region, "put_object", members)


def to_cloudwatch(ended: Ended) -> Iterator[Request]:
    """The group, and of each worker and stream that is wanted the stream and its lines."""
    configured = _monitoring(ended.run, "cloudWatchLoggingConfiguration")
    if configured.get("enabled"):
        for operation, members in _log_calls(ended, configured):
            yield Request("logs", ended.region, operation, members, (_THERE_ALREADY,))


def _monitoring(run: JobRun, member: str) -> Members:
    """A member of the monitoring configuration in effect (facts §3.8)."""
    # assumed: what the job run says of a member replaces all that the application says of it
    for configuration in (run.spec["configurationOverrides"], run.inherited):
        if member in (monitoring := configuration.get("monitoringConfiguration", {})):
            return dict(monitoring[member])
    return {}


# --- what there is --------------------------------------------------------------------------------------------------


def _logs(ended: Ended) -> Iterator[Log]:
    logs = JobRunLogs(ended.run, ended.attempt.number)
    driver, other = WORKERS[ended.run.inherited["type"]]
    yield from _streams(driver, driver, Streams(logs.stdout, logs.stderr))
    for number in logs.executors:
        yield from _streams(other, f"{other}/{number}", logs.executor(number))


def _streams(worker: str, folder: str, streams: Streams) -> Iterator[Log]:
    for stream, text in streams._asdict().items():
        yield Log(worker, stream, f"{folder}/{stream}", text)


def _root(ended: Ended) -> str:
    """Where an attempt's logs are: a streaming job run's always below `attempts/` (facts §11.3)."""
    run = ended.run
    root = f"applications/{run.application_id}/jobs/{run.id}/"
    has_attempts = run.mode == "STREAMING" or run.settings.max_attempts > 1
    return f"{root}attempts/{ended.attempt.number}/" if has_attempts else root


# --- S3 -------------------------------------------------------------------------------------------------------------


def _address(uri: str) -> tuple[str, str]:
    match = _S3_URI.fullmatch(uri)
    if match is None:
        raise ValueError(f"logUri {uri!r}: an address as in s3://bucket/prefix/ is wanted")
    bucket, folder = match.groups()
    return bucket, f"{folder}/" if folder else ""


def _encryption(configured: Members) -> Members:
    key = configured.get("encryptionKeyArn")
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}


# --- CloudWatch Logs ------------------------------------------------------------------------------------------------


def _log_calls(ended: Ended, configured: Members) -> Iterator[tuple[str, Members]]:
    group, key = {"logGroupName": configured.get("logGroupName", LOG_GROUP)}, configured.get("encryptionKeyArn")
    prefix = configured.get("logStreamNamePrefix", "")
    # assumed: a group that is there already keeps the key that it has
    yield "create_log_group", {**group, "kmsKeyId": key} if key else group
    for log in _logs(ended):
        if _is_wanted(log, configured.get("logTypes") or LOG_TYPES):
            # assumed: attempts, and the numbers of workers, stand in a stream's name as they do in S3
            stream = {**group, "logStreamName": f"{prefix}/{_root(ended)}{log.place}"}
            yield "create_log_stream", stream
            for events in _log_events(ended, log.text):
                yield "put_log_events", {**stream, "logEvents": events}


def _is_wanted(log: Log, types: Members) -> bool:
    return log.stream.upper() in map(str.upper, types.get(log.worker, ()))


def _log_events(ended: Ended, text: str) -> Iterator[Sequence[Members]]:
    """An event for each line, as many at a time as CloudWatch takes; of empty lines, which it does not take, none."""
    assert ended.attempt.started_at is not None
    at = int(ended.attempt.started_at.timestamp() * 1000)  # when rules and handlers write
    size = _BYTES_BESIDE_A_MESSAGE + 4 * max(map(len, _messages(text)), default=0)
    messages, most = _messages(text), min(_MOST_EVENTS, _MOST_BYTES // size)
    while events := [{"timestamp": at, "message": message} for message in islice(messages, most)]:
        yield events


def _messages(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        for begin in range(0, len(line), _LONGEST_MESSAGE):
            yield line[begin : begin + _LONGEST_MESSAGE]
