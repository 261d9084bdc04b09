"""Everything that the process needs once, before the first mock is active: wrappers that ask `active_mocks`."""

from __future__ import annotations

from emrs_mock.activation import active_mocks, children


def install() -> None:
    """Put on botocore, `subprocess` and `multiprocessing` what is not there, or was taken off."""
    from emrs_mock.wire import attach, look_ups

    attach.install(active_mocks.find)
    attach.protect(active_mocks.protection)
    look_ups.install(active_mocks.protection)
    children.install()
