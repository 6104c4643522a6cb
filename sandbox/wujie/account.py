"""An account's balance and history."""

from sandbox import book_errors
from sandbox.core import Sandbox
from sandbox.wire import Json, Request
from sandbox.wujie.endpoints import BAD_PARAMETER, Refused, body_of, endpoint

#: Whether and where OpenAI Image is listed is unknown.
KINDS = {"PICTURE": "usual", "AVATAR": "avatar"}


@endpoint("GET", "/account/availableIntegralBalance", "balance")
def balance(sandbox: Sandbox, account: str, request: Request) -> Json:
    return {"balance": sandbox.balance(account)}


@endpoint("POST", "/ai/artwork/history", "history")
def history(sandbox: Sandbox, account: str, request: Request) -> Json:
    """Newest first, zero-based; the real order is unknown (contract §7.7)."""
    asked = body_of(request)
    page, size = asked.get("page_num"), asked.get("page_size")
    if not (isinstance(page, int) and isinstance(size, int)) or not (
        page >= 0 and 1 <= size <= 100 and asked.get("ai_artwork_type")
    ):
        raise Refused(BAD_PARAMETER, "非法参数")
    kind = KINDS.get(asked["ai_artwork_type"])
    all_keys = sandbox.book.by_account.get(account, [])
    own = [key for key in all_keys if sandbox.book.jobs[key].kind == kind]
    keys = book_errors.listed(sandbox, own)
    end = max(0, len(keys) - page * size)
    return {
        "list": [{"key": key} for key in reversed(keys[max(0, end - size) : end])],
        "page_num": page,
        "page_size": size,
        "total": len(keys),
    }
