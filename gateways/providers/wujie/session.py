"""Signed requests of one Wujie account, and their errors."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

import httpx

from gateways.providers.base import JSON
from gateways.providers.error_codes import Codes
from gateways.providers.http import GatewayConnection, Timeouts, error_of, report
from gateways.providers.reading import code_of, mapping, text
from gateways.providers.wujie.codes import CODES, CREDENTIALS
from gateways.providers.wujie.signatures import (
    RsaSignature,
    load_private_key,
    load_public_key,
)


class Session:
    """``private_key``: as the enterprise console shows it (``load_private_key``).

    ``first_page`` of the history: 0 in a public client, undocumented (contract wujie
    §14.17). ``images_query_path``: of 图片详情批量查询, which no source prints (§8.3).
    ``public_key``: the gateway's, checks callbacks. Raises ValueError for an unreadable
    key.
    """

    codes: ClassVar[Codes] = CODES

    def __init__(
        self,
        base_url: str,
        app_id: str,
        private_key: str,
        *,
        secret_key_version: str = "1",
        public_key: str = "",
        first_page: int = 0,
        images_query_path: str = "",
        timeouts: Timeouts = Timeouts(),  # noqa: B008 (frozen)
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        auth = RsaSignature(app_id, load_private_key(private_key), secret_key_version)
        self._app_id = app_id
        self._line = GatewayConnection(base_url, auth, timeouts, transport)
        self._first_page = first_page
        self._images_query_path = images_query_path
        self._public_key = load_public_key(public_key) if public_key else None

    def close(self) -> None:
        self._line.close()

    def _read(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | list[str]] | None = None,
        json: JSON = None,
        awaited: bool = False,
    ) -> JSON:
        """A free read that no schedule repeats: twice, where the first one fails."""
        read = partial(
            self._request, method, path, params=params, json=json, awaited=awaited
        )
        return self._line.repeat_once(read, awaited=awaited)

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | list[str]] | None = None,
        json: JSON = None,
        paid: bool = False,
        awaited: bool = False,
    ) -> JSON:
        """``data`` of a success. Raises ProviderError."""
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
        error = error_of(
            answer, self.codes, CREDENTIALS, code=code, message=message, paid=paid
        )
        report(method, path, answer, error)
        raise error
