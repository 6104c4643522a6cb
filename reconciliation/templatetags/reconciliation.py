"""The reconciliation strip, for pages of any room: the spend page shows it on top."""

from typing import Any

from django import template

from gateways.clients import name_of
from gateways.models import GatewayAccount
from gateways.templatetags.gateways import provider_name
from reconciliation import summary
from reconciliation.models import Difference
from reconciliation.views.reconciliation import used_accounts

register = template.Library()

#: Kind → state, as badges show it.
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
    """``{% reconciliation_strip %}``, or of the accounts in one unit. Admins only."""
    membership = context["request"].membership
    if not membership or not membership.can_administer:
        return {"summaries": []}
    accounts = [one for one in used_accounts() if unit in ("", one.unit)]
    return {"summaries": summary.of(accounts, membership.team)}


@register.filter
def account_name(account: GatewayAccount) -> str:
    """The gateway's name; with a number for its second account and those after it."""
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
    """7 → "+7", -3 → "−3"; nothing where there is no number."""
    if number is None:
        return ""
    return f"+{number:,}" if number > 0 else f"{number:,}".replace("-", "−")


@register.filter
def absolute(number: int) -> int:
    return abs(number)
