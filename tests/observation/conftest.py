"""The tests of what an author steers and sees: with the fixtures of the service's tests, through a client."""

from __future__ import annotations

from tests.service.conftest import (  # noqa: F401
    app,
    client,
    create,
    emr,
    plain_client,
    pytest_collection_modifyitems,
    pytest_configure,
    refuses,
    submit,
)
