"""Wujie's answers in our words: contract §4, §5, §7.6; seeds 000 and 003."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from generation.providers.audits import read_audit
from generation.providers.base import (
    JSON,
    CostState,
    Fingerprint,
    State,
    SubmittedTask,
    TaskUpdate,
)
from generation.providers.reading import (
    CODE_CHARS,
    code_of,
    count,
    integer,
    key_of,
    number,
    raw,
    rows,
    text,
)

#: Contract §4.1, seed 003. Any other status is UNKNOWN, and so not the end.
STATES = {
    0: State.QUEUED,
    11: State.QUEUED,
    1: State.QUEUED,
    2: State.DRAWING,
    4: State.SUCCEEDED,
    3: State.FAILED,
    12: State.FAILED,
    -1: State.CANCELLED,
}
#: Sides are multiples of this (contract §7.1).
STEP = 64
#: No side is longer (the contract knows 3072): fits any column.
LONGEST_SIDE = 2**20
#: By the leading characters: the punctuation that follows differs (contract §5.2).
COST_STATES = {
    "积分已扣除": CostState.CHARGED,
    "积分已退还": CostState.REFUNDED,
    "积分不足": CostState.SHORT,
    "积分扣除中": CostState.PENDING,
    "不需要积分": CostState.FREE,
}


def submitted_tasks(data: Mapping[str, JSON]) -> tuple[SubmittedTask, ...]:
    """The keys of ``results[]``, with their estimates; else those of ``keys``.

    ``keys`` may be a string (§7.11), or hold more than ``results``; where it holds
    others (a printed sample, seed 000), ``results`` is right. OpenAI Image answers one
    ``key`` (seed 001).
    """
    seconds = {
        key: count(row.get("expected_second"))
        for row in rows(data.get("results"))
        if (key := key_of(row.get("key")))
    }
    listed = data.get("keys") or data.get("key")
    listed = listed if isinstance(listed, list) else [listed]
    named = [key for item in listed if (key := key_of(item))]
    chosen = named if set(seconds) <= set(named) else list(seconds)
    return tuple(SubmittedTask(key, seconds.get(key)) for key in dict.fromkeys(chosen))


def update(key: str, row: JSON) -> TaskUpdate:
    """One row of ``/ai/generating_info``, or the whole of ``/ai/info``."""
    if not isinstance(row, dict):
        return TaskUpdate(key, State.UNKNOWN, raw=raw(row))
    status = integer(row.get("status"))
    state = State.UNKNOWN if status is None else STATES.get(status, State.UNKNOWN)
    is_drawn = state is State.SUCCEEDED
    url = text(row.get("picture_url")) or text(row.get("artwork_url"))
    failure_code, failure_message = _failure(row.get("fail_message"))
    return TaskUpdate(
        key=key,
        state=state,
        percent=_percent(row.get("complete_percent")),
        ahead=count(row.get("queue_before_num")),
        expected_seconds=count(row.get("expected_seconds")),
        # Unfinished tasks have been seen with an address that is none.
        picture_urls=(url,) if is_drawn and url else (),
        audit=read_audit(row.get("audit_info"), row.get("involve_yellow"))
        if is_drawn
        else None,
        cost=count(row.get("integral_cost")),
        cost_state=_cost_state(row.get("integral_cost_message")),
        failure_code=failure_code,
        failure_message=failure_message,
        model_prompt=text(row.get("model_prompt")),
        raw=raw(row),
    )


def _failure(value: JSON) -> tuple[str, str]:
    """Code and text: an object in polls, a string in callbacks, code 0 on success."""
    if not isinstance(value, dict):
        return "", text(value)
    code = code_of(value.get("fail_code"))
    message = text(value.get("fail_message"))
    if code in ("", "0"):
        return "", "" if message == "success" else message
    return code, message


def _percent(value: JSON) -> float | None:
    percent = number(value)
    return None if percent is None else min(max(percent, 0.0), 100.0)


def _cost_state(message: JSON) -> CostState:
    written = text(message)
    for beginning, state in COST_STATES.items():
        if written.startswith(beginning):
            return state
    return CostState.UNKNOWN


def fingerprint(row: Mapping[str, JSON]) -> Fingerprint:
    """Of ``/ai/info``, and of the body of ``/ai/create``: the names are the same."""
    return Fingerprint(
        prompt=text(row.get("prompt")),
        model=text(row.get("model"), CODE_CHARS),
        width=aligned(min(count(row.get("width")) or 0, LONGEST_SIDE)),
        height=aligned(min(count(row.get("height")) or 0, LONGEST_SIDE)),
        seed=text(row.get("seed"), CODE_CHARS),
    )


def made_at(row: Mapping[str, JSON]) -> datetime | None:
    """When it entered the gateway's queue: ``generate_time``, in Unix seconds."""
    seconds = count(row.get("generate_time"))
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def aligned(side: int) -> int:
    """What the gateway makes of a side in pixels: 96 → 64, 97 → 128 (§14.21)."""
    down, rest = divmod(side, STEP)
    return max((down + (rest > STEP // 2)) * STEP, STEP)


def size(row: Mapping[str, JSON]) -> tuple[int, int] | None:
    width, height = count(row.get("width")), count(row.get("height"))
    if not width or not height:
        numbers = re.fullmatch(r"(\d+)\*(\d+)", text(row.get("display_resolution"), 20))
        width, height = map(int, numbers.groups()) if numbers else (0, 0)
    return (width, height) if width and height else None
