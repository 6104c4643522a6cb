from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from accounts.views import account, people, signed_in

login = LoginView.as_view(
    template_name="accounts/login.html",
    redirect_authenticated_user=True,
    extra_context={"is_sandbox": settings.SANDBOX},
)

app_name = "accounts"
urlpatterns = [
    path("accounts/login/", login, name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/signed-in/", signed_in.signed_in, name="signed_in"),
    path("accounts/password/", account.password, name="password"),
    path("accounts/preferences/", account.preferences, name="preferences"),
    path("accounts/team/", account.switch_team, name="switch_team"),
    path("people/", people.people, name="people"),
    path("people/additions/", people.add, name="add"),
    path("people/<int:pk>/password/", people.renew_password, name="renew_password"),
    path("people/<int:pk>/role/", people.change_role, name="change_role"),
    path("people/<int:pk>/removal/", people.remove, name="remove"),
]
