from django.urls import path

from notifications.views import alerts, channels

app_name = "notifications"
urlpatterns = [
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/seen/", alerts.see_all, name="see_all"),
    path("alerts/<int:pk>/seen/", alerts.see, name="see"),
    path("alerts/channels/", channels.channels, name="channels"),
    path("alerts/channels/additions/", channels.add, name="add_channel"),
    path("alerts/channels/<int:pk>/test/", channels.test, name="test_channel"),
    path("alerts/channels/<int:pk>/removal/", channels.remove, name="remove_channel"),
    path("alerts/deliveries/<int:pk>/replay/", channels.replay, name="replay"),
]
