"""What a series would cost, and why it cannot be accepted, before anything is paid."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import MemberRequest
from gateways.providers.base import Quote
from gateways.providers.errors import ProviderError
from generation.models import Series
from generation.presenters.price_preview import (
    PricePreview,
    price_preview,
    quote_failure,
)
from generation.series import MOST_CELLS, accepting
from generation.series.axes import TooManyCells
from generation.series.planning import MOST_PRICES, TooManyPrices
from spend import purses
from spend.budgets import BudgetExceeded
from spend.ledger import FundsExceeded
from spend.templatetags.formats import amount, whole
from spend.units import Unit

#: Raised by `accepting.accept`.
NOT_ACCEPTED = (
    accepting.NotOpen,
    accepting.PriceChanged,
    accepting.CapExceeded,
    accepting.PictureGone,
    BudgetExceeded,
    FundsExceeded,
)


@dataclass(frozen=True, slots=True)
class WrongCell:
    """``words``: which cell, for who reads the page."""

    words: str
    errors: Sequence[str]


@dataclass(frozen=True, slots=True)
class SeriesPrice:
    """``troubles``: sentences; with any, nothing is accepted."""

    requests: int = 0
    price: PricePreview | None = None
    troubles: Sequence[str] = ()
    wrong: Sequence[WrongCell] = field(default_factory=list)
    wrong_count: int = 0

    @property
    def is_acceptable(self) -> bool:
        return bool(self.price) and not (self.troubles or self.is_over)

    @property
    def is_over(self) -> bool:
        return bool(self.price and self.price.is_over)

    @property
    def unshown(self) -> int:
        return self.wrong_count - len(self.wrong)


def preview(
    request: MemberRequest, series: Series, total: int, pictures: int, provider: str
) -> PricePreview:
    return price_preview(
        Quote(total, Unit(series.unit)),
        pictures,
        request.user,
        request.membership.team,
        series.operation,
        gateway=purses.of(provider),
    )


def over_cap(series: Series, total: int) -> list[str]:
    if series.cap is None:
        return []
    left = max(series.cap - accepting.reserved(series), 0)
    return [cap_words(series, left)] if total > left else []


def cap_words(series: Series, left: int) -> str:
    message = _("That is more than you allowed: %(left)s are left of this series' cap.")
    return message % {"left": amount(left, series.unit)}


def planning_words(series: Series, provider: str, error: Exception) -> str:
    """Why no plan could be made."""
    if isinstance(error, TooManyCells):
        message = _("That makes %(number)s requests; a series takes %(most)s at most.")
        return message % {"number": whole(error.number), "most": whole(MOST_CELLS)}
    if isinstance(error, TooManyPrices):
        message = _(
            "That takes more than %(most)s different prices of the gateway. Vary fewer "
            "settings at once."
        )
        return message % {"most": MOST_PRICES}
    assert isinstance(error, ProviderError)
    return quote_failure(provider, error)


def refusal_words(series: Series, error: Exception) -> str:
    """Why it was not accepted; nothing was sent."""
    if isinstance(error, accepting.PriceChanged):
        message = _(
            "The price is %(cost)s now. Nothing was sent: confirm it once more."
        )
        return message % {"cost": amount(error.total, series.unit)}
    if isinstance(error, accepting.CapExceeded):
        return cap_words(series, error.left)
    if isinstance(error, accepting.PictureGone):
        return _("A picture is gone. Upload it again.")
    if isinstance(error, BudgetExceeded | FundsExceeded):
        left = amount(error.left, series.unit)
        message = _("That costs more than is left: %(left)s. Nothing was sent.")
        return message % {"left": left}
    return _("This series is paused or cancelled. Nothing was sent.")


def unknown_columns_words(names: Sequence[str]) -> list[str]:
    message = _("The table has no column “%(name)s”.")
    return [message % {"name": name} for name in names]


def cannot_be_made(count: int) -> str:
    return ngettext(
        "%(number)s request cannot be made:",
        "%(number)s requests cannot be made:",
        count,
    ) % {"number": whole(count)}
