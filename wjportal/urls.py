from django.urls import URLPattern, URLResolver, include, path

from gallery.views import shared, verify
from gateways.views import fault_notice
from generation.views import callbacks, uploads
from wjportal import health

health_urls = [
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
upload_urls = [
    path("", uploads.add, name="add"),
    path("pictures/", uploads.pictures, name="pictures"),
    path("brush/", uploads.brush, name="brush"),
    path("samples/<slug:digest>/", uploads.sample, name="sample"),
    path("<slug:token>/", uploads.thumbnail, name="thumbnail"),
    path("<slug:token>/picture/", uploads.picture, name="picture"),
    path(
        "for-gateway/<str:signed>/picture.<slug:extension>",
        uploads.for_gateway,
        name="for_gateway",
    ),
]
callback_urls = [
    path("notices/<slug:name>/<slug:token>/", fault_notice.notice, name="notice"),
    path("<slug:token>/", callbacks.receive, name="receive"),
]
shared_urls = [
    path("", shared.shared, name="shared"),
    path("password/", shared.password, name="password"),
    path("pictures.zip", shared.whole, name="whole"),
    path("<int:pk>/", shared.picture, name="picture"),
    path("<int:pk>/large/", shared.large, name="large"),
    path("<int:pk>/thumbnail/", shared.thumbnail, name="thumbnail"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((health_urls, "health"))),
    path("callbacks/", include((callback_urls, "callbacks"))),
    path("uploads/", include((upload_urls, "uploads"))),
    path("s/<str:token>/", include((shared_urls, "shared"))),
    path("verify/", include(([path("", verify.verify, name="verify")], "verify"))),
    path("", include("labels.urls")),
    path("", include("generation.urls")),
    path("", include("gallery.urls")),
    path("", include("reconciliation.urls")),
    path("", include("moderation.urls")),
    path("spend/", include("spend.urls")),
    path("", include("accounts.urls")),
    path("", include("notifications.urls")),
    path("", include("upkeep.urls")),
]
