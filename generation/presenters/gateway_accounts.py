"""The gateways page: one card per account with credentials."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateways import catalogue
from gateways.clients import provider_of
from gateways.models import AccountChange, AccountHealth, GatewayAccount
from generation.forms import LimitsForm
from generation.lifecycle import account_load, draining
from generation.models import Generation, ProviderTask

#: Counts stop here: "1 000+".
MOST_COUNTED = 1000
#: Latest changes shown per account.
MOST_CHANGES = 3
Sending = AccountHealth.Sending

FIELD_WORDS = {
    "sending": gettext_lazy("state"),
    "weight": gettext_lazy("weight"),
    "most_open": gettext_lazy("pictures at a time"),
    "most_a_second": gettext_lazy("requests a second"),
    "alert_below": gettext_lazy("low-balance alert"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """Only an account's latest change can be undone."""

    row: AccountChange
    is_latest: bool

    @property
    def what(self) -> str:
        return str(FIELD_WORDS.get(self.row.field, self.row.field))

    @property
    def before(self) -> str:
        return self._words(self.row.before)

    @property
    def after(self) -> str:
        return self._words(self.row.after)

    def _words(self, value: str) -> str:
        if self.row.field == "sending":
            return str(dict(Sending.choices).get(value, value))
        return value or _("none")


@dataclass(frozen=True, slots=True)
class Gateway:
    """``account``: None until the pump's first request there.

    ``queued``: the provider's queue. ``under_way``: the account's open tasks.
    ``uncertain``: all teams' uncertain generations there.
    """

    name: str
    provider: str
    host: str
    account: GatewayAccount | None
    queued: int
    under_way: int
    uncertain: int
    form: LimitsForm | None = None
    usual_rate: float = account_load.MOST_A_SECOND

    @property
    def number(self) -> int:
        """Among the provider's accounts, from 1."""
        return int(self.name.partition("-")[2] or 1)

    @property
    def health(self) -> AccountHealth | None:
        return self.account.health if self.account else None

    @property
    def is_drained(self) -> bool:
        """False unless an admin drains the account."""
        account = self.account
        return bool(
            account
            and account.health.sending == Sending.DRAINING
            and not self.under_way
            and draining.is_drained(account)
        )

    @property
    def changes(self) -> list[Change]:
        rows = self.account.latest_changes if self.account else []  # type: ignore[attr-defined]  # prefetched by `gateways`
        return [Change(row, index == 0) for index, row in enumerate(rows)]


def gateways(typed: LimitsForm | None = None) -> Iterator[Gateway]:
    """In the settings' order; ``typed``: an invalid form of one account."""
    latest = AccountChange.objects.select_related("changed_by").order_by("-pk")
    changes = Prefetch("changes", latest[:MOST_CHANGES], to_attr="latest_changes")
    found = GatewayAccount.objects.select_related("health__paused_by")
    rows = {(row.provider, row.app_id): row for row in found.prefetch_related(changes)}
    for name, options in settings.GATEWAYS.items():
        account = rows.get((provider_of(name), options["app_id"]))
        yield _gateway(name, account, typed)


def limits_form(
    account: GatewayAccount, data: dict[str, object] | None = None
) -> LimitsForm:
    """Own ids: the page holds one form per account."""
    return LimitsForm(data, instance=account, auto_id=f"account-{account.pk}-%s")


def moved_words(to: str) -> str:
    """Answer to an admin's move to this sending state."""
    match to:
        case Sending.PAUSED:
            return _("Paused: no new work is sent there; work in progress goes on.")
        case Sending.DRAINING:
            return _("Draining: no new work is sent there, until none is left.")
    return _("Resumed.")


def _gateway(
    name: str, account: GatewayAccount | None, typed: LimitsForm | None
) -> Gateway:
    # All accounts claim from the provider's one queue.
    queued = Generation.objects.queued().filter(provider=provider_of(name))
    open_tasks = ProviderTask.objects.filter(
        account=account, status__in=ProviderTask.OPEN, poll_after__isnull=False
    )
    generations = Generation.objects.filter(account=account)
    uncertain = generations.uncertain()
    form = typed if typed and typed.instance == account else None
    return Gateway(
        name=name,
        provider=provider_of(name),
        host=urlsplit(settings.GATEWAYS[name]["base_url"]).netloc,
        account=account,
        queued=queued.filter(catalogue.configured())[: MOST_COUNTED + 1].count(),
        under_way=open_tasks[: MOST_COUNTED + 1].count(),
        uncertain=uncertain[: MOST_COUNTED + 1].count(),
        form=form or (limits_form(account) if account else None),
    )
