"""聚美智数 (Jumdata) AI绘画: seed 002, contract jumdata.md."""

from collections.abc import Mapping
from typing import ClassVar

import httpx

from gateways.providers.base import (
    JSON,
    Family,
    Order,
    Quote,
    State,
    Submitted,
    SubmittedTask,
    TaskUpdate,
)
from gateways.providers.base_provider import BareProvider
from gateways.providers.error_codes import Codes
from gateways.providers.errors import Refused, Unknown
from gateways.providers.faults import Fault
from gateways.providers.http import GatewayConnection, Timeouts, error_of, report
from gateways.providers.jumdata.answers import is_charged, is_free, made_at, update
from gateways.providers.jumdata.codes import CODES, CREDENTIALS, NO_SUCH_TASK
from gateways.providers.jumdata.signatures import Digest
from gateways.providers.jumdata.vocabulary import VOCABULARY
from gateways.providers.reading import code_of, evidence, key_of, mapping, raw, text
from spend.units import Unit


class Jumdata(BareProvider):
    """Each picture is billed at submit."""

    name = "jumdata"
    unit = Unit.IMAGE
    codes: ClassVar[Codes] = CODES
    vocabulary = VOCABULARY
    unpriced_fields = frozenset({"text"})
    result_days: int | None = 90  # three months (contract jumdata §7)

    def __init__(
        self,
        base_url: str,
        app_id: str,
        app_secret: str,
        *,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 (frozen)
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._line = GatewayConnection(
            base_url, Digest(app_id, app_secret), timeouts, transport
        )

    def submit(self, order: Order, *, notify_url: str = "") -> Submitted:
        """No callback is documented."""
        envelope = self._request(order.path, order.body, paid=True)
        key = key_of(mapping(envelope.get("data")).get("taskId"))
        if not key:
            raise Unknown("", code=Fault.NO_KEY, raw=evidence(envelope))
        return Submitted(
            tasks=(SubmittedTask(key),),
            expected_cost=0 if is_free(envelope) else order.pictures,
            unit=self.unit,
            raw=raw(envelope),
            is_billed=True,
        )

    def describe(self, key: str) -> Mapping[str, JSON]:
        """When it was made; nothing else tells it (contract jumdata §7)."""
        asked = {"taskId": key}
        at = made_at(self._request("/ai/draw/query", asked, awaited=True))
        return {"createTime": at} if at else {}

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
        return update(key, envelope)

    def quote(self, order: Order) -> Quote:
        return Quote(cost=order.pictures, unit=self.unit)

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
        """The envelope of a success. Raises ProviderError."""
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
        error = error_of(
            answer,
            self.codes,
            CREDENTIALS,
            code=code,
            message=text(envelope.get("msg")),
            paid=paid,
        )
        if paid and is_charged(envelope):
            error = Unknown(error.message, code=code, raw=error.raw)
        report("POST", path, answer, error, task_no)
        raise error
