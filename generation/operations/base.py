"""Base class of an operation: its declaration.

One operation is one file. Views, lifecycle and templates use only `Operation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gateways import quotes
from gateways.catalogue import Catalogue
from gateways.models import GatewayAccount
from gateways.providers.base import Family, Order, Quote
from gateways.providers.protocols import Provider
from generation.operations.base_form import OperationForm
from spend.units import Unit


@dataclass(frozen=True, slots=True)
class PictureAction:
    """What an operation does with a finished picture, which fills its upload field."""

    field: str
    title: str | Promise
    icon: str


class Operation:
    slug: ClassVar[str]
    provider: ClassVar[str]
    unit: ClassVar[Unit]
    title: ClassVar[str | Promise]
    explanation: ClassVar[str | Promise]
    form_class: ClassVar[type[OperationForm]]
    #: Sort key among all providers' operations, ascending.
    place: ClassVar[int] = 100
    #: File under ``static/operations``, without extension.
    picture: ClassVar[str] = "wujie-drawing"
    #: Which of the gateway's result calls answers polls.
    family: ClassVar[Family] = Family.USUAL
    #: Whether a ``notify_url`` is documented.
    is_called_back: ClassVar[bool] = True
    #: Whether answers audit each picture.
    is_audited: ClassVar[bool] = True
    #: Whether the gateway cancels queued tasks.
    can_cancel: ClassVar[bool] = False
    #: Price in ``unit`` per queued picture and place forward; None if not offered.
    place_price: ClassVar[int | None] = None
    #: Whether the form requires uploads, which the gateway fetches.
    needs_uploads: ClassVar[bool] = False
    #: Offered on finished pictures; of several operations with one title the first.
    picture_action: ClassVar[PictureAction | None] = None
    #: What the submit button does.
    verb: ClassVar[str | Promise] = _("Generate")
    #: URL name and title of a page beside the form.
    page: ClassVar[str] = ""
    page_title: ClassVar[str | Promise] = ""
    #: Whether pictures are made from a person's face or avatar.
    is_of_a_face: ClassVar[bool] = False
    #: Whether the result is an avatar, not pictures.
    trains_avatar: ClassVar[bool] = False
    #: Whether the gateway quotes prices.
    is_priced: ClassVar[bool] = True
    #: In ``unit``: expected cost of one result where the gateway quotes no price.
    assumed_each: ClassVar[int] = 0
    #: Field → parameter of 作画参数查询; empty where undocumented.
    recalls: ClassVar[Mapping[str, str]] = {}
    #: Whether a lost submit answer can be recovered from the gateway's history.
    leaves_trace: ClassVar[bool] = False

    def is_ready(self, catalogue: Catalogue) -> bool:
        """Some forms need the gateway's lists."""
        return True

    def quote(self, cleaned: Mapping[str, Any]) -> Quote:
        """Expected cost. Raises ProviderError where no price is known."""
        if not self.is_priced:
            cost = self.assumed_cost(cleaned)
            return Quote(cost=cost, unit=self.unit, is_assumed=True)
        return quotes.quote(self.provider, self.order(cleaned))

    def assumed_cost(self, cleaned: Mapping[str, Any]) -> int:
        """In ``unit``; reserved where the gateway quotes no price."""
        raise NotImplementedError

    def chosen(self, cleaned: Mapping[str, Any]) -> Mapping[str, Any]:
        """Values that the portal chooses where the form leaves them open.

        Stored with the parameters under names that no field has: they fill in no form.
        """
        return {}

    def bound_to(self, cleaned: Mapping[str, Any]) -> GatewayAccount | None:
        """The only account that can do this work; None for any."""
        return None

    def objections(
        self, cleaned: Mapping[str, Any], provider: Provider
    ) -> dict[str, list[str]]:
        """The gateway's objections to a valid form, by field, before anything is paid.
        Raises ProviderError."""
        return {}

    def order(self, cleaned: Mapping[str, Any]) -> Order:
        """Path and documented wire body, with the chosen values."""
        raise NotImplementedError

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        """Width and height in pixels; zeros where the gateway decides."""
        return 0, 0

    def model(self, cleaned: Mapping[str, Any]) -> str:
        """Code in reports; empty where the form offers none."""
        return ""
