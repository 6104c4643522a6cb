"""What belongs to an account: its balance and its history."""

from sandbox.core import Sandbox
from sandbox.wire import Json, Request
from sandbox.wujie.endpoints import BAD_PARAMETER, Refused, body_of, endpoint


@endpoint("GET", "/account/availableIntegralBalance", "balance")
def balance(sandbox: Sandbox, account: str, request: Request) -> Json:
    return {"balance": sandbox.balance(account)}


@endpoint("POST", "/ai/artwork/history", "history")
def history(sandbox: Sandbox, account: str, request: Request) -> Json:
    """Newest first and zero-based; the real order is unknown (contract §7.7)."""
    asked = body_of(request)
    page, size = asked.get("page_num"), asked.get("page_size")
    if not (isinstance(page, int) and isinstance(size, int)) or not (
        page >= 0 and 1 <= size <= 100 and asked.get("ai_artwork_type")
    ):
        raise Refused(BAD_PARAMETER, "非法参数")
    keys: list[str] = []
    if asked["ai_artwork_type"] == "PICTURE":
        keys = sandbox.book.by_account.get(account, [])
    end = max(0, len(keys) - page * size)
    return {
        "list": [{"key": key} for key in reversed(keys[max(0, end - size) : end])],
        "page_num": page,
        "page_size": size,
        "total": len(keys),
    }
