"""Where EMR Serverless calls are caught: on every endpoint of botocore, whatever made it, and when.

A caught call goes through botocore as any other, up to the step that would use the network; there `exchange` answers
it. Which mock does is for `FindHost` to say. Outside of a mock nothing here does anything: requests are signed and sent
as ever. Calls of other services are let through, or kept off the network where a mock asks for that.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import cache, partial
from typing import Any
from weakref import WeakSet, ref

from botocore.endpoint import Endpoint
from botocore.model import ServiceModel

from emrs_mock._call import FindHost, FindProtection, Host, Protection
from emrs_mock._forks import survives_forks
from emrs_mock.wire.codec import SERVICE, installed
from emrs_mock.wire.doubles import Blocked
from emrs_mock.wire.exchange import Exchange
from emrs_mock.wire.imports import tell
from emrs_mock.wire.parsed import has_usual_parser
from emrs_mock.wire.wrapping import COPY, is_outermost, is_wrapped, marked, wrap

_kept = globals().get  # by which a module that is reloaded while a mock is active goes on with what it had

_MODULE = Endpoint.__module__
_lock = _kept("_lock") or survives_forks(threading.Lock())
_watched: WeakSet[Endpoint] = _kept("_watched") or WeakSet()
# From `make_request` to the handlers that botocore calls below it, in the same context.
_ongoing: ContextVar[Exchange | Blocked | None] = _kept("_ongoing") or ContextVar("emrs_mock_ongoing", default=None)


def _no_host() -> Host | None:
    return None


def _no_protection() -> Protection | None:
    return None


_find: FindHost = _kept("_find") or _no_host
_protection: FindProtection = _kept("_protection") or _no_protection


def install(find: FindHost) -> FindHost:
    """Let `find` say from now on which mock answers a call; returns what said so before.

    The wrapper it needs is put on botocore once, and again only where it was taken off.
    """
    global _find
    previous, _find = _find, find
    import botocore.endpoint as current  # noqa: F401  # the one of clients to come, where it was imported anew

    _catch_calls()
    tell(_MODULE, _catch_calls)
    return previous


def _catch_calls() -> None:
    for each in _endpoints():
        if not is_wrapped(each.make_request):
            wrap(each, "make_request", partial(_catching, _unsigned_of(each)))


def _endpoints() -> list[type[Endpoint]]:
    """Botocore's class, once per import of botocore: one that is gone from `sys.modules` may still have clients."""
    return [each for each in object.__subclasses__() if each.__name__ == "Endpoint" and each.__module__ == _MODULE]


def _unsigned_of(endpoint: type[Endpoint]) -> object:
    """What the botocore of an endpoint takes for "do not sign"."""
    create_request: Any = inspect.unwrap(endpoint.__init__).__globals__["create_request_object"]
    return inspect.unwrap(create_request).__globals__["botocore"].UNSIGNED


def protect(protection: FindProtection) -> FindProtection:
    """Let `protection` say from now on what mocks ask of other services' calls; returns what said so before."""
    global _protection
    previous, _protection = _protection, protection
    return previous


def bind(client: Any, host: Host) -> None:
    """Give `client` to `host` for good: its calls are `host`'s, whatever `find` says. Keeps `host` alive as long."""
    client._endpoint._emrs_mock_bound = host


# --- from the call to its exchange ----------------------------------------------------------------------------------


def _catching(unsigned: object, real: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Endpoint, operation_model: Any, request_dict: dict[str, Any]) -> Any:
        exchange = _exchange(self, operation_model, request_dict, unsigned)
        before = _ongoing.get()
        if exchange is None and before is None:
            return real(self, operation_model, request_dict)
        _ongoing.set(exchange)
        try:
            result = real(self, operation_model, request_dict)
        finally:
            _ongoing.set(before)
        return _within(exchange, before, result) if _is_async(self) else result

    return make_request


async def _within(exchange: Any, before: Any, result: Awaitable[Any]) -> Any:
    _ongoing.set(exchange)
    try:
        return await result
    finally:
        # By identity and not by token: a call may be closed in another context than it ran in.
        if _ongoing.get() is exchange:
            _ongoing.set(before)


def _exchange(
    endpoint: Endpoint, operation_model: Any, request_dict: dict[str, Any], unsigned: object
) -> Exchange | Blocked | None:
    """What answers a call, or keeps it from leaving; None where it is for botocore alone."""
    service = operation_model.service_model.service_name
    if service != SERVICE:
        return _blocked(endpoint, service, operation_model.name)
    host = _host(endpoint)
    if host is None:
        return None
    if endpoint not in _watched:
        _watch(endpoint, operation_model.service_model)
    _stand_before_the_network(endpoint)
    _hush_moto()
    return Exchange(host, operation_model.name, request_dict["context"], _is_async(endpoint), unsigned)


def _host(endpoint: Endpoint) -> Host | None:
    """The host of a call, unless it is of another copy of this package: that copy's own wrapper finds it too."""
    host: Host | None = vars(endpoint).get("_emrs_mock_bound") or _find()
    return host if host is not None and host.copy is COPY else None


def _blocked(endpoint: Endpoint, service: str, operation: str) -> Blocked | None:
    protection = _protection()
    if protection is None or not protection.blocks_others:
        return None
    _stand_before_the_network(endpoint)
    return Blocked(service, operation, endpoint.host)


_is_coroutine_function = cache(inspect.iscoroutinefunction)


def _is_async(endpoint: Endpoint) -> bool:
    return _is_coroutine_function(type(endpoint)._send_request)


# --- what is put on an endpoint -------------------------------------------------------------------------------------


def _watch(endpoint: Endpoint, model: ServiceModel) -> None:
    """Put our handlers on an endpoint, once: botocore can add one twice where two threads register it at a time."""
    handlers: dict[str, Callable[..., Any]] = {"choose-signer": _do_not_sign, "before-sign": _note_caller}
    if not _is_async(endpoint) and model._service_description == installed().model._service_description:
        handlers["before-parse"] = partial(_hand_over, ref(endpoint))
    with _lock:
        if endpoint not in _watched:
            for event, handler in handlers.items():
                unique_id = f"emrs-mock-{event}-{id(COPY)}"
                endpoint._event_emitter.register(f"{event}.{model.service_id.hyphenize()}", handler, unique_id)
            _watched.add(endpoint)


def _do_not_sign(**kwargs: Any) -> Any:
    exchange = _ongoing.get()
    return exchange.unsigned if isinstance(exchange, Exchange) else None


def _note_caller(request_signer: Any, **kwargs: Any) -> None:
    """Take what the credentials hold, never what they answer: the properties of refreshable ones refresh them."""
    exchange = _ongoing.get()
    if isinstance(exchange, Exchange):
        held = getattr(request_signer._credentials, "__dict__", {})
        exchange.access_key = held.get("access_key") or held.get("_access_key")
        exchange.account_id = held.get("account_id") or held.get("_account_id")


def _hand_over(
    endpoint: ref[Endpoint],
    event_name: str,
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    **kwargs: Any,
) -> None:
    """Spare botocore the parsing of what we have just written, unless others want to see the body."""
    exchange, parsing = _ongoing.get(), endpoint()
    if not isinstance(exchange, Exchange) or parsing is None or not has_usual_parser(parsing):
        return
    emitter = getattr(parsing._event_emitter, "_emitter", parsing._event_emitter)
    called = getattr(emitter, "_lookup_cache", {}).get(event_name) or ()
    if len(called) == 1:  # no handler but this one
        parsed = exchange.parsed(response_dict["body"])
        if parsed is not None:
            response_dict["body"] = b""
            customized_response_dict.update(parsed)


def _stand_before_the_network(endpoint: Endpoint) -> None:
    """Answer in place of the network, after all handlers: one that answers keeps the service from acting.

    A handler of ours for `before-send` would act whatever others answer, as botocore calls all of them.
    """
    if is_outermost(vars(endpoint).get("_send")):
        return
    with _lock:
        own = vars(endpoint).get("_send")
        if not is_wrapped(own):
            endpoint._send = marked(_sending(endpoint, own), own)


def _sending(endpoint: Endpoint, own: Callable[..., Any] | None) -> Callable[..., Any]:
    def send(request: Any) -> Any:
        exchange = _ongoing.get()
        response = None if exchange is None else exchange.reply(request)
        if response is not None:
            return response
        return own(request) if own else type(endpoint)._send(endpoint, request)

    async def send_async(request: Any) -> Any:
        result = send(request)
        return await result if inspect.isawaitable(result) else result

    return send_async if _is_async(endpoint) else send


def _hush_moto() -> None:
    """Keep moto's handler away from calls of ours: it answers too, before the network would be reached."""
    stubber = getattr(sys.modules.get("moto.core.botocore_stubber"), "BotocoreStubber", None)
    if stubber is not None:
        wrap(stubber, "__call__", _hushed)


def _hushed(real: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, event_name: str, request: Any, **kwargs: Any) -> Any:
        if event_name.startswith(f"before-send.{SERVICE}.") and _ongoing.get():
            return None
        return real(self, event_name, request, **kwargs)

    return call
