"""无界AI (Wujie), the standard edition: contract wujie.md, seed 003."""

from collections.abc import Mapping, Sequence
from functools import partial

from gateways.providers.base import (
    JSON,
    Choice,
    Family,
    Model,
    Notice,
    Order,
    PhotoCheck,
    Quote,
    Resources,
    State,
    Submitted,
    TaskUpdate,
)
from gateways.providers.errors import ProviderError, Refused, Unavailable, Unknown
from gateways.providers.faults import Fault
from gateways.providers.reading import (
    CODE_CHARS,
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
from gateways.providers.wujie.answers import (
    listed,
    moment,
    price,
    recalled,
    submitted_tasks,
    update,
)
from gateways.providers.wujie.history import History
from gateways.providers.wujie.lists import LISTS, models, resources
from gateways.providers.wujie.signatures import is_forged, is_signed
from gateways.providers.wujie.vocabulary import VOCABULARY
from spend.units import Unit

#: The only one in the contract (§7.11): what ends a fault is not there.
FAULT_STATUS = "OCCURRED"


class Wujie(History):
    """All calls but the history's."""

    name = "wujie"
    unit = Unit.INTEGRAL
    other_units: tuple[Unit, ...] = (Unit.SECOND,)
    vocabulary = VOCABULARY
    result_days: int | None = None  # documented nowhere
    most_recalled = 6  # §4.2
    #: Prices go by size and model [assumed]; addresses differ at each signing.
    unpriced_fields = frozenset(
        ("prompt", "uc_prompt", "seed", "init_image_url", "model_param")
    )
    poll_batch = 25  # no limit is documented; a public client asks for 25 (§4.2)

    def submit(self, order: Order, *, notify_url: str = "") -> Submitted:
        body = dict(order.body)
        if notify_url and order.is_called_back:
            body["notify_url"] = notify_url
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

    def poll(
        self,
        keys: Sequence[str],
        family: Family = Family.USUAL,
        *,
        awaited: bool = False,
    ) -> list[TaskUpdate]:
        if not keys:
            return []
        data = self._polled(keys, family, awaited=awaited)
        # Neither order nor presence of keys is promised (contract wujie §4.2).
        rows_by_key = {key_of(row.get("key")): row for row in listed(data)}
        # Rows of other keys are no evidence.
        lost = None if rows_by_key else raw(data)
        return [
            update(key, rows_by_key[key], family)
            if key in rows_by_key
            else self._unlisted(key, family, lost)
            for key in keys
        ]

    def _polled(self, keys: Sequence[str], family: Family, *, awaited: bool) -> JSON:
        if family is Family.AVATAR:
            return [self._avatar(key) for key in keys]
        if family is Family.SUPERSIZE:
            params = {"key": list(keys)}
            return self._request("GET", "/ai/supersize", params=params, awaited=awaited)
        path = "/ai/generating_info"
        if family is Family.IMAGES:
            path = self._images_query_path or path
        return self._request("POST", path, json=list(keys), awaited=awaited)

    def _avatar(self, key: str) -> JSON:
        """None for an unknown key."""
        try:
            return self._request("GET", "/avatar/info", params={"key": key})
        except Refused:
            return None

    def check_photos(self, urls: Sequence[str]) -> list[PhotoCheck]:
        """``pass`` decides: ``status`` is not documented (§10)."""
        body = {"image_url_list": list(urls)}
        data = mapping(self._read("POST", "/avatar/image_check_batch", json=body))
        return [
            PhotoCheck(
                text(row.get("image_url")),
                row.get("pass") is True,
                text(row.get("message")) or text(row.get("status")),
            )
            for row in rows(data.get("image_check_info_list"))
        ]

    def delete_avatar(self, key: str) -> None:
        self._request("POST", "/avatar/delete", json={"avatar_key": key}, awaited=True)

    def _unlisted(self, key: str, family: Family, said: JSON) -> TaskUpdate:
        """No path for IMAGES is documented (§8.3): where the usual call misses a
        key, a path must be set."""
        is_unset = family is Family.IMAGES and not self._images_query_path
        code = Fault.UNASKABLE if is_unset else ""
        return TaskUpdate(key, State.UNKNOWN, failure_code=code, raw=said)

    def detail(self, key: str, family: Family = Family.USUAL) -> TaskUpdate:
        if family is not Family.USUAL:
            return self.poll([key], family)[0]
        return update(key, self._request("GET", "/ai/info", params={"key": key}))

    def notice(self, body: bytes) -> Notice | None:
        """``timestamp``: declared a string, a number in the sample (§7.11)."""
        said = mapping(parse(body))
        service = text(said.get("fault_service_type"), 80)
        status = text(said.get("fault_status"), CODE_CHARS)
        if not (service and status):
            return None
        at = moment(said.get("timestamp"))
        return Notice(service, status, at, is_fault=status == FAULT_STATUS)

    def is_forged(self, authorization: str) -> bool:
        key = self._public_key
        return key is not None and is_forged(authorization, key)

    def is_signed(self, authorization: str) -> bool:
        key = self._public_key
        return key is not None and is_signed(authorization, key, self._app_id)

    def describe(self, key: str) -> Mapping[str, JSON]:
        data = self._read("GET", "/ai/info", params={"key": key}, awaited=True)
        return mapping(raw(data))

    def recall(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, JSON]]:
        """Keys in an object, not a bare list (§14.9)."""
        asked = {"key": list(keys)}
        data = self._read("POST", "/ai/create_params", json=asked, awaited=True)
        return recalled(keys, data)

    def quote(self, order: Order) -> Quote:
        cost = self._line.repeat_once(partial(self._price, order), awaited=True)
        queue = self._queue(order)
        return Quote(
            cost=cost,
            unit=self.unit,
            expected_seconds=count(queue.get("expected_seconds")),
            ahead=count(queue.get("queue_num")),
        )

    def _price(self, order: Order) -> int:
        body = order.body
        data = mapping(self._request("POST", "/ai/price_info", json=body, awaited=True))
        cost = price(data)
        if cost is None:
            raise Unavailable("The gateway names no price.", raw=evidence(data))
        return cost

    def _queue(self, order: Order) -> Mapping[str, JSON]:
        """Empty where the call fails: the price stands without."""
        params = {"model": text(order.body.get("model"))}
        try:
            return mapping(
                self._request("GET", "/ai/model_info", params=params, awaited=True)
            )
        except ProviderError:
            return {}

    def cancel(self, key: str) -> None:
        self._request("POST", "/ai/cancel", json={"key": key}, awaited=True)

    def accelerate(self, key: str, steps: int) -> None:
        asked = {"key": key, "step_num": steps}
        self._request("POST", "/ai/accelerate", json=asked, paid=True, awaited=True)

    def balance(self) -> int | None:
        data = self._read("GET", "/account/availableIntegralBalance")
        return integer(mapping(data).get("balance"))

    def models(self) -> list[Model]:
        return models(self._read("GET", "/ai/model_base_infos"))

    def resources(self, model_code: str) -> Resources:
        params = {"model": model_code}
        data = mapping(self._read("GET", "/ai/default_resource", params=params))
        return resources(mapping(data.get("create_option_menu")))

    def lists(self) -> Mapping[str, Sequence[Choice]]:
        """Of §11.1, without those that the account may not read."""
        found: dict[str, Sequence[Choice]] = {}
        for name, (path, read) in LISTS.items():
            try:
                found[name] = read(mapping(self._read("GET", path)))
            except Refused:
                continue
        return found
