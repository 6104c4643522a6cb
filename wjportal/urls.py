from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from generation.views import callbacks
from wjportal import health

health_urls = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
callback_urls = [path("<slug:token>/", callbacks.receive, name="receive")]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((health_urls, "health"))),
    path("callbacks/", include((callback_urls, "callbacks"))),
    path("", include("generation.urls")),
    path("", include("moderation.urls")),
    path("spend/", include("spend.urls")),
    path("", include("accounts.urls")),
    path("staff/", admin.site.urls),
]
