"""What can go wrong, by the names that ccxt has for it.

Every error that the host answered with keeps its words: ``str(error)`` is its sentence, the field that is wrong and
the remedy; ``error.code``, ``error.status``, ``error.field`` and ``error.remedy`` have them one by one.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Type


class BaseError(Exception):
    """The root of all errors of this package."""

    #: The host's word for programs, such as ``unknown_pair``; ``None`` where the host said nothing.
    code: Optional[str] = None
    #: The status of its HTTP answer.
    status: Optional[int] = None
    #: The field or parameter that is wrong.
    field: Optional[str] = None
    #: What to do.
    remedy: Optional[str] = None
    #: The order that it is about, where there is one.
    order: Optional[Dict[str, Any]] = None
    #: The id that the same request can be repeated with: :meth:`Patchbay.create_order` has no second effect then.
    client_order_id: Optional[str] = None


class ExchangeError(BaseError):
    """The host or the exchange says no. Asking again changes nothing."""


class AuthenticationError(ExchangeError):
    """No token was given, or the host does not know it."""


class PermissionDenied(AuthenticationError):
    """The token's scope, or the host's configuration, does not allow it."""


class ArgumentsRequired(ExchangeError):
    """Something that has to be given is missing."""


class BadRequest(ExchangeError):
    """A parameter is wrong."""


class BadSymbol(BadRequest):
    """The exchange has no such market, or the host does not follow it."""


class OperationRejected(ExchangeError):
    """The host does not do it as things are, such as orders while the kill switch is on."""


class InsufficientFunds(ExchangeError):
    """The account cannot pay for it."""


class InvalidOrder(ExchangeError):
    """The order breaks a rule of the host or of the exchange. Nothing of it lives."""


class OrderNotFound(InvalidOrder):
    """There is no such order, or it has ended already."""


class DuplicateOrderId(InvalidOrder):
    """The client order id stands for another order already."""


class NotSupported(ExchangeError):
    """Patchbay, or this connector, does not offer it."""


class OperationFailed(BaseError):
    """It did not work this time, and may work the next time."""


class NetworkError(OperationFailed):
    """The connection to the host failed."""


class RateLimitExceeded(NetworkError):
    """More requests than the host takes, also after waiting."""


class ExchangeNotAvailable(NetworkError):
    """The host is not reachable, or the connector is not ready."""


class RequestTimeout(NetworkError):
    """No answer came in time. Whether the request was carried out is not known."""


class BadResponse(OperationFailed):
    """What answered is not a Patchbay host of API version 1."""


class BookUnavailable(ExchangeNotAvailable):
    """There is no book just now. The next call waits for the next one."""


class MissedUpdates(NetworkError):
    """Updates of a stream are missing: they were not read in time, or could not be caught up. The next call goes on."""


# ccxt has these too. The host sums most of them up in those above; scripts may name them all.


class AccountNotEnabled(PermissionDenied):
    """The account may not do it at the exchange."""


class AccountSuspended(AuthenticationError):
    """The exchange has suspended the account."""


class NoChange(OperationRejected):
    """It is so already."""


class MarginModeAlreadySet(NoChange):
    """The margin mode is so already."""


class MarketClosed(OperationRejected):
    """The market is closed."""


class ManualInteractionNeeded(OperationRejected):
    """The exchange wants something done by hand."""


class RestrictedLocation(OperationRejected):
    """The exchange does not serve this place."""


class InvalidAddress(ExchangeError):
    """An address is wrong."""


class AddressPending(InvalidAddress):
    """An address is not there yet."""


class OrderNotCached(InvalidOrder):
    """The order is not kept."""


class OrderImmediatelyFillable(InvalidOrder):
    """The post-only order would trade at once."""


class OrderNotFillable(InvalidOrder):
    """The order cannot be filled as it wants to be."""


class ContractUnavailable(InvalidOrder):
    """The contract is not traded."""


class InvalidProxySettings(ExchangeError):
    """A proxy is wrong."""


class ExchangeClosedByUser(ExchangeError):
    """This client was closed."""


class DDoSProtection(NetworkError):
    """A guard before the exchange holds requests back."""


class OnMaintenance(ExchangeNotAvailable):
    """The exchange is being mended."""


class InvalidNonce(NetworkError):
    """A request's number or time is wrong."""


class ChecksumError(InvalidNonce):
    """A book does not agree with its checksum."""


class NullResponse(BadResponse):
    """An answer is empty."""


class CancelPending(OperationFailed):
    """The order is being cancelled."""


class UnsubscribeError(BaseError):
    """What was watched is watched no longer."""


#: The host's words for programs (docs/api/openapi.yaml).
CODES: Dict[str, Type[BaseError]] = {
    "malformed": BadRequest,
    "missing_field": ArgumentsRequired,
    "bad_field": BadRequest,
    "unknown_field": BadRequest,
    "ambiguous": ArgumentsRequired,
    "unauthorized": AuthenticationError,
    "forbidden": PermissionDenied,
    "confirm": PermissionDenied,
    "not_found": NotSupported,
    "unknown_connector": BadRequest,
    "unknown_account": BadRequest,
    "unknown_exchange": BadRequest,
    "unknown_pair": BadSymbol,
    "no_instrument": BadSymbol,
    "no_rate": BadSymbol,
    "unknown_order": OrderNotFound,
    "no_trading": PermissionDenied,
    "method_not_allowed": NotSupported,
    "client_order_id_in_use": DuplicateOrderId,
    "halted": OperationRejected,
    "disabled": OperationRejected,
    "advisory": PermissionDenied,
    "exchange_closed": OperationRejected,
    "open_orders": OperationRejected,
    "not_ready": ExchangeNotAvailable,
    "unsupported": NotSupported,
    "too_long": BadRequest,
    "media_type": BadRequest,
    "insufficient_funds": InsufficientFunds,
    "order_ended": OrderNotFound,
    "too_many_requests": RateLimitExceeded,
    "too_many_subscriptions": BadRequest,
    "lane_silent": ExchangeNotAvailable,
    "busy": ExchangeNotAvailable,
    "no_journal": ExchangeNotAvailable,
    "disk": ExchangeNotAvailable,
}

#: For codes of newer hosts.
STATUSES: Dict[int, Type[BaseError]] = {
    400: BadRequest,
    401: AuthenticationError,
    403: PermissionDenied,
    404: BadRequest,
    408: RequestTimeout,
    429: RateLimitExceeded,
    504: RequestTimeout,
}


def from_answer(status: Optional[int], body: Any, refused: Type[BaseError] = ExchangeError) -> BaseError:
    """The error that an answer of the host stands for.

    ``body`` is the whole answer, ``{"error": {...}}``; ``refused`` is the class for ``refused``, which is the host's
    code for what its checks or the exchange do not allow.
    """
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping) or not isinstance(error.get("code"), str):
        return _with(BadResponse(f"the answer (HTTP {status}) has no error of a Patchbay host in it"), status, {})
    code = error["code"]
    kind = refused if code == "refused" else CODES.get(code)
    if kind is None:
        kind = STATUSES.get(status or 0, ExchangeNotAvailable if (status or 0) >= 500 else ExchangeError)
    text = str(error.get("message") or code)
    if error.get("field"):
        text += f" (field: {error['field']})"
    if error.get("remedy"):
        text += f"; {error['remedy']}"
    return _with(kind(text), status, error)


def _with(made: BaseError, status: Optional[int], error: Mapping[str, Any]) -> BaseError:
    made.status = status
    made.code = _text(error.get("code"))
    made.field = _text(error.get("field"))
    made.remedy = _text(error.get("remedy"))
    return made


def _text(value: Any) -> Optional[str]:
    return value if isinstance(value, str) else None


__all__ = [name for name, value in list(globals().items()) if isinstance(value, type) and issubclass(value, BaseError)]
