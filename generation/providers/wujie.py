"""无界AI (Wujie), the standard edition: contract wujie.md, seed 003."""

import re
from collections.abc import Mapping, Sequence

import httpx

from generation.providers.audits import read_audit
from generation.providers.base import (
    JSON,
    CostState,
    Model,
    Order,
    ProviderError,
    Quote,
    Resources,
    State,
    Submitted,
    SubmittedTask,
    TaskUpdate,
    Timeouts,
    Unavailable,
    Unit,
    Unknown,
)
from generation.providers.http import Line, error_of, report
from generation.providers.reading import (
    code_of,
    count,
    evidence,
    integer,
    key_of,
    mapping,
    number,
    raw,
    rows,
    text,
)
from generation.providers.signatures import RsaSignature, load_private_key

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
#: By the leading characters: the punctuation that follows differs (contract §5.2).
COST_STATES = {
    "积分已扣除": CostState.CHARGED,
    "积分已退还": CostState.REFUNDED,
    "积分不足": CostState.SHORT,
    "积分扣除中": CostState.PENDING,
    "不需要积分": CostState.FREE,
}
#: The codes that are worth asking again; every other one is a refusal (contract §3.1).
CODES: Mapping[str, type[ProviderError]] = {
    "20010018": Unavailable,  # lost a race for a lock: the job was not created
    "20110000": Unavailable,  # the translator of the prompt failed
    "20110026": Unavailable,  # the queue was too long, the job was dropped
}


class Wujie:
    """One account. ``private_key`` as the enterprise console shows it (see
    ``load_private_key``); raises ValueError if it cannot be read."""

    name = "wujie"
    unit = Unit.INTEGRAL
    poll_batch = 25  # no limit is documented; a public client asks for 25 (§4.2)

    def __init__(
        self,
        base_url: str,
        app_id: str,
        private_key: str,
        *,
        secret_key_version: str = "1",
        timeouts: Timeouts = Timeouts(),  # noqa: B008 (frozen)
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        auth = RsaSignature(app_id, load_private_key(private_key), secret_key_version)
        self._line = Line(base_url, auth, timeouts, transport)

    def submit(self, order: Order, *, notify_url: str = "") -> Submitted:
        body = {**order.body, "notify_url": notify_url} if notify_url else order.body
        data = self._request("POST", order.path, json=body, paid=True)
        tasks = _submitted_tasks(mapping(data))
        if not tasks:
            raise Unknown("The gateway accepted, but named no key.", raw=evidence(data))
        return Submitted(
            tasks=tasks,
            expected_cost=count(mapping(data).get("expected_integral_cost")),
            unit=self.unit,
            raw=raw(data),
        )

    def poll(self, keys: Sequence[str]) -> list[TaskUpdate]:
        if not keys:
            return []
        data = self._request("POST", "/ai/generating_info", json=list(keys))
        # Neither the order nor the presence of a key is promised (contract §4.2).
        found = {text(row.get("key")): row for row in rows(mapping(data).get("list"))}
        return [_update(key, found.get(key)) for key in keys]

    def detail(self, key: str) -> TaskUpdate:
        return _update(key, self._request("GET", "/ai/info", params={"key": key}))

    def quote(self, order: Order) -> Quote:
        data = mapping(self._request("POST", "/ai/price_info", json=order.body))
        uses = mapping(data.get("integral_use"))
        prices = [
            price
            for name, value in uses.items()
            if name.startswith("integral_use") and (price := count(value)) is not None
        ]
        if not prices:
            raise Unavailable("The gateway names no price.", raw=evidence(data))
        queue = self._queue(order)
        discount = count(uses.get("discount_integral")) or 0
        return Quote(
            cost=max(sum(prices) - discount, 0),
            unit=self.unit,
            expected_seconds=count(queue.get("expected_seconds")),
            ahead=count(queue.get("queue_num")),
        )

    def _queue(self, order: Order) -> Mapping[str, JSON]:
        """What waits before the order's model; a price is of use without it."""
        params = {"model": text(order.body.get("model"))}
        try:
            return mapping(self._request("GET", "/ai/model_info", params=params))
        except ProviderError:
            return {}

    def cancel(self, key: str) -> None:
        self._request("POST", "/ai/cancel", json={"key": key})

    def balance(self) -> int | None:
        data = self._request("GET", "/account/availableIntegralBalance")
        return integer(mapping(data).get("balance"))

    def models(self) -> list[Model]:
        listed = rows(self._request("GET", "/ai/model_base_infos"))
        return [
            Model(
                code=code,
                name=text(row.get("model_version")) or code,
                description=text(row.get("model_desc")),
                type=integer(row.get("type")),
            )
            for row in listed
            if (code := text(row.get("model_code")))
        ]

    def resources(self, model_code: str) -> Resources:
        params = {"model": model_code}
        data = mapping(self._request("GET", "/ai/default_resource", params=params))
        menu = mapping(data.get("create_option_menu"))
        listed = rows(mapping(menu.get("resolution_new")).get("resolution_list"))
        sizes = [size for row in listed if (size := _size(row))]
        styles = [
            name for row in rows(menu.get("style")) if (name := text(row.get("name")))
        ]
        return Resources(tuple(dict.fromkeys(sizes)), tuple(dict.fromkeys(styles)))

    def close(self) -> None:
        self._line.close()

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: JSON = None,
        paid: bool = False,
    ) -> JSON:
        """The ``data`` of a success; anything else becomes one of our errors."""
        answer = self._line.exchange(method, path, params=params, json=json, paid=paid)
        envelope = mapping(answer.body)
        code = code_of(envelope.get("code"))
        if answer.is_success and code == "200":
            if paid:
                report(method, path, answer, None)
            return envelope.get("data")
        message = text(envelope.get("message"))
        error = error_of(answer, CODES, code=code, message=message, paid=paid)
        report(method, path, answer, error)
        raise error


def _submitted_tasks(data: Mapping[str, JSON]) -> tuple[SubmittedTask, ...]:
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


def _update(key: str, row: JSON) -> TaskUpdate:
    """One row of ``/ai/generating_info``, or the one of ``/ai/info``; None or anything
    else where the gateway did not name the key."""
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
    code, message = (
        code_of(value.get("fail_code")),
        text(value.get("fail_message")),
    )
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


def _size(row: Mapping[str, JSON]) -> tuple[int, int] | None:
    width, height = count(row.get("width")), count(row.get("height"))
    if not width or not height:
        numbers = re.fullmatch(r"(\d+)\*(\d+)", text(row.get("display_resolution"), 20))
        width, height = map(int, numbers.groups()) if numbers else (0, 0)
    return (width, height) if width and height else None
