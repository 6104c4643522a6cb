"""Read-only; the portal's own pages set limits."""

from django.contrib import admin

from log.admin import ReadOnlyAdmin
from spend.models import Budget, BudgetMonth, LedgerAccount, Transfer


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    list_display = ("team", "gateway", "unit", "kind", "balance")
    list_filter = ("unit", "kind", "team")
    list_select_related = ("team",)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "amount", "unit", "team", "user", "reference")
    list_filter = ("kind", "unit", "team", "operation")
    list_select_related = ("team", "user")
    search_fields = ("reference",)
    show_full_result_count = False


@admin.register(Budget)
class BudgetAdmin(ReadOnlyAdmin):
    list_display = ("team", "user", "unit", "limit")
    list_select_related = ("team", "user")


@admin.register(BudgetMonth)
class BudgetMonthAdmin(ReadOnlyAdmin):
    list_display = ("budget", "month", "used")
    list_select_related = ("budget__team", "budget__user")
