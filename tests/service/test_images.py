"""Custom images: where they are named, when they change, which digest is shown (facts §2.2, §2.4, §13)."""

from __future__ import annotations

import pytest

from tests.service.requests import RELEASE, application, job_run, start_job_run

pytestmark = pytest.mark.needs_model(
    "CreateApplication.imageConfiguration", "CreateApplication.workerTypeSpecifications"
)
URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/spark:1"
IMAGE = {"imageUri": URI}
OF_WORKERS = {"Driver": {"imageConfiguration": IMAGE}, "Executor": {"imageConfiguration": IMAGE}}
WORKER = {"workerCount": 1, "workerConfiguration": {"cpu": "4 vCPU", "memory": "16 GB", "disk": "20 GB"}}
DIGEST = pytest.mark.needs_model("ImageConfiguration.resolvedImageDigest", "JobRun.imageConfiguration")
LEVEL = pytest.mark.needs_model("ImageConfigurationInput.applicationLevelDigestResolution")
LIVE = {**IMAGE, "applicationLevelDigestResolution": False}


@pytest.fixture
def refuses_creation(client, refuses):
    """CreateApplication with these members must be refused; returns the message."""

    def refuses_creation(**members):
        refusal = refuses(client.create_application, **{"releaseLabel": RELEASE, "type": "SPARK", **members})
        assert (refusal.code, refusal.status) == ("ValidationException", 400)
        return refusal.message

    return refuses_creation


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"imageConfiguration": {}}, "imageConfiguration"),
        pytest.param(
            {"imageConfiguration": {"applicationLevelDigestResolution": True}}, "imageConfiguration", marks=LEVEL
        ),
        (
            {"workerTypeSpecifications": {"Driver": {"imageConfiguration": {}}}},
            "workerTypeSpecifications.Driver.imageConfiguration",
        ),
    ],
    ids=["empty", "digest resolution alone", "of a worker type"],
)
def test_13_a_new_image_configuration_names_an_image(client, refuses_creation, members, path):
    """Required when an application is created; the account's lists go on working."""
    assert refuses_creation(**members) == (
        f"1 validation error detected: Value at '{path}.imageUri' failed to satisfy constraint: Member must not be null"
    )
    assert client.list_applications()["applications"] == []


@pytest.mark.parametrize("given", [{}, pytest.param({"applicationLevelDigestResolution": True}, marks=LEVEL)])
def test_2_4_an_update_that_names_no_image_takes_it_away(emr, client, given):
    """Of the application, and of its worker types."""
    for member, value, update in (
        ("imageConfiguration", IMAGE, given),
        ("workerTypeSpecifications", OF_WORKERS, {name: {"imageConfiguration": given} for name in OF_WORKERS}),
    ):
        app = emr.add_application("CREATED", **{member: value}).id
        assert member in application(client, app)
        client.update_application(applicationId=app, **{member: update})
        assert member not in application(client, app)
        assert client.list_applications()["applications"][0]["id"] == app


def test_13_images_are_named_in_one_place(emr, client, refuses, refuses_creation):
    """For all worker types or for each; at Update what is left as it is counts too."""
    both = {"imageConfiguration": IMAGE, "workerTypeSpecifications": OF_WORKERS}
    created = refuses_creation(**both)
    assert created == "Only one of imageConfiguration and workerTypeSpecifications can be specified."
    app = emr.add_application("CREATED", imageConfiguration=IMAGE).id
    refusal = refuses(client.update_application, applicationId=app, workerTypeSpecifications=OF_WORKERS)
    assert refusal.message == created
    client.update_application(applicationId=app, imageConfiguration={}, workerTypeSpecifications=OF_WORKERS)
    assert "imageConfiguration" not in application(client, app)


@pytest.mark.parametrize(
    ("engine", "name"), [("SPARK", "TezTask"), ("SPARK", "HIVE_DRIVER"), ("Hive", "Executor"), ("SPARK", "Worker")]
)
def test_4_4_worker_type_specifications_are_of_the_engines_worker_types(refuses_creation, engine, name):
    """As an initial capacity is."""
    text = f"Worker type {name} is not supported for application type {engine.capitalize()}."
    assert refuses_creation(type=engine, workerTypeSpecifications={name: {"imageConfiguration": IMAGE}}) == text
    assert refuses_creation(type=engine, initialCapacity={name: WORKER}) == text


@pytest.mark.parametrize("member", [{"imageConfiguration": IMAGE}, {"workerTypeSpecifications": OF_WORKERS}], ids=str)
def test_2_2_images_of_a_started_application_with_initial_capacity_stay(emr, client, refuses, member):
    """Everything else can be updated, and its images when it has stopped."""
    app = emr.add_application("STARTED", initialCapacity={"Driver": WORKER}).id
    refusal = refuses(client.update_application, applicationId=app, **member)
    assert (refusal.code, refusal.status) == ("ValidationException", 400)
    assert "pre-initialized" in refusal.message
    client.update_application(applicationId=app, maximumCapacity={"cpu": "8 vCPU", "memory": "32 GB"})
    stopped = emr.add_application("STOPPED", initialCapacity={"Driver": WORKER}).id
    client.update_application(applicationId=stopped, **member)
    assert member.keys() <= application(client, stopped).keys()


def digest(shown):
    """The digest that an image of this application or job run was resolved to."""
    return shown["imageConfiguration"].get("resolvedImageDigest")


@DIGEST
def test_13_a_job_run_shows_the_digest_of_its_image(emr, client):
    """The application's, which has been started; of each worker type where each has its own."""
    app = emr.add_application(imageConfiguration=IMAGE).id
    shown = job_run(client, app, start_job_run(client, app))
    assert digest(shown) == digest(application(client, app))
    assert digest(shown).startswith("sha256:")
    app = emr.add_application(workerTypeSpecifications=OF_WORKERS).id
    for worker in job_run(client, app, start_job_run(client, app))["workerTypeSpecifications"].values():
        assert digest(worker).startswith("sha256:")


@DIGEST
def test_13_a_job_run_keeps_the_image_that_it_began_with(emr, client):
    """An update of the running application is for later job runs."""
    app = emr.add_application(imageConfiguration=IMAGE).id
    before = start_job_run(client, app)
    client.update_application(applicationId=app, imageConfiguration={"imageUri": URI.replace(":1", ":2")})
    after = start_job_run(client, app)
    assert digest(job_run(client, app, before)) != digest(job_run(client, app, after))


@DIGEST
@pytest.mark.parametrize(
    ("label", "image", "at_once"),
    [
        ("emr-7.13.0", IMAGE, False),
        ("emr-7.14.0", IMAGE, True),
        pytest.param("emr-7.13.0", LIVE, True, marks=LEVEL),
        pytest.param("emr-7.14.0", {**LIVE, "applicationLevelDigestResolution": True}, False, marks=LEVEL),
    ],
)
def test_13_a_digest_is_there_when_the_application_or_the_job_run_has_resolved_it(emr, client, label, image, at_once):
    """By default the application up to 7.13, and the job run from 7.14 on."""
    app = emr.add_application("CREATED", releaseLabel=label, imageConfiguration=image).id
    run = start_job_run(client, app)
    assert (digest(job_run(client, app, run)) is not None) is at_once
    emr.run_until(run, "RUNNING")
    assert digest(job_run(client, app, run)) == digest(application(client, app))


STREAMS = pytest.mark.needs_model("StartJobRun.mode", "StartJobRun.retryPolicy")


@DIGEST
@STREAMS
@pytest.mark.parametrize(
    ("mode", "policy", "picks_it_up"),
    [("STREAMING", {"maxFailedAttemptsPerHour": 3}, True), ("BATCH", {"maxAttempts": 3}, False)],
)
@pytest.mark.parametrize("label", ["emr-7.13.0", "emr-7.14.0"])
@pytest.mark.parametrize("per_worker", [False, True])
def test_3_6_the_next_attempt_of_a_streaming_job_run_uses_the_updated_image(
    emr, client, mode, policy, picks_it_up, label, per_worker
):
    """And its digest; the attempt that runs meanwhile, and further attempts of a BATCH job run, do not."""
    emr.when().fail(after=600)
    new = {"imageUri": URI.replace(":1", ":2")}
    images = [
        {"workerTypeSpecifications": {name: {"imageConfiguration": image} for name in OF_WORKERS}}
        if per_worker
        else {"imageConfiguration": image}
        for image in (IMAGE, new)
    ]

    def shown():
        of = job_run(client, app, run)
        return of["workerTypeSpecifications"]["Driver"] if per_worker else of

    app = emr.add_application(releaseLabel=label, **images[0]).id
    run = start_job_run(client, app, mode=mode, retryPolicy=policy)
    emr.run_until(run, "RUNNING")
    client.update_application(applicationId=app, **images[1])
    before = digest(shown())
    assert shown()["imageConfiguration"]["imageUri"] == URI
    emr.run_until(run, "PENDING")
    assert shown()["imageConfiguration"]["imageUri"] == (new["imageUri"] if picks_it_up else URI)
    assert (digest(shown()) != before) is picks_it_up


@DIGEST
@STREAMS
def test_3_6_an_image_that_was_taken_away_is_not_used_again(emr, client):
    """The next attempt of a streaming job run uses the release's own image, then."""
    emr.when().fail(after=600)
    app = emr.add_application(imageConfiguration=IMAGE).id
    run = start_job_run(client, app, mode="STREAMING")
    emr.run_until(run, "RUNNING")
    client.update_application(applicationId=app, imageConfiguration={})
    emr.run_until(run, "PENDING")
    assert "imageConfiguration" not in job_run(client, app, run)
