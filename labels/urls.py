from django.urls import path

from labels.views import labels

app_name = "labels"
urlpatterns = [
    path("labels/", labels.labels, name="labels"),
    path("labels/team/", labels.set_team, name="set_team"),
    path("labels/grants/<int:pk>/", labels.set_grant, name="set_grant"),
    path("labels/sample/", labels.sample, name="sample"),
]
