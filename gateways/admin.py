"""Accounts at gateways as staff may read them."""

from django.contrib import admin

from gateways.models import AccountChange, GatewayAccount
from log.admin import ReadOnlyAdmin


@admin.register(GatewayAccount)
class GatewayAccountAdmin(ReadOnlyAdmin):
    list_display = ("provider", "app_id", "sending", "weight", "balance", "trouble")


@admin.register(AccountChange)
class AccountChangeAdmin(ReadOnlyAdmin):
    list_display = ("changed_at", "account", "field", "before", "after", "changed_by")
    list_select_related = ("account", "changed_by")
