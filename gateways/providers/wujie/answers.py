"""Wujie's answers as our types: contract wujie §4, §5, §7.6; seeds 000 and 003."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gateways.providers.base import (
    JSON,
    Audit,
    Charge,
    CostState,
    Family,
    Fingerprint,
    State,
    SubmittedTask,
    TaskUpdate,
    Verdict,
)
from gateways.providers.reading import (
    CODE_CHARS,
    code_of,
    count,
    integer,
    key_of,
    mapping,
    number,
    raw,
    rows,
    text,
)
from gateways.providers.wujie.audits import read_audit

#: Contract wujie §4.1, seed 003. Any other is UNKNOWN, which is not terminal.
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
#: ``picture_url`` in polls is ``artwork_url`` elsewhere (§14.5).
#: 图片详情批量查询 documents none: likely names are read too (§8.3).
DOCUMENTED = ("picture_url", "artwork_url")
ADDRESS_NAMES = ("url", *DOCUMENTED, "image_url", "image")
PICTURES = {
    Family.USUAL: DOCUMENTED,
    Family.AVATAR: (),
    Family.SUPERSIZE: ("sr_url",),
    Family.IMAGES: (
        *DOCUMENTED,
        *(f"{name}s" for name in DOCUMENTED),
        *("image_url", "image_urls", "images", "image", "urls", "url"),
        *("results", "result"),
    ),
}
#: Of sides, in pixels (§7.1).
STEP = 64
#: Fits any column; the contract knows 3072 pixels.
LONGEST_SIDE = 2**20
#: By leading characters: the punctuation differs (§5.2).
COST_STATES = {
    "积分已扣除": CostState.CHARGED,
    "积分已退还": CostState.REFUNDED,
    "积分不足": CostState.SHORT,
    "积分扣除中": CostState.PENDING,
    "不需要积分": CostState.FREE,
}


def submitted_tasks(data: Mapping[str, JSON]) -> tuple[SubmittedTask, ...]:
    """Keys with their estimates in seconds, of ``results[]``, else of ``keys``.

    ``keys`` may be a string (§7.11), or hold more than ``results``. Where it holds
    others (a sample of seed 000), ``results`` is right. OpenAI Image (seed 001) and
    创建化身 (§10, with estimate) answer one ``key``.
    """
    seconds = {
        key: count(row.get("expected_second"))
        for row in rows(data.get("results"))
        if (key := key_of(row.get("key")))
    }
    if not (seconds or data.get("keys")) and (single := key_of(data.get("key"))):
        seconds[single] = count(data.get("expected_second"))
    listed = data.get("keys") or data.get("key")
    listed = listed if isinstance(listed, list) else [listed]
    named = [key for item in listed if (key := key_of(item))]
    chosen = named if set(seconds) <= set(named) else list(seconds)
    return tuple(SubmittedTask(key, seconds.get(key)) for key in dict.fromkeys(chosen))


def listed(data: JSON) -> list[Mapping[str, JSON]]:
    """Of ``data.list`` (standard edition, video), ``data.infos`` (professional,
    camera), or ``data`` (§14.8)."""
    wrapped = mapping(data)
    return rows(data) or rows(wrapped.get("list")) or rows(wrapped.get("infos"))


def update(key: str, row: JSON, family: Family = Family.USUAL) -> TaskUpdate:
    """A row of ``/ai/generating_info`` or ``/ai/info``; IMAGES: undocumented names
    (§8.3)."""
    if not isinstance(row, dict):
        return TaskUpdate(key, State.UNKNOWN, raw=raw(row))
    if family is Family.SUPERSIZE:
        return supersized(key, row)
    if family is Family.AVATAR:
        return trained(key, row)
    status = integer(row.get("status"))
    state = State.UNKNOWN if status is None else STATES.get(status, State.UNKNOWN)
    addresses = picture_urls(row, PICTURES[family])
    if family is Family.IMAGES and status is None and addresses:
        state = State.SUCCEEDED
    is_drawn = state is State.SUCCEEDED
    failure_code, failure_message = _failure(row.get("fail_message"))
    return TaskUpdate(
        key=key,
        state=state,
        percent=_percent(row.get("complete_percent")),
        ahead=count(row.get("queue_before_num")),
        step_seconds=count(row.get("reduce_time")),
        expected_seconds=count(row.get("expected_seconds")),
        # Unfinished tasks were seen with an address that leads nowhere.
        picture_urls=addresses if is_drawn else (),
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


def trained(key: str, row: Mapping[str, JSON]) -> TaskUpdate:
    """Of ``GET /avatar/info``: it tells no cost. Its status is not documented: that
    of drawings is assumed (§10)."""
    status = integer(row.get("status"))
    return TaskUpdate(
        key=key,
        state=State.UNKNOWN if status is None else STATES.get(status, State.UNKNOWN),
        has_pictures=False,
        raw=raw(row),
    )


def supersized(key: str, row: Mapping[str, JSON]) -> TaskUpdate:
    """Of ``GET /ai/supersize``: its status is not documented, the enlarged
    picture's address ends it (§7.10)."""
    url = text(row.get("sr_url"))
    cost = count(row.get("integral"))
    return TaskUpdate(
        key=key,
        state=State.SUCCEEDED if url else State.DRAWING,
        picture_urls=(url,) if url else (),
        audit=Audit(Verdict.MISSING) if url else None,
        cost=cost if url else None,
        raw=raw(row),
    )


def picture_urls(row: Mapping[str, JSON], names: Sequence[str]) -> tuple[str, ...]:
    """Under the first name that holds any: one or a list, strings or objects."""
    for name in names:
        value = row.get(name)
        entries = value if isinstance(value, list) else [value]
        found = [text(entry) or _address(mapping(entry)) for entry in entries]
        if addresses := tuple(dict.fromkeys(filter(None, found))):
            return addresses
    return ()


def _address(entry: Mapping[str, JSON]) -> str:
    return next((url for name in ADDRESS_NAMES if (url := text(entry.get(name)))), "")


def _failure(value: JSON) -> tuple[str, str]:
    """An object in polls, a string in callbacks; code 0 on success."""
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


def recalled(keys: Sequence[str], data: JSON) -> dict[str, Mapping[str, JSON]]:
    """Rows of ``/ai/create_params`` (§7.11) by key, without ``…_as_string`` doubles.

    That rows name their key is not documented: a single row is the single key's.
    """
    listed = rows(data)
    found: dict[str, Mapping[str, JSON]] = {}
    for row in listed:
        named = key_of(row.get("key"))
        if not named and len(keys) == len(listed) == 1:
            named = keys[0]
        if named in keys:
            told = {n: v for n, v in row.items() if not _is_double(n, row)}
            found[named] = mapping(raw(told))
    return found


def _is_double(name: str, row: Mapping[str, JSON]) -> bool:
    plain = name.removesuffix("_as_string")
    return name == "key" or (plain != name and plain in row)


def fingerprint(row: Mapping[str, JSON]) -> Fingerprint:
    """``/ai/info`` and the body of ``/ai/create`` have the same names."""
    return Fingerprint(
        prompt=text(row.get("prompt")),
        model=text(row.get("model"), CODE_CHARS),
        width=_side(row.get("width")),
        height=_side(row.get("height")),
        seed=text(row.get("seed"), CODE_CHARS),
    )


def _side(value: JSON) -> int:
    side = count(value)
    return aligned(min(side, LONGEST_SIDE)) if side else 0


def made_at(row: Mapping[str, JSON]) -> datetime | None:
    """``generate_time``, in Unix seconds: when the gateway queued it."""
    return moment(row.get("generate_time"))


def moment(value: JSON) -> datetime | None:
    """Unix seconds; 0: not yet (contract wujie §1)."""
    seconds = count(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def charge(key: str, row: Mapping[str, JSON]) -> Charge:
    """Of ``/ai/generating_info`` (§5.2, §7.6). Refunded and free tasks cost 0."""
    state = _cost_state(row.get("integral_cost_message"))
    cost = count(row.get("integral_cost"))
    if state in (CostState.PENDING, CostState.UNKNOWN):
        cost = None
    elif state in (CostState.REFUNDED, CostState.FREE):
        cost = 0
    seconds = count(row.get("complete_time")) or count(row.get("start_gen_time"))
    at = datetime.fromtimestamp(seconds, UTC) if seconds else None
    return Charge(key, cost, state, at)


def price(data: Mapping[str, JSON]) -> int | None:
    """Of ``/ai/price_info``, in integrals, less the discount; None: not named
    (§7.8)."""
    uses = mapping(data.get("integral_use"))
    prices = [
        found
        for name, value in uses.items()
        if name.startswith("integral_use") and (found := count(value)) is not None
    ]
    if not prices:
        return None
    return max(sum(prices) - (count(uses.get("discount_integral")) or 0), 0)


def aligned(side: int) -> int:
    """As the gateway rounds pixels: 96 → 64, 97 → 128 (§14.21)."""
    down, rest = divmod(side, STEP)
    return max((down + (rest > STEP // 2)) * STEP, STEP)
