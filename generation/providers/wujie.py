"""无界AI (Wujie), the standard edition: contract wujie.md, seed 003."""

from collections.abc import Mapping, Sequence

import httpx

from generation.providers.base import (
    JSON,
    Fingerprint,
    Model,
    Order,
    ProviderError,
    Quote,
    Refused,
    Resources,
    State,
    Submitted,
    TaskUpdate,
    Timeouts,
    Trace,
    Unavailable,
    Unit,
    Unknown,
)
from generation.providers.faults import Fault
from generation.providers.http import Line, error_of, report
from generation.providers.reading import (
    code_of,
    count,
    evidence,
    integer,
    key_of,
    mapping,
    parse,
    raw,
    rows,
    text,
)
from generation.providers.signatures import RsaSignature, load_private_key
from generation.providers.wujie_answers import (
    fingerprint,
    made_at,
    size,
    submitted_tasks,
    update,
)

#: Contract §3.1. Asking again helps only where nothing was made and it was not the
#: request's fault; an empty account and a lost race about a state are refusals too.
CODES: Mapping[str, type[ProviderError]] = {
    "20010018": Unavailable,  # lost a race for a lock: the job was not created
    "20110000": Unavailable,  # the translator of the prompt failed
    "20110026": Unavailable,  # the queue was too long, the job was dropped
} | dict.fromkeys(
    (
        "20010001",  # illegal parameter
        "20010015",  # size not supported
        "20110001",  # sensitive words in the prompt
        "20110002",  # init image: address wrong or not supported
        "20110003",  # init image: sensitive
        "20110009",  # the task's state has changed
        "20110010",  # not enough integrals
        "20110011",  # not queued any more: too late to cancel
        "20110017",  # "检测资源", sense unclear
        "20110018",  # photo not recognised
        "20110019",  # no face, or too small
        "20110020",  # several faces
        "20110021",  # side face
    ),
    Refused,
)

#: Contract §7.7: 100 is the most.
HISTORY_PAGE = 100
#: So many pages from each end: newest first is likely, but not documented.
HISTORY_PAGES = 5


class Wujie:
    """One account. ``private_key`` as the enterprise console shows it (see
    ``load_private_key``); raises ValueError if it cannot be read. ``first_page`` of
    the history: 0 in a real client, nowhere documented (contract §14.17)."""

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
        first_page: int = 0,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 (frozen)
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        auth = RsaSignature(app_id, load_private_key(private_key), secret_key_version)
        self._line = Line(base_url, auth, timeouts, transport)
        self._first_page = first_page

    def submit(self, order: Order, *, notify_url: str = "") -> Submitted:
        body = {**order.body, "notify_url": notify_url} if notify_url else order.body
        data = self._request("POST", order.path, json=body, paid=True)
        tasks = submitted_tasks(mapping(data))
        if not tasks:
            raise Unknown("", code=Fault.NO_KEY, raw=evidence(data))
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
        listed = rows(mapping(data).get("list"))
        found = {key_of(row.get("key")): row for row in listed}
        # Rows of other keys are no evidence for this one.
        lost = None if listed else raw(data)
        return [
            update(key, found[key])
            if key in found
            else TaskUpdate(key, State.UNKNOWN, raw=lost)
            for key in keys
        ]

    def detail(self, key: str) -> TaskUpdate:
        return update(key, self._request("GET", "/ai/info", params={"key": key}))

    def fingerprint(self, order: Order) -> Fingerprint:
        return fingerprint(order.body)

    def history(self) -> list[str]:
        page, total = self._history_page(0)
        pages = -(-total // HISTORY_PAGE) if total is not None else HISTORY_PAGES
        others = {
            *range(1, min(pages, HISTORY_PAGES)),
            *range(max(pages - HISTORY_PAGES, 1), pages),
        }
        keys = [*page]
        for number in sorted(others):
            keys += self._history_page(number)[0]
        return list(dict.fromkeys(keys))

    def _history_page(self, number: int) -> tuple[list[str], int | None]:
        """The keys of a page counted from 0, and how many there are in all."""
        asked = {
            "ai_artwork_type": "PICTURE",
            "page_num": self._first_page + number,
            "page_size": HISTORY_PAGE,
        }
        data = mapping(self._request("POST", "/ai/artwork/history", json=asked))
        listed = (key_of(row.get("key")) for row in rows(data.get("list")))
        return [key for key in listed if key], count(data.get("total"))

    def trace(self, key: str) -> Trace:
        data = mapping(self._request("GET", "/ai/info", params={"key": key}))
        return Trace(key, fingerprint(data), made_at(data))

    def called(self, body: bytes) -> str:
        return key_of(mapping(parse(body)).get("key"))

    def quote(self, order: Order) -> Quote:
        data = mapping(
            self._request("POST", "/ai/price_info", json=order.body, awaited=True)
        )
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
            return mapping(
                self._request("GET", "/ai/model_info", params=params, awaited=True)
            )
        except ProviderError:
            return {}

    def cancel(self, key: str) -> None:
        self._request("POST", "/ai/cancel", json={"key": key}, awaited=True)

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
        sizes = [one for row in listed if (one := size(row))]
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
        awaited: bool = False,
    ) -> JSON:
        """The ``data`` of a success; anything else becomes one of our errors."""
        answer = self._line.exchange(
            method, path, params=params, json=json, paid=paid, awaited=awaited
        )
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
