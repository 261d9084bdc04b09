"""Custom images: what may be said of them, and which digest an application and its job runs show (facts §13)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from emrs_mock._call import Call
from emrs_mock.operations.capacity import worker_type_problem
from emrs_mock.operations.error_texts import application_of, invalid, missing
from emrs_mock.operations.relevance import about
from emrs_mock.sim.records import Application, JobRun
from emrs_mock.sim.releases import supports
from emrs_mock.sim.world import World

Params = Mapping[str, Any]

IMAGE = "imageConfiguration"
WORKERS = "workerTypeSpecifications"


@about(IMAGE, WORKERS)
def images_are_named(world: World, call: Call) -> None:
    """A new application's image has its URI (facts §13); an update without one takes the image away (facts §2.4)."""
    for path, image in _images(call.params):
        if not image.get("imageUri"):
            raise missing(f"{path}.imageUri")


@about(WORKERS)
def worker_types_are_the_engines(world: World, call: Call) -> None:
    """Worker types are those of the engine (facts §4.4)."""
    engine = call.params.get("type") or application_of(world, call).spec["type"]
    if problem := worker_type_problem(engine, call.params.get(WORKERS) or {}):
        raise invalid(problem)


@about(IMAGE, WORKERS)
def images_are_said_in_one_place(world: World, call: Call) -> None:
    """One image for all worker types, or one for each, not both (facts §13)."""
    spec = application_of(world, call).spec if "applicationId" in call.params else {}
    said = {**spec, **call.params}
    if kept_image(said.get(IMAGE) or {}) and kept_workers(said.get(WORKERS) or {}):
        raise invalid(f"Only one of {IMAGE} and {WORKERS} can be specified.")  # assumed: the text


@about(IMAGE, WORKERS)
def images_stay_while_workers_wait(world: World, call: Call) -> None:
    """While STARTED, the images of an application with pre-initialised capacity stay as they are (facts §2.2)."""
    application = application_of(world, call)
    if application.state == "STARTED" and application.settings.initial and call.params.keys() & {IMAGE, WORKERS}:
        raise invalid(
            "Custom image updates on running applications are not supported on applications with pre-initialized "
            "capacity configured."  # assumed: the text, a sentence of the user guide
        )


def kept_image(image: Params) -> Params:
    """An image configuration as it is kept: nothing if it names no image (facts §2.4)."""
    return image if image.get("imageUri") else {}


def kept_workers(workers: Params) -> dict[str, Any]:
    """Worker type specifications as they are kept: without the images that name none, and nothing if none is left."""
    kept = {name: {**worker, IMAGE: kept_image(worker.get(IMAGE) or {})} for name, worker in workers.items()}
    return {name: worker for name, worker in kept.items() if worker[IMAGE]}


def _images(spec: Params) -> Iterator[tuple[str, Params]]:
    """The image configurations in a request, each with its path."""
    if spec.get(IMAGE) is not None:
        yield IMAGE, spec[IMAGE]
    for name, worker in (spec.get(WORKERS) or {}).items():
        if worker.get(IMAGE) is not None:
            yield f"{WORKERS}.{name}.{IMAGE}", worker[IMAGE]


def of_application(record: Application) -> dict[str, Any]:
    """The images of an application, with their digests from its first STARTED on (facts §13)."""
    return {} if record.started_at is None else _resolved(record.spec, lambda image: True)


def of_new_job_run(application: Application) -> dict[str, Any]:
    """The images of a job run at submission; the application or the job run resolved them by then, or neither did."""
    label, is_started = application.spec["releaseLabel"], application.started_at is not None
    return _resolved(application.spec, lambda image: is_started or _is_resolved_by_job_run(image, label))


def of_job_run(run: JobRun) -> dict[str, Any]:
    """The images of a job run, all with their digests once it has run (facts §13)."""
    label, has_run = run.inherited["releaseLabel"], any(attempt.started_at is not None for attempt in run.attempts)
    return _resolved(run.inherited, lambda image: has_run or _is_resolved_by_job_run(image, label))


def _is_resolved_by_job_run(image: Params, label: str) -> bool:
    return not image.get("applicationLevelDigestResolution", not supports(label, "job run level digests"))


def _resolved(spec: Params, is_resolved: Any) -> dict[str, Any]:
    def shown(image: Params) -> Params:
        return {**image, "resolvedImageDigest": digest_of(image["imageUri"])} if is_resolved(image) else image

    images: dict[str, Any] = {}
    if IMAGE in spec:
        images[IMAGE] = shown(spec[IMAGE])
    if WORKERS in spec:
        images[WORKERS] = {name: {**worker, IMAGE: shown(worker[IMAGE])} for name, worker in spec[WORKERS].items()}
    return images


def digest_of(image_uri: str) -> str:
    """The digest that an image URI names, or one made of it."""
    # assumed: what a tag points to is not known here; the same URI always has the same digest
    named = image_uri.partition("@")[2]
    return named or f"sha256:{hashlib.sha256(image_uri.encode()).hexdigest()}"
