"""The `Host` that `wire` calls: it answers calls with the operations and the layers around them.

What the test's author uses is the handle, in `emr_serverless`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import timedelta

from emrs_mock._call import Answer, Call, Caller, Layer, Reply, ServiceError
from emrs_mock.clocks.kinds import Time, time_of
from emrs_mock.observation.calls import Recorder
from emrs_mock.observation.poll_watch import PollWatch
from emrs_mock.operations.dispatch import perform
from emrs_mock.options import Options
from emrs_mock.scenario.faults import Faults, KnownNames
from emrs_mock.scenario.latency import Latency
from emrs_mock.scenario.quotas import Throttle
from emrs_mock.sim.clock import Clock as SimulationClock
from emrs_mock.sim.simulation import Simulation
from emrs_mock.wire import clients, known_names, masking
from emrs_mock.wire.wrapping import COPY

EXTRA_LAYERS: list[Callable[[Simulation], Layer]] = []
"""Factories of further layers for every mock; the pytest plugin adds one for state coverage."""


class Backend:
    """The `Host` of one mock: a simulation that answers calls."""

    copy = COPY

    def __init__(self, options: Options, time: Time | None = None) -> None:
        self.options = options
        self.is_used = False
        """Whether it has answered a call, or was forked."""
        self.closed = False
        """Whether the mock has ended; then a call raises RuntimeError."""
        self._callers: dict[tuple[str, str, str], Caller] = {}
        self._accounts = clients.accounts_by_key(options.accounts or {})
        self.time = time or time_of(options.clock, options.starts_at(), options.grace_length())
        clock = SimulationClock(self.time.source())
        vcpus = None if options.quotas is None else options.quotas.vcpus
        self.simulation = Simulation(clock, options.timing, options.seed, vcpus)
        self.faults = Faults(KnownNames(known_names.operations, known_names.error_codes), options.seed)
        self.recorder = Recorder(self.simulation, masking.masks_of, options.calls_kept)
        self.answer = compose(self._layers(), self._core)

    def caller(self, access_key: str | None, account_id: str | None, region: str, partition: str) -> Caller:
        """The caller: an IAM user in the account of the access key, else of the credentials, else of the mock."""
        account = self._accounts.get(access_key or "") or account_id or self.options.account_id
        key = (account, region, partition)
        if key not in self._callers:
            arn = f"arn:{partition}:iam::{account}:user/emrs-mock"  # assumed: facts §16, createdBy
            self._callers[key] = Caller(account, region, partition, arn)
        return self._callers[key]

    def pause(self, delay: timedelta) -> None:
        """Sleep on the mock's clock, unless a handler makes the call."""
        if not self.simulation.is_handling:
            self.time.sleep(delay)

    def pause_async(self, delay: timedelta) -> Awaitable[None]:
        """Sleep on the mock's clock, unless a handler makes the call."""
        return _nothing() if self.simulation.is_handling else self.time.sleep_async(delay)

    def _core(self, call: Call) -> Reply:
        if self.closed:
            raise RuntimeError(f"{call.operation}: the mock that this client belongs to has ended (docs: activation)")
        caller = call.caller
        self.simulation.catch_up()
        with self.simulation.lock:
            self.is_used = True
            world = self.simulation.world(caller.account_id, caller.region, caller.partition)
            try:
                return Reply(perform(world, call))
            except ServiceError as refusal:
                return Reply(refusal)

    def _layers(self) -> Iterator[Layer]:
        yield self.recorder
        yield from (make_layer(self.simulation) for make_layer in EXTRA_LAYERS)
        latency = self.options.latency_of_calls(self.time.latency)
        if latency:
            yield Latency(latency)
        if self.time.tells_of_waits:
            yield PollWatch(self.simulation, self.options.patience_length())
        if self.options.quotas is not None:
            yield Throttle(self.simulation, self.options.quotas.rates, known_names.operations())
        yield self.faults


async def _nothing() -> None:
    """Do not sleep: no time passes while a handler runs."""


def compose(layers: Iterable[Layer], core: Answer) -> Answer:
    """Put the layers around the core; the first layer is the outermost."""
    answer = core
    for layer in reversed(list(layers)):
        answer = _around(layer, answer)
    return answer


def _around(layer: Layer, inner: Answer) -> Answer:
    step = layer.__call__  # a method is called faster than an object that has one
    return lambda call: step(call, inner)
