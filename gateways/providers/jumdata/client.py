"""聚美智数 (Jumdata) AI绘画: seed 002, contract jumdata.md."""

from collections.abc import Mapping, Sequence

import httpx

from gateways.providers.base import (
    JSON,
    Audit,
    Choice,
    Family,
    Model,
    Notice,
    Order,
    ProviderError,
    Quote,
    Refused,
    Resources,
    State,
    Submitted,
    SubmittedTask,
    TaskUpdate,
    Unauthorized,
    Unavailable,
    Unknown,
    Verdict,
)
from gateways.providers.faults import Fault
from gateways.providers.http import Line, Timeouts, error_of, report
from gateways.providers.reading import (
    code_of,
    evidence,
    flag,
    integer,
    key_of,
    mapping,
    raw,
    text,
)
from gateways.providers.signatures import Digest
from spend.units import Unit

NO_SUCH_TASK = "201"
#: Seed 002, contract §5. What is not here refuses: 400 (unless it is about who we are),
#: 999, and whatever else comes.
CODES: Mapping[str, type[ProviderError]] = {
    NO_SUCH_TASK: Refused,
    "202": Refused,  # the text was blocked
    "404": Unavailable,  # our address is wrong
    "500": Unavailable,  # maintenance
    "601": Unauthorized,  # not subscribed
    "602": Unauthorized,  # account suspended
    "604": Unauthorized,  # interface withdrawn
    "606": Unavailable,  # quota used up
    "607": Unauthorized,  # our address is not on their list
    "609": Unavailable,  # too often
    "610": Unknown,  # timed out inside: may have been accepted, and billed
}
#: Seconds to stay away where the gateway names none; ours, after contract §5.
PATIENCE = {"500": 120.0, "606": 600.0, "609": 3.0}


class Jumdata:
    """One account. It has no callback, no cancel, no price list and no audit."""

    name = "jumdata"
    unit = Unit.IMAGE
    poll_batch = 1

    def __init__(
        self,
        base_url: str,
        app_id: str,
        app_secret: str,
        *,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 (frozen)
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._line = Line(base_url, Digest(app_id, app_secret), timeouts, transport)

    def submit(self, order: Order, *, notify_url: str = "") -> Submitted:
        """Billed per picture at once; ``notify_url`` is left out, as none is known."""
        envelope = self._request(order.path, order.body, paid=True)
        key = key_of(mapping(envelope.get("data")).get("taskId"))
        if not key:
            raise Unknown("", code=Fault.NO_KEY, raw=evidence(envelope))
        is_free = envelope.get("charge") in (False, 0, "false")
        return Submitted(
            tasks=(SubmittedTask(key),),
            expected_cost=0 if is_free else order.pictures,
            unit=self.unit,
            raw=raw(envelope),
            is_billed=True,
        )

    def poll(
        self,
        keys: Sequence[str],
        family: Family = Family.USUAL,
        *,
        awaited: bool = False,
    ) -> list[TaskUpdate]:
        return [self.detail(key) for key in keys]

    def told(self, key: str) -> Mapping[str, JSON]:
        """When it was made, which nothing else tells (contract §7)."""
        asked = {"taskId": key}
        envelope = self._request("/ai/draw/query", asked, awaited=True)
        made_at = text(mapping(envelope.get("data")).get("createTime"))
        return {"createTime": made_at} if made_at else {}

    def detail(self, key: str, family: Family = Family.USUAL) -> TaskUpdate:
        try:
            envelope = self._request("/ai/draw/query", {"taskId": key})
        except Refused as error:
            if error.code != NO_SUCH_TASK:
                raise
            return TaskUpdate(
                key,
                State.FAILED,
                failure_code=error.code,
                failure_message=error.message,
                raw=error.raw,
            )
        return _update(key, envelope)

    def quote(self, order: Order) -> Quote:
        return Quote(cost=order.pictures, unit=self.unit)

    def cancel(self, key: str) -> None:
        raise Refused("Jumdata offers no way to cancel.")

    def accelerate(self, key: str, steps: int) -> None:
        raise Refused("Jumdata offers no way to accelerate.")

    def balance(self) -> int | None:
        return None

    def models(self) -> list[Model]:
        return []

    def resources(self, model_code: str) -> Resources:
        return Resources()

    def lists(self) -> Mapping[str, Sequence[Choice]]:
        return {}

    def notice(self, body: bytes) -> Notice | None:
        return None

    def is_forged(self, authorization: str) -> bool:
        return False

    def close(self) -> None:
        self._line.close()

    def _request(
        self,
        path: str,
        form: Mapping[str, JSON],
        *,
        paid: bool = False,
        awaited: bool = False,
    ) -> Mapping[str, JSON]:
        """The envelope of a success; anything else becomes one of our errors."""
        answer = self._line.exchange(
            "POST", path, form=form, paid=paid, awaited=awaited
        )
        envelope = mapping(answer.body)
        code = code_of(envelope.get("code"))
        task_no = text(envelope.get("taskNo"), 100)
        if answer.is_success and code == "200":
            if paid:
                report("POST", path, answer, None, task_no)
            return envelope
        message = text(envelope.get("msg"))
        error = error_of(answer, CODES, code=code, message=message, paid=paid)
        if paid and flag(envelope.get("charge")):
            error = Unknown(error.message, code=code, raw=error.raw)
        # Else it broke, and did not say so.
        if isinstance(error, Unavailable) and answer.is_success:
            error.retry_after = error.retry_after or PATIENCE.get(code)
        report("POST", path, answer, error, task_no)
        raise error


def _update(key: str, envelope: Mapping[str, JSON]) -> TaskUpdate:
    """Status 1 is finished; 0 is queued or in progress, which are not told apart, and
    a failed one is not documented. The bill was made at submit: none is told here."""
    data = mapping(envelope.get("data"))
    status = integer(data.get("status"))
    if status != 1:
        state = State.DRAWING if status == 0 else State.UNKNOWN
        return TaskUpdate(key, state, raw=raw(envelope))
    return TaskUpdate(
        key,
        State.SUCCEEDED,
        picture_urls=_picture_urls(data),
        audit=Audit(Verdict.MISSING),
        raw=raw(envelope),
    )


def _picture_urls(data: Mapping[str, JSON]) -> tuple[str, ...]:
    """``imgUrls[].image``, also as bare strings; else ``img``, which is the first."""
    listed = data.get("imgUrls")
    images = listed if isinstance(listed, list) else []
    urls = [text(mapping(item).get("image")) or text(item) for item in images]
    return tuple(url for url in urls if url) or tuple(
        url for url in [text(data.get("img"))] if url
    )
