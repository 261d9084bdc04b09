"""Engines with a fake spark-submit, under a manual clock and under the system's."""

from __future__ import annotations

from functools import partial

import pytest

from emrs_mock import Timing, mock_emr_serverless
from emrs_mock.engines import spark_submit
from tests.engines.fakes import FakeSpark


@pytest.fixture
def spark(tmp_path):
    """The fake spark-submit."""
    return FakeSpark(tmp_path)


@pytest.fixture
def engine(spark, tmp_path):
    """Make an engine that uses the fake, and finds `s3://code` and `s3://out` in directories."""
    (tmp_path / "out").mkdir()
    paths = {"s3://code": spark.jobs, "s3://out": tmp_path / "out"}
    return partial(spark_submit, command=spark.command, paths=paths)


@pytest.fixture
def beside():
    """The handle of a mock on the system clock, in which a job run is RUNNING at once."""
    with mock_emr_serverless(timing=Timing.instant()) as handle:
        yield handle
