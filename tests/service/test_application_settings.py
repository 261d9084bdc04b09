"""What an application is configured to be: defaults, spellings, updates (facts §2.2-§2.5)."""

from __future__ import annotations

import pytest

from tests.service.model import known
from tests.service.requests import RELEASE, application, at

needs_model = pytest.mark.needs_model
SCHEDULED = needs_model("CreateApplication.schedulerConfiguration")
IMAGED = needs_model("CreateApplication.imageConfiguration")
IMAGE = {"imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/spark:1"}
KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"
MAXIMUM = {"cpu": "400 vCPU", "memory": "1024 GB", "disk": "1000 GB"}
WORKER = {"workerCount": 1, "workerConfiguration": {"cpu": "4 vCPU", "memory": "16 GB", "disk": "20 GB"}}

WHILE_STARTED = (
    "Only the following configurations can be updated when an application is in STARTED state: "
    "schedulerConfiguration.maxConcurrentRuns, extendedSupportConfiguration, imageConfiguration, "
    "workerTypeSpecifications.imageConfiguration, maximumCapacity."
)


def row(member, value, *, of="UpdateApplication"):
    """A parameter set that the installed model must be able to say."""
    return pytest.param({member: value}, marks=needs_model(f"{of}.{member}"), id=member)


def test_2_4_an_application_of_which_little_is_said_shows_the_defaults(client, create):
    """All of them, and nothing else."""
    app = create(releaseLabel="emr-7.2.0")
    assert application(client, app) == known(
        "Application",
        {
            "applicationId": app,
            "arn": f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{app}",
            "releaseLabel": "emr-7.2.0",
            "type": "Spark",
            "state": "CREATING",
            "stateDetails": "",
            "createdAt": at(),
            "updatedAt": at(),
            "tags": {},
            "autoStartConfiguration": {"enabled": True},
            "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": 15},
            "architecture": "X86_64",
        },
    )


@pytest.mark.parametrize(
    ("member", "given", "stored"),
    [
        ("autoStartConfiguration", {}, {"enabled": True}),
        ("autoStartConfiguration", {"enabled": False}, {"enabled": False}),
        ("autoStopConfiguration", {"idleTimeoutMinutes": 90}, {"enabled": True, "idleTimeoutMinutes": 90}),
        pytest.param("architecture", "ARM64", "ARM64", marks=needs_model("CreateApplication.architecture")),
    ],
)
def test_2_4_what_is_given_comes_before_the_defaults(client, create, member, given, stored):
    """A configuration that is given in part is filled in."""
    assert application(client, create(**{member: given}))[member] == stored


def test_2_4_an_idle_time_out_has_bounds(client, refuses):
    """1 to 10,080 minutes, as the service model says."""
    refusal = refuses(
        client.create_application,
        releaseLabel=RELEASE,
        type="SPARK",
        autoStopConfiguration={"idleTimeoutMinutes": 10081},
    )
    assert refusal.message == (
        "1 validation error detected: Value at 'autoStopConfiguration.idleTimeoutMinutes' failed to satisfy "
        "constraint: Member must have value less than or equal to 10080"
    )


@SCHEDULED
@pytest.mark.parametrize(
    ("label", "given", "stored"),
    [
        ("emr-7.2.0", None, None),
        ("emr-7.3.0", None, {"queueTimeoutMinutes": 360, "maxConcurrentRuns": 15}),
        ("emr-7.3.0", {}, None),
        ("emr-7.0.0", {"maxConcurrentRuns": 2}, {"queueTimeoutMinutes": 360, "maxConcurrentRuns": 2}),
        ("emr-7.3.0", {"queueTimeoutMinutes": 30}, {"queueTimeoutMinutes": 30, "maxConcurrentRuns": 15}),
    ],
)
def test_2_4_the_scheduler_is_on_by_default_from_7_3_on(client, create, label, given, stored):
    """Absent is the release's default, empty is off, one member fills in the other."""
    app = create(releaseLabel=label, **({} if given is None else {"schedulerConfiguration": given}))
    assert application(client, app).get("schedulerConfiguration") == stored


@SCHEDULED
@pytest.mark.parametrize(
    ("members", "stored"),
    [
        ({}, {"queueTimeoutMinutes": 30, "maxConcurrentRuns": 2}),
        ({"schedulerConfiguration": {}}, None),
        (
            {"schedulerConfiguration": {"maxConcurrentRuns": 3}},
            {"queueTimeoutMinutes": 360, "maxConcurrentRuns": 3},
        ),
    ],
)
def test_2_4_an_update_leaves_the_scheduler_alone_replaces_it_or_turns_it_off(emr, client, members, stored):
    """Absent has no effect, empty is off, one member fills in the other by default."""
    app = emr.add_application("CREATED", schedulerConfiguration={"queueTimeoutMinutes": 30, "maxConcurrentRuns": 2})
    answer = client.update_application(applicationId=app.id, **members)
    assert answer["application"].get("schedulerConfiguration") == stored


@pytest.mark.parametrize(
    ("given", "empty"),
    [
        pytest.param({"imageConfiguration": IMAGE}, {"imageConfiguration": {}}, marks=IMAGED),
        pytest.param(
            {"diskEncryptionConfiguration": {"encryptionKeyArn": KEY}},
            {"diskEncryptionConfiguration": {}},
            marks=needs_model("CreateApplication.diskEncryptionConfiguration"),
        ),
    ],
)
def test_2_4_an_empty_value_in_an_update_takes_the_member_away(emr, client, create, given, empty):
    """The image, the encryption of disks."""
    app = create(**given)
    emr.run_until(app, "CREATED")
    assert given.items() <= application(client, app).items()
    assert not given.keys() & client.update_application(applicationId=app, **empty)["application"].keys()


def test_2_3_an_update_answers_with_the_whole_application(emr, client):
    """What is named is replaced, what is not named stays, updatedAt is now."""
    app = emr.add_application("STOPPED", name="etl", maximumCapacity=MAXIMUM, tags={"team": "data"}).id
    before = application(client, app)
    emr.clock.advance(60)
    answer = client.update_application(applicationId=app, autoStartConfiguration={"enabled": False})
    changed = {"autoStartConfiguration": {"enabled": False}, "updatedAt": at(seconds=60)}
    assert answer["application"] == application(client, app) == {**before, **changed}


@pytest.mark.parametrize(
    "members",
    [
        row("maximumCapacity", MAXIMUM),
        row("schedulerConfiguration", {"maxConcurrentRuns": 5}),
        row("imageConfiguration", IMAGE),
        row("workerTypeSpecifications", {"Driver": {"imageConfiguration": IMAGE}}),
    ],
)
def test_2_2_a_started_application_takes_the_updates_that_its_refusal_lists(client, app, members):
    """The application stays STARTED."""
    client.update_application(applicationId=app, **members)
    assert application(client, app)["state"] == "STARTED"


@pytest.mark.parametrize(
    "members",
    [
        row("autoStopConfiguration", {"enabled": False}),
        row("autoStartConfiguration", {"enabled": False}),
        row("initialCapacity", {"Driver": WORKER}),
        row("networkConfiguration", {"subnetIds": ["subnet-1"]}),
        row("schedulerConfiguration", {"queueTimeoutMinutes": 30}),
        row("releaseLabel", "emr-7.11.0"),
        row("jobLevelCostAllocationConfiguration", {"enabled": True}),
        pytest.param({"maximumCapacity": MAXIMUM, "autoStartConfiguration": {"enabled": True}}, id="one of two"),
    ],
)
def test_2_2_a_started_application_takes_no_other_update(client, app, refuses, members):
    """One member that is not allowed spoils the request."""
    refusal = refuses(client.update_application, applicationId=app, **members)
    assert refusal == ("ValidationException", WHILE_STARTED, 400)


@pytest.mark.parametrize(
    ("engine", "given", "stored"),
    [
        ("SPARK", "DRIVER", "Driver"),
        ("SPARK", "EXECUTOR", "Executor"),
        ("SPARK", "Executor", "Executor"),
        ("HIVE", "HIVE_DRIVER", "HiveDriver"),
        ("HIVE", "TEZ_TASK", "TezTask"),
        ("HIVE", "TezTask", "TezTask"),
    ],
)
def test_2_5_worker_types_are_shown_in_camel_case(client, create, engine, given, stored):
    """However they were given."""
    app = create(type=engine, initialCapacity={given: {"workerCount": 3}})
    assert application(client, app)["initialCapacity"] == {stored: {"workerCount": 3}}


@pytest.mark.parametrize(
    ("cpu", "memory", "disk"),
    [("4vCPU", "16GB", "30gb"), ("4 vCPU", "16 GB", "30 GB"), ("4vcpu", "16gB", "30Gb")],
)
def test_2_5_sizes_are_shown_with_a_space_and_awss_units(client, create, cpu, memory, disk):
    """In the capacity to begin with, and in the one that is never exceeded."""
    size = {"cpu": cpu, "memory": memory, "disk": disk}
    app = create(maximumCapacity=size, initialCapacity={"Driver": {"workerCount": 1, "workerConfiguration": size}})
    expected = {"cpu": "4 vCPU", "memory": "16 GB", "disk": "30 GB"}
    answer = application(client, app)
    assert answer["maximumCapacity"] == expected
    assert answer["initialCapacity"]["Driver"]["workerConfiguration"] == expected


@needs_model("WorkerResourceConfig.diskType")
@pytest.mark.parametrize("given", ["SHUFFLE_OPTIMIZED", "Shuffle_optimized", "shuffle_Optimized"])
def test_2_5_the_shuffle_disk_type_is_shown_in_upper_case(client, create, given):
    """However it was given."""
    worker = {**WORKER["workerConfiguration"], "diskType": given}
    app = create(initialCapacity={"Executor": {"workerCount": 1, "workerConfiguration": worker}})
    stored = application(client, app)["initialCapacity"]["Executor"]["workerConfiguration"]
    assert stored["diskType"] == "SHUFFLE_OPTIMIZED"


@pytest.mark.needs_model("CreateApplication.identityCenterConfiguration")
def test_13_an_identity_center_instance_goes_in_and_its_application_comes_out(client, create):
    """With an ARN of the form that the model asks for."""
    instance = "ssoins-1234567890abcdef"
    given = {"identityCenterInstanceArn": f"arn:aws:sso:::instance/{instance}"}
    app = create(releaseLabel="emr-7.8.0", identityCenterConfiguration=given)
    assert application(client, app)["identityCenterConfiguration"] == {
        **given,
        "identityCenterApplicationArn": f"arn:aws:sso::123456789012:application/{instance}/apl-{app}",
    }
