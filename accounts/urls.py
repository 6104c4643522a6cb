from django.urls import path

from accounts.views import (
    account,
    invitations,
    leaving,
    new_team,
    owners,
    people,
    signed_in,
)

app_name = "accounts"
urlpatterns = [
    path("accounts/login/", account.SignInView.as_view(), name="login"),
    path("accounts/logout/", account.SignOutView.as_view(), name="logout"),
    path("accounts/signed-in/", signed_in.signed_in, name="signed_in"),
    path("accounts/password/", account.password, name="password"),
    path("accounts/session/", account.session, name="session"),
    path("accounts/preferences/", account.preferences, name="preferences"),
    path("accounts/team/", account.switch_team, name="switch_team"),
    path("accounts/invitations/", invitations.invitations, name="invitations"),
    path(
        "accounts/invitations/<int:pk>/acceptance/", invitations.accept, name="accept"
    ),
    path("accounts/invitations/<int:pk>/refusal/", invitations.decline, name="decline"),
    path("owners/", owners.owners, name="owners"),
    path("owners/additions/", owners.make_owner, name="make_owner"),
    path("owners/<int:pk>/removal/", owners.remove_owner, name="remove_owner"),
    path("people/", people.people, name="people"),
    path("people/teams/", new_team.new_team, name="new_team"),
    path(
        "people/invitations/<int:pk>/password/",
        people.renew_invitation,
        name="renew_invitation",
    ),
    path(
        "people/invitations/<int:pk>/withdrawal/",
        people.withdraw,
        name="withdraw",
    ),
    path("people/restorations/", leaving.restore, name="restore"),
    path("people/additions/", people.add, name="add"),
    path("people/<int:pk>/password/", people.renew_password, name="renew_password"),
    path("people/<int:pk>/role/", leaving.change_role, name="change_role"),
    path("people/<int:pk>/removal/", leaving.remove, name="remove"),
]
