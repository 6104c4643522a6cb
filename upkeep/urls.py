from django.urls import path

from upkeep.views import audit_log

app_name = "upkeep"
urlpatterns = [
    path("audit-log/", audit_log.audit_log, name="audit_log"),
    path("audit-log.csv", audit_log.audit_log_csv, name="audit_log_csv"),
]
