from django.contrib import admin

from gateways.models import AccountChange, AccountHealth, GatewayAccount
from log.admin import ReadOnlyAdmin


@admin.register(GatewayAccount)
class GatewayAccountAdmin(ReadOnlyAdmin):
    list_display = (
        "provider",
        "app_id",
        "health__sending",
        "weight",
        "balance",
        "health__trouble",
    )


@admin.register(AccountHealth)
class AccountHealthAdmin(ReadOnlyAdmin):
    list_display = ("account", "sending", "quiet_until", "tripped_at", "trouble")
    list_select_related = ("account",)


@admin.register(AccountChange)
class AccountChangeAdmin(ReadOnlyAdmin):
    list_display = ("changed_at", "account", "field", "before", "after", "changed_by")
    list_select_related = ("account", "changed_by")
