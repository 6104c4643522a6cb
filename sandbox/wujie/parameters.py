"""作画参数查询: the parameters of up to six drawings (contract §7.11).

Documented: the request, ``data`` as a list, ``model_code``, each number in two fields.
Other names are those of ``/ai/info`` [assumed].
"""

from typing import Any

from sandbox.core import Sandbox
from sandbox.wire import Json, Request
from sandbox.wujie.endpoints import BAD_PARAMETER, Refused, body_of, endpoint
from sandbox.wujie.results import asked_of

MOST_KEYS = 6


@endpoint("POST", "/ai/create_params", "create_params")
def create_params(sandbox: Sandbox, account: str, request: Request) -> list[Json]:
    """Without unknown keys and other operations [assumed]."""
    keys = body_of(request).get("key")
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        raise Refused(BAD_PARAMETER, "非法参数：key")
    found = [sandbox.book.get(key, account) for key in keys if isinstance(key, str)]
    return [
        {"key": job.key, **_doubled(asked_of(job))}
        for job in reversed(found)  # undocumented order
        if job and job.kind == "usual"
    ]


def _doubled(asked: Json) -> Json:
    told: dict[str, Any] = {}
    for name, value in asked.items():
        name = "model_code" if name == "model" else name
        told[name] = value
        if isinstance(value, int | float) and not isinstance(value, bool):
            told[f"{name}_as_string"] = str(value)
    return told
