from django.urls import path

from upkeep.views import audit_log, first_days

app_name = "upkeep"
urlpatterns = [
    path("audit-log/", audit_log.audit_log, name="audit_log"),
    path("audit-log.csv", audit_log.audit_log_csv, name="audit_log_csv"),
    path("first-days/", first_days.first_days, name="first_days"),
    path("first-days/end/", first_days.settle, name="settle"),
    path("first-days/gateway-test/", first_days.test_gateway, name="test_gateway"),
    path("first-days/address-test/", first_days.test_address, name="test_address"),
]
