"""The errors of a provider: the class says whether a request may be sent again.

Refused      never: fail, and release the reservation
Unavailable  later: nothing happened at the gateway
Unknown      never: the request may have been carried out and billed
"""

from net.masking import without_paths


class ProviderError(Exception):
    """The gateway's ``code`` and ``message``, its addresses masked; ``raw``: its answer
    as text.

    Without a code, ``code`` is a `Fault` and ``message`` the technical reason.
    """

    def __init__(self, message: str, *, code: str = "", raw: str = "") -> None:
        self.message = without_paths(message)
        super().__init__(self.message)
        self.code = code
        self.raw = raw


class Refused(ProviderError):
    """Never send again; nothing was paid."""


class Unavailable(ProviderError):
    """Nothing happened. Send later, after ``retry_after`` seconds if given."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        raw: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, raw=raw)
        self.retry_after = retry_after


class Unauthorized(Unavailable):
    """The account is not accepted: a person has to act first."""


class Unknown(ProviderError):
    """It may have happened: never send again."""
