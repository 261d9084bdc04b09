"""Decorated classes: one mock for each class, and each of its tests leaves no trace in it.

Hooks are put around the set-ups and tear-downs that unittest and pytest look for, so that both runners work and
subclasses inherit them. A hook does nothing where an outer one, of a method that called this one by `super()`, does it
already. A test gets a copy of all that was there when it began, what wider fixtures of pytest made included.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any

from emrs_mock.activation import active_mocks, decorated_functions

if TYPE_CHECKING:
    from emrs_mock.handle.emr_serverless import EMRServerless
    from emrs_mock.handle.surroundings import Enterable

MakeMock = Callable[[], "Enterable[EMRServerless]"]
Around = Callable[[Any], AbstractContextManager[None]]

_FAMILY = "_emrs_mock_family"
"""The attribute by which a class, and all that inherit from it, know how they are decorated."""


@dataclass
class Run:
    """What goes on between a class's set-up and its end: its mock, and the test that has begun."""

    mock: Enterable[EMRServerless]
    emr: EMRServerless
    test: Any = None
    checkpoint: Any = None

    def begin(self, test: Any) -> bool:
        """Remember what is there as the test begins; False if it has begun already."""
        if self.test is test:
            return False
        if self.test is not None:
            self.rewind()  # that one never came to its end
        self.test, self.checkpoint = test, self.emr._checkpoint()
        self.emr._has_failed = False
        return True

    def end(self) -> None:
        """Be again as before the test began; raises what the end of a mock does."""
        try:
            self.emr._check_complete()
        finally:
            self.rewind()

    def rewind(self) -> None:
        """Be again as before the test began."""
        self.emr._rewind(self.checkpoint)
        self.test = None


@dataclass
class Family:
    """A decorated class and its subclasses, and the run of each that is being tested."""

    make_mock: MakeMock
    as_kwarg: str | None
    runs: dict[type, Run] = field(default_factory=dict)

    def run(self, test: Any) -> Run | None:
        """The run that a test belongs to; the test is an instance, a class, or None for a static method."""
        if test is None:
            return next(reversed(self.runs.values()), None)
        return self.runs.get(test if inspect.isclass(test) else type(test))


def decorate(cls: type, make_mock: MakeMock, as_kwarg: str | None) -> type:
    """Put the hooks on a class now, and on each subclass when it is made.

    Test methods that have the parameter `as_kwarg` get the handle. Raises TypeError where a hook has no place.
    """
    setattr(cls, _FAMILY, Family(make_mock, as_kwarg))
    _prepare(cls)
    _prepare_subclasses(cls)
    return cls


def _family(cls: type) -> Family:
    family: Family = getattr(cls, _FAMILY)
    return family


def _prepare_subclasses(cls: Any) -> None:
    own = vars(cls).get("__init_subclass__")

    def prepare(sub: type, /, **kwargs: Any) -> None:
        (super(cls, sub).__init_subclass__ if own is None else own.__get__(None, sub))(**kwargs)
        _prepare(sub)

    cls.__init_subclass__ = classmethod(prepare)


def _prepare(cls: type) -> None:
    """Wrap what the class defines or inherits, unless that is done already."""
    for name, around in (CASE_HOOKS if _is_case(cls) else PYTEST_HOOKS).items():
        original = inspect.getattr_static(cls, name, None)
        if not hasattr(getattr(original, "__func__", original), "_emrs_mock_hook"):
            _refuse_fixture(cls, name, original)
            setattr(cls, name, _hook(name, original, around))
    for name in dir(cls):
        original = inspect.getattr_static(cls, name)
        if name.startswith("test") and isinstance(original, FunctionType | staticmethod | classmethod):
            setattr(cls, name, _prepared_test(_family(cls), original))


def _is_case(cls: type) -> bool:
    import unittest

    return issubclass(cls, unittest.TestCase)


# --- tests ----------------------------------------------------------------------------------------------------------


def _prepared_test(family: Family, original: Any) -> Any:
    made_for = getattr(original, "_self_family", None)
    if made_for is family:
        return original
    function = original if made_for is None else original.__wrapped__
    as_kwarg = family.as_kwarg if family.as_kwarg and decorated_functions.takes(function, family.as_kwarg) else None
    wrapper = decorated_functions.decorate(function, lambda test: _door(family, test), as_kwarg)
    wrapper._self_family = family
    return wrapper


def _door(family: Family, test: Any) -> decorated_functions.Door:
    """The mock of the test's class; a new one if the class was not set up."""
    run = family.run(test)
    return family.make_mock() if run is None else _inside(run.emr)


@contextmanager
def _inside(emr: EMRServerless) -> Iterator[EMRServerless]:
    active_mocks.adopt(emr)
    try:
        yield emr
    except BaseException:
        emr._has_failed = True
        raise


# --- what the hooks do ----------------------------------------------------------------------------------------------


@contextmanager
def _class_begins(cls: type) -> Iterator[None]:
    family = _family(cls)
    if cls in family.runs:
        yield
        return
    with ExitStack() as undo:
        mock = family.make_mock()
        family.runs[cls] = Run(mock, undo.enter_context(mock))
        undo.callback(family.runs.pop, cls)
        yield
        undo.pop_all()


@contextmanager
def _class_ends(cls: type) -> Iterator[None]:
    run = _family(cls).runs.pop(cls, None)
    with ExitStack() as end:
        if run is not None:
            end.push(run.mock)
        yield


@contextmanager
def _case_class_begins(cls: Any) -> Iterator[None]:
    """Let the mock end by the first of the class's clean-ups, which is the last to be called."""
    if cls in _family(cls).runs:
        yield
        return
    with _class_begins(cls):
        cls.addClassCleanup(_end, cls)
    try:
        yield
    except Exception:
        raise  # the runners call the clean-ups now
    except BaseException:
        cls.doClassCleanups()  # the runners do not
        raise


def _end(cls: type) -> None:
    _family(cls).runs.pop(cls).mock.stop()


@contextmanager
def _test_begins(test: Any) -> Iterator[None]:
    if run := _family(type(test)).run(test):
        run.begin(test)
    yield


@contextmanager
def _test_ends(test: Any) -> Iterator[None]:
    run = _family(type(test)).run(test)
    if run is None or run.test is not test:
        yield
        return
    run.test = None
    try:
        yield
    finally:
        run.end()


@contextmanager
def _case_begins(test: Any) -> Iterator[None]:
    """Within the context of an `IsolatedAsyncioTestCase`, which is older than the mock."""
    if run := _family(type(test)).run(test):
        active_mocks.adopt(run.emr)
        if run.begin(test):
            test.addCleanup(run.end)
    yield


# --- how they are put there -----------------------------------------------------------------------------------------

CLASS_HOOKS: Mapping[str, Around] = {"setup_class": _class_begins, "teardown_class": _class_ends}
TEST_HOOKS: Mapping[str, Around] = {"setup_method": _test_begins, "teardown_method": _test_ends}

PYTEST_HOOKS = {**CLASS_HOOKS, **TEST_HOOKS}
# pytest calls the hooks of tests on a TestCase too, before its function-scoped fixtures; unittest does not.
CASE_HOOKS = {"setUpClass": _case_class_begins, "setUp": _case_begins, **TEST_HOOKS}

_ON_CLASS = {*CLASS_HOOKS, "setUpClass"}


def _hook(name: str, original: Any, around: Around) -> Any:
    on_class = name in _ON_CLASS

    # pytest counts the parameters: this one is there to be passed on to an original that wants it.
    def hook(subject: Any, method: Any = None) -> None:
        with around(subject):
            if original is not None:
                bound = _bound(original, None if on_class else subject, subject if on_class else type(subject))
                bound(*((subject if on_class else method,) if _takes_one(bound) else ()))

    hook.__name__ = name
    vars(hook)["_emrs_mock_hook"] = True
    return classmethod(hook) if on_class else hook


def _bound(original: Any, instance: Any, owner: type) -> Any:
    """What looking the attribute up would give."""
    # By its type, as Python does: a bound method of 3.11 and 3.12 is no descriptor, but lends its function's `__get__`.
    get = getattr(type(original), "__get__", None)
    return original if get is None else get(original, instance, owner)


def _takes_one(function: Any) -> bool:
    """As pytest counts: what a decorator such as `mock.patch` fills in itself is not a parameter."""
    parameters = inspect.signature(function, follow_wrapped=False).parameters.values()
    return any(each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD) for each in parameters)


def _refuse_fixture(cls: type, name: str, original: Any) -> None:
    if hasattr(original, "_fixture_function") or hasattr(original, "_pytestfixturefunction"):
        raise TypeError(
            f"{cls.__name__}.{name} is a pytest fixture, where the mock of a decorated class needs pytest's method of "
            "that name: give the fixture another one (docs: pytest)"
        )
