"""Wujie's endpoints, authentication and envelope."""

import secrets
from collections.abc import Callable
from typing import Any

from sandbox import auth
from sandbox.core import Sandbox
from sandbox.jobs import Job
from sandbox.wire import Answer, Json, NotJson, Request, Route, json_answer

PREFIX = "/wj-open/v1"
# Business codes (contract §3.1).
BAD_PARAMETER = "20010001"
BAD_SIZE = "20010015"
SENSITIVE = "20110001"
STATE_CHANGED = "20110009"
SHORT_OF_INTEGRALS = "20110010"
NOT_QUEUED = "20110011"
# Made up; the real code for a bad signature is unknown.
SANDBOX_UNAUTHORISED = "SANDBOX401"


class Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


Handler = Callable[[Sandbox, str, Request], Any]
_HANDLERS: dict[tuple[str, str], tuple[str, Handler]] = {}


def endpoint(verb: str, path: str, name: str) -> Callable[[Handler], Handler]:
    """Register ``(sandbox, account, request) -> data``."""

    def enter(handler: Handler) -> Handler:
        _HANDLERS[verb, PREFIX + path] = (f"wujie.{name}", handler)
        return handler

    return enter


def routes(sandbox: Sandbox) -> dict[tuple[str, str], Route]:
    return {
        address: Route(name, in_envelope(sandbox, handler))
        for address, (name, handler) in _HANDLERS.items()
    }


def in_envelope(sandbox: Sandbox, handler: Handler) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        try:
            account = auth.wujie_account(
                request.headers.get("Authorization"),
                sandbox.credentials,
                sandbox.switches.auth_window_seconds,
            )
            data = handler(sandbox, account, request)
        except auth.NotSigned as error:
            text = f"鉴权失败（{error}；code仅沙盒使用）"
            return envelope(None, SANDBOX_UNAUTHORISED, text, status=401)
        except NotJson:
            return envelope(None, BAD_PARAMETER, "非法参数：JSON")
        except Refused as error:
            return envelope(None, error.code, error.message)
        return envelope(data)

    return answer


def envelope(
    data: Any, code: str = "200", message: str = "success", status: int = 200
) -> Answer:
    answer = json_answer({"code": code, "message": message, "data": data}, status)
    answer.headers["TRACE_ID"] = secrets.token_hex(16)
    return answer


def not_found() -> Answer:
    """The real answer is unknown."""
    return envelope(None, "SANDBOX404", "接口不存在（code仅沙盒使用）", status=404)


def body_of(request: Request) -> Json:
    """A JSON object; else raises ``Refused``."""
    body = request.json()
    if not isinstance(body, dict):
        raise Refused(BAD_PARAMETER, "非法参数：请求体")
    return body


def job_of(sandbox: Sandbox, account: str, key: Any) -> Job:
    """The account's job; the real answer to an unknown key is unknown."""
    job = sandbox.book.get(key, account) if isinstance(key, str) else None
    if job is None:
        raise Refused(BAD_PARAMETER, "非法参数：key")
    return job
