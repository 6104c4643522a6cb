from django.urls import path

from spend.views import (
    budgets,
    focus,
    limit_rows,
    months,
    overview,
    policies,
    saved_views,
    teams,
    transfers,
)

app_name = "spend"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("overview.csv", overview.overview_csv, name="overview_csv"),
    path("focus.csv", focus.focus_csv, name="focus_csv"),
    path("views/", saved_views.save_view, name="save_view"),
    path("views/<int:pk>/removal/", saved_views.remove_view, name="remove_view"),
    path("views/<int:pk>/restoration/", saved_views.restore_view, name="restore_view"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers.csv", transfers.transfers_csv, name="transfers_csv"),
    path("budgets/", budgets.budgets, name="budgets"),
    path("budgets/limits/", limit_rows.set_limit, name="set_limit"),
    path("budgets/limits/new/", limit_rows.add_limit, name="add_limit"),
    path("budgets/limits/restored/", limit_rows.restore_limit, name="restore_limit"),
    path(
        "budgets/limits/<int:pk>/removal/", limit_rows.remove_limit, name="remove_limit"
    ),
    path("budgets/increases/<int:pk>/", budgets.decide, name="decide"),
    path("rules/", policies.rules, name="rules"),
    path("budgets/rule/", policies.set_rule, name="set_rule"),
    path("budgets/rates/", policies.set_rate, name="set_rate"),
    path("months/", months.months, name="months"),
    path("months/<slug:month>/", months.statement, name="statement"),
    path("months/<slug:month>/close/", months.closing, name="closing"),
    path("months/<slug:month>/closing/", months.close_month, name="close_month"),
    path("months/<slug:month>.csv", months.statement_csv, name="statement_csv"),
    path("limits/", budgets.own_limits, name="limits"),
    path("limits/increases/", budgets.ask, name="ask"),
    path("teams/", teams.teams, name="teams"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/allocations/", teams.allocate, name="allocate"),
]
