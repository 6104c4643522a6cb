"""The strip of the spend page, filters for differences."""

from typing import Any

from django import template

from gateways.clients import name_of
from gateways.models import GatewayAccount
from gateways.templatetags.gateways import provider_name
from reconciliation import summary
from reconciliation.models import Difference

register = template.Library()

#: Kind → CSS state of its badge.
TONES = {
    Difference.Kind.MISSING_HERE: "stopped",
    Difference.Kind.MISSING_THERE: "needs",
    Difference.Kind.AMOUNT: "needs",
    Difference.Kind.DUPLICATE: "needs",
    Difference.Kind.LATE: "moving",
    Difference.Kind.BALANCE: "stopped",
}
ICONS = {"stopped": "warning", "needs": "question", "moving": "clock"}


@register.inclusion_tag("reconciliation/_strip.html", takes_context=True)
def reconciliation_strip(context: dict[str, Any], unit: str = "") -> dict[str, Any]:
    """Of configured accounts, of one unit if given; owners only."""
    if not context["request"].user.is_owner:
        return {"summaries": []}
    accounts = [one for one in summary.configured_accounts() if unit in ("", one.unit)]
    return {"summaries": summary.of_accounts(accounts)}


@register.filter
def account_name(account: GatewayAccount) -> str:
    """With the number of a further account."""
    try:
        number = name_of(account).partition("-")[2]
    except LookupError:
        number = account.app_id
    return f"{provider_name(account.provider)} {number}".strip()


@register.filter
def kind_tone(kind: str) -> str:
    return TONES.get(Difference.Kind(kind), "needs")


@register.filter
def kind_icon(kind: str) -> str:
    return ICONS[kind_tone(kind)]


@register.filter
def signed(number: int | None) -> str:
    """7 → "+7", -3 → "−3"; empty for None."""
    if number is None:
        return ""
    return f"+{number:,}" if number > 0 else f"{number:,}".replace("-", "−")


@register.filter
def absolute(number: int) -> int:
    return abs(number)
