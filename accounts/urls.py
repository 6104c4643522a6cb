from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import account, people

app_name = "accounts"
urlpatterns = [
    path("accounts/login/", account.SignInView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password/", account.password, name="password"),
    path("accounts/session/", account.session, name="session"),
    path("accounts/preferences/", account.preferences, name="preferences"),
    path("accounts/team/", account.switch_team, name="switch_team"),
    path("people/", people.people, name="people"),
    path("people/additions/", people.add, name="add"),
    path("people/<int:pk>/password/", people.renew_password, name="renew_password"),
    path("people/<int:pk>/role/", people.change_role, name="change_role"),
    path("people/<int:pk>/removal/", people.remove, name="remove"),
]
