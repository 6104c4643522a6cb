from django.urls import path

from reconciliation.views import differences, reconciliation

app_name = "reconciliation"
urlpatterns = [
    path(
        "gateways/reconciliation/", reconciliation.reconciliation, name="reconciliation"
    ),
    path(
        "gateways/<int:pk>/standing/",
        reconciliation.account_summary,
        name="account_summary",
    ),
    path("gateways/<int:pk>/runs/", reconciliation.reconcile, name="reconcile"),
    path(
        "gateways/<int:pk>/threshold/",
        reconciliation.set_threshold,
        name="set_threshold",
    ),
    path("differences/<int:pk>/", differences.difference, name="difference"),
    path(
        "differences/<int:pk>/closing/",
        differences.close_difference,
        name="close_difference",
    ),
    path("differences/<int:pk>/reopening/", differences.reopen, name="reopen"),
]
