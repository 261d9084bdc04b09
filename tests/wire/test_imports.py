"""Whoever asked is told of each import of a module, and nothing else about the import differs."""

from __future__ import annotations

import importlib
import sys

import pytest

from emrs_mock.wire.imports import tell

NAME = "a_module_to_import"


class OldFinder:
    """A finder from before Python 3.4, without `find_spec`."""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module, whose name nobody else has; returns how to import it anew."""
    (tmp_path / f"{NAME}.py").write_text("value = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setitem(sys.modules, NAME, None)

    def imported():
        del sys.modules[NAME]
        return importlib.import_module(NAME)

    return imported


def told(name=NAME):
    """What is noted at each import of a module: the value that it has then."""
    values = []
    tell(name, lambda: values.append(sys.modules[name].value))
    return values


def test_each_import_is_told_when_the_module_is_complete(module):
    """The first one, and one of a module that was removed from `sys.modules`."""
    values = told()
    module()
    module()
    assert values == [1, 1]


def test_a_module_has_the_loader_that_it_has_without(module):
    """Its reader may look for files beside it, and `reload` uses it."""
    without = module()
    values = told()
    with_ = module()
    assert type(with_.__loader__) is type(with_.__spec__.loader) is type(without.__loader__)
    assert importlib.reload(with_).value == 1
    assert values == [1, 1]


def test_all_finders_are_asked_in_their_order(module, monkeypatch):
    """Those that answer nothing, and one from before `find_spec`, which is passed over."""
    values = told()
    monkeypatch.setattr(sys, "meta_path", [sys.meta_path[0], OldFinder(), *sys.meta_path[1:]])
    assert module().value == 1
    assert values == [1]


def test_a_module_that_does_not_exist_is_not_found(module):
    """As without."""
    tell("a_module_that_is_nowhere", lambda: pytest.fail("told of a module that does not exist"))
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_nowhere"):
        importlib.import_module("a_module_that_is_nowhere")


def test_who_asks_last_is_told(module):
    """Asking a second time adds no finder."""
    first, finders = told(), len(sys.meta_path)
    second = told()
    module()
    assert (first, second, len(sys.meta_path)) == ([], [1], finders)
