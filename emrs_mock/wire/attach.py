"""Where EMR Serverless calls are caught: on every endpoint of botocore, whatever made it, and when.

What is said to a caught call is `exchange`'s; which mock answers is for `FindHost` to say. Outside a
mock nothing here does anything: requests are signed and sent as ever.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import botocore
from botocore.endpoint import Endpoint

from emrs_mock._call import FindHost, Host
from emrs_mock.wire.codec import SERVICE
from emrs_mock.wire.exchange import Exchange

_lock = threading.Lock()
_watched: WeakSet[Endpoint] = WeakSet()
_bound: WeakKeyDictionary[Endpoint, Host] = WeakKeyDictionary()
# From `make_request` to the handlers that botocore calls below it, in the same context.
_ongoing: ContextVar[Exchange | None] = ContextVar("emrs_mock_ongoing", default=None)


def _nobody() -> Host | None:
    return None


_find: FindHost = _nobody


def install(find: FindHost) -> FindHost:
    """Let `find` say from now on which mock answers a call; returns what said so before.

    The wrapper it needs is put on botocore once, and again only if somebody has put the original back.
    """
    global _find
    with _lock:
        previous, _find = _find, find
        if not _is_ours(Endpoint.make_request):
            Endpoint.make_request = _catching(Endpoint.make_request)
    return previous


def bind(client: Any, host: Host) -> None:
    """Give `client` to `host` for good: its calls are `host`'s, whatever `find` says. Keeps `host` alive as long."""
    _bound[client._endpoint] = host


def _is_ours(function: Any) -> bool:
    return getattr(function, "_emrs_mock", False)


def _ours(function: Callable[..., Any]) -> Callable[..., Any]:
    vars(function)["_emrs_mock"] = True
    return function


# --- from the call to its exchange ----------------------------------------------------------------------------------


def _catching(real: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def make_request(self: Endpoint, operation_model: Any, request_dict: dict[str, Any]) -> Any:
        if operation_model.service_model.service_name != SERVICE:
            return real(self, operation_model, request_dict)
        host = _bound.get(self) or _find()
        before = _ongoing.get()
        if host is None and before is None:
            return real(self, operation_model, request_dict)
        exchange = None if host is None else _exchange(host, self, operation_model, request_dict)
        _ongoing.set(exchange)
        try:
            result = real(self, operation_model, request_dict)
        finally:
            _ongoing.set(before)
        return _within(exchange, before, result) if _is_async(self) else result

    return _ours(make_request)


async def _within(exchange: Exchange | None, before: Exchange | None, result: Awaitable[Any]) -> Any:
    _ongoing.set(exchange)
    try:
        return await result
    finally:
        # By identity and not by token: a call may be closed in another context than it ran in.
        if _ongoing.get() is exchange:
            _ongoing.set(before)


def _exchange(host: Host, endpoint: Endpoint, operation_model: Any, request_dict: dict[str, Any]) -> Exchange:
    if endpoint not in _watched:
        _watch(endpoint, operation_model.service_model.service_id.hyphenize())
    _hush_moto()
    return Exchange(host, operation_model.name, request_dict["context"], _is_async(endpoint))


_is_coroutine_function = cache(inspect.iscoroutinefunction)


def _is_async(endpoint: Endpoint) -> bool:
    return _is_coroutine_function(type(endpoint)._send_request)


# --- what is put on an endpoint -------------------------------------------------------------------------------------


def _watch(endpoint: Endpoint, service_id: str) -> None:
    """Put our handlers on an endpoint, once.

    Two threads that register the same `unique_id` at a time can add it twice, and a job would start
    twice: hence the lock. They can also lose it to a stale look-up cache: hence `_guard`.
    """
    with _lock:
        if endpoint not in _watched:
            for event, handler in HANDLERS.items():
                unique_id = f"emrs-mock-{event}"
                endpoint._event_emitter.register(f"{event}.{service_id}", handler, unique_id=unique_id)
            _guard(endpoint)
            _watched.add(endpoint)


def _do_not_sign(**kwargs: Any) -> Any:
    return _ongoing.get() and botocore.UNSIGNED


def _note_caller(request_signer: Any, **kwargs: Any) -> None:
    """Take what the credentials hold, never what they answer: the properties of refreshable ones refresh them."""
    if exchange := _ongoing.get():
        held = getattr(request_signer._credentials, "__dict__", {})
        exchange.access_key = held.get("access_key") or held.get("_access_key")
        exchange.account_id = held.get("account_id") or held.get("_account_id")


def _answer(request: Any, **kwargs: Any) -> Any:
    exchange = _ongoing.get()
    return exchange and exchange.reply(request)


HANDLERS = {"choose-signer": _do_not_sign, "before-sign": _note_caller, "before-send": _answer}


def _guard(endpoint: Endpoint) -> None:
    """Answer at the last step before the network, should our `before-send` handler have been lost."""
    own = vars(endpoint).get("_send")

    def real(request: Any) -> Any:
        return own(request) if own else type(endpoint)._send(endpoint, request)

    def send(request: Any) -> Any:
        return _answer(request) or real(request)

    async def send_async(request: Any) -> Any:
        result = send(request)
        return await result if inspect.isawaitable(result) else result

    endpoint._send = send_async if _is_async(endpoint) else send


def _hush_moto() -> None:
    """Keep moto's handler away from calls of ours: it answers too, and its errors would destroy our answer."""
    stubber = getattr(sys.modules.get("moto.core.botocore_stubber"), "BotocoreStubber", None)
    if stubber is not None and not _is_ours(stubber.__call__):
        with _lock:
            if not _is_ours(stubber.__call__):
                stubber.__call__ = _hushed(stubber.__call__)


def _hushed(real: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def call(self: Any, event_name: str, request: Any, **kwargs: Any) -> Any:
        if _ongoing.get() and event_name.startswith(f"before-send.{SERVICE}."):
            return None
        return real(self, event_name, request, **kwargs)

    return _ours(call)
