"""The configuration classifications that the service knows (facts §12): data, and the rules that refuse others.

Which properties a classification brings into effect is in `properties`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emrs_mock._call import Call
from emrs_mock.operations.error_texts import invalid
from emrs_mock.operations.properties import nested
from emrs_mock.operations.relevance import about
from emrs_mock.sim.world import World

# facts §12: the user guide's own, and those of the release guide's tables for 6.6.0, 7.10.0, 7.13.0 and emr-spark-8.1.0
_OF_EMR_SERVERLESS = "spark-driver-log4j2 spark-executor-log4j2"
_OF_EMR = """
capacity-scheduler cloudwatch-logs container-executor container-log4j core-site delta-defaults docker-conf emr-metrics
emrfs-site export flink-conf flink-log4j flink-log4j-cli flink-log4j-session hadoop-env hadoop-kms-acls hadoop-kms-env
hadoop-kms-java-home hadoop-kms-log4j hadoop-kms-site hadoop-log4j hadoop-ssl-client hadoop-ssl-server hbase hbase-env
hbase-log4j hbase-log4j2 hbase-metrics hbase-policy hbase-site hcatalog-env hcatalog-server-jndi
hcatalog-server-proto-hive-site hcatalog-webhcat-env hcatalog-webhcat-log4j2 hcatalog-webhcat-site
hdfs-encryption-zones hdfs-env hdfs-site hive hive-beeline-log4j2 hive-env hive-exec-log4j2 hive-llap-daemon-log4j2
hive-log4j2 hive-parquet-logging hive-site hiveserver2-site httpfs-env httpfs-site hudi-defaults hudi-env hue-ini
iceberg-defaults jupyter-hub-conf jupyter-notebook-conf jupyter-s3-conf jupyter-sparkmagic-conf livy-conf livy-env
livy-log4j livy-log4j2 mapred-env mapred-site oozie-env oozie-log4j oozie-site phoenix-hbase-metrics
phoenix-hbase-site phoenix-log4j phoenix-log4j2 phoenix-metrics pig-env pig-log4j pig-properties ranger-kms-db-ca
ranger-kms-dbks-site ranger-kms-env ranger-kms-log4j ranger-kms-logback ranger-kms-site spark spark-defaults spark-env
spark-log4j spark-log4j2 spark-metrics sqoop-env sqoop-oraoop-site sqoop-site tez-site trino-exchange-manager yarn-env
yarn-site zeppelin-env zeppelin-site zookeeper-config zookeeper-log4j zookeeper-logback
"""
_CONNECTORS = """
blackhole cassandra hive jmx kafka localfile memory mongodb mysql postgresql raptor redis redshift tpcds tpch
"""
_SERVERS = {"presto": "lakeformation", "trino": "delta hudi iceberg"}
"""The servers with a classification for each connector, and the connectors that only one of them has."""
_PARTS = "config env log node password-authenticator"


def _of_servers() -> Iterator[str]:
    for server, connectors in _SERVERS.items():
        yield from (f"{server}-{part}" for part in _PARTS.split())
        yield from (f"{server}-connector-{name}" for name in (*_CONNECTORS.split(), *connectors.split()))


KNOWN = frozenset((*_OF_EMR_SERVERLESS.split(), *_OF_EMR.split(), *_of_servers()))
"""All but `spark-hive-site`, which the release guide lists and the service was captured refusing (facts §12)."""


@about("runtimeConfiguration", "configurationOverrides")
def classifications_are_known(world: World, call: Call) -> None:
    """Every classification is one that EMR's references list (facts §12)."""
    for where, text in _PLACES[call.operation].items():
        _refuse_unknown(_at(call.params, where), text)


def _refuse_unknown(configurations: Sequence[Mapping[str, Any]], text: str) -> None:
    for configuration in nested(configurations):
        if configuration["classification"] not in KNOWN:
            raise invalid(text.format(configuration["classification"]))


def _at(params: Mapping[str, Any], where: tuple[str, ...]) -> Sequence[Mapping[str, Any]]:
    value: Any = params
    for name in where:
        value = value.get(name) or {}
    return value or ()


_OVERRIDES = "Unknown configuration overrides classification: {}"  # facts §12, captured
_RUNTIME = "Unknown runtime configuration classification: {}"  # assumed: the text
_OF_APPLICATIONS: Mapping[tuple[str, ...], str] = {("runtimeConfiguration",): _RUNTIME}
_PLACES: Mapping[str, Mapping[tuple[str, ...], str]] = {
    "CreateApplication": _OF_APPLICATIONS,
    "UpdateApplication": _OF_APPLICATIONS,
    "StartJobRun": {("configurationOverrides", "applicationConfiguration"): _OVERRIDES},
    "StartSession": {("configurationOverrides", "runtimeConfiguration"): _OVERRIDES},
}
"""Where an operation names classifications, and how it refuses one that is unknown."""
