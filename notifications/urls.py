from django.urls import path

from notifications.views import alerts, channels, notice_choices, notices

app_name = "notifications"
urlpatterns = [
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/seen/", alerts.see_all, name="see_all"),
    path("alerts/<int:pk>/seen/", alerts.see, name="see"),
    path("alerts/channels/", channels.channels, name="channels"),
    path("alerts/channels/additions/", channels.add, name="add_channel"),
    path("alerts/channels/<int:pk>/test/", channels.test, name="test_channel"),
    path("alerts/channels/<int:pk>/removal/", channels.remove, name="remove_channel"),
    path("notices/", notices.notices, name="notices"),
    path("notices/new/", notices.new, name="new_notices"),
    path("notices/read/", notices.read, name="read_notices"),
    path("notices/choices/", notice_choices.choices, name="notice_choices"),
    path(
        "notices/channels/additions/",
        notice_choices.add_channel,
        name="add_own_channel",
    ),
    path(
        "notices/channels/<int:pk>/test/",
        notice_choices.test_channel,
        name="test_own_channel",
    ),
    path(
        "notices/channels/<int:pk>/removal/",
        notice_choices.remove_channel,
        name="remove_own_channel",
    ),
    path("alerts/deliveries/<int:pk>/replay/", channels.replay, name="replay"),
]
