from django.urls import path

from spend.views import budgets, overview, transfers

app_name = "spend"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("overview.csv", overview.overview_csv, name="overview_csv"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers.csv", transfers.transfers_csv, name="transfers_csv"),
    path("budgets/", budgets.budgets, name="budgets"),
    path("budgets/limits/", budgets.set_limit, name="set_limit"),
    path("budgets/allocations/", budgets.allocate, name="allocate"),
]
