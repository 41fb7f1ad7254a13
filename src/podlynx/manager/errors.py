"""The one error shape of the API: `{"error": {"code", "message", "hint"}}`, and `span` where a query is to blame."""

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec

from podlynx.expressions.errors import ExpressionError
from podlynx.manager.audit import note
from podlynx.store.errors import BadCursor, NotCountable, QueryTooSlow, StoreBusy, StoreError, TooManyIntervals

_LOG = structlog.get_logger("podlynx.manager")


class ErrorDetail(msgspec.Struct, frozen=True):
    """`code` is for programs and stays; `message` says what is wrong, `hint` how to mend it.

    `span` is [start, end) in the query that is to blame.
    """

    code: str
    message: str
    hint: str = ""
    span: list[int] | msgspec.UnsetType = msgspec.UNSET


class ErrorBody(msgspec.Struct, frozen=True):
    """What every answer of status 400 and above holds."""

    error: ErrorDetail


class ApiError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, detail: ErrorDetail, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail.message)
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    def body(self) -> bytes:
        """The JSON text."""
        return msgspec.json.encode(ErrorBody(self.detail))


def not_found(identifier: str) -> ApiError:
    """No alert has this id."""
    shown = identifier[:80]
    hint = "It may have been forgotten by age or size; reload the list."
    return ApiError(404, ErrorDetail("not_found", f"There is no alert with the id {shown!r}.", hint))


def failures(*statuses: int) -> dict[int, ResponseSpec]:
    """The error answers of an endpoint, for the OpenAPI document."""
    return {status: ResponseSpec(ErrorBody, description=_MEANING[status], generate_examples=False) for status in statuses}


_MEANING = {
    400: "The request cannot be understood",
    401: "No valid token or session",
    403: "Not allowed with this token, or from this page",
    404: "No such thing",
    413: "The request is too large",
    421: "The Host header names another host",
    429: "Too many failed log-ins",
    503: "Busy, or too slow: try again",
}
_STORE_STATUS: dict[type[StoreError], int] = {BadCursor: 400, NotCountable: 400, TooManyIntervals: 400}
_STORE_RETRY: dict[type[StoreError], str] = {StoreBusy: "1", QueryTooSlow: "5"}


def as_api_error(error: Exception) -> ApiError:
    """Any exception as an answer; what is not known is logged and says nothing of the inside."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, ExpressionError):
        return ApiError(400, ErrorDetail(error.code, error.message, error.hint, list(error.span)))
    if isinstance(error, StoreError):
        retry = _STORE_RETRY.get(type(error))
        status = _STORE_STATUS.get(type(error), 503)
        return ApiError(status, ErrorDetail(error.code, error.message, error.hint), {"Retry-After": retry} if retry else None)
    if isinstance(error, HTTPException):
        return _of_framework(error)
    _LOG.error("request failed", exc_info=error)
    hint = "The manager's log says more; please report it if it happens again."
    return ApiError(500, ErrorDetail("internal_error", "The manager could not answer this request.", hint))


_CODES = {
    400: ("bad_request", "See /openapi.json for what this endpoint takes."),
    404: ("not_found", "See /openapi.json for what there is."),
    405: ("method_not_allowed", "See /openapi.json for what this path takes."),
    413: ("too_large", "Send less at once."),
}


def _of_framework(error: HTTPException) -> ApiError:
    code, hint = _CODES.get(error.status_code, ("refused", ""))
    message = error.detail or "The request was refused."
    if isinstance(error.extra, list) and error.extra:
        reasons = [f"{item.get('key', '?')}: {item.get('message', '')}" for item in error.extra[:5] if isinstance(item, dict)]
        message = f"Validation failed: {'; '.join(reasons)}"
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() in {"allow", "retry-after"}}
    return ApiError(error.status_code, ErrorDetail(code, message, hint), headers)


def respond_to_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    answer = as_api_error(error)
    note(request.scope, why=answer.detail.code)
    return Response(answer.body(), status_code=answer.status, headers=answer.headers, media_type="application/json")
