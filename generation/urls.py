from django.urls import path

from generation.views import (
    accelerating,
    activity,
    artwork,
    at_risk,
    avatars,
    create,
    detail,
    differences,
    gallery,
    gateways,
    media,
    reconciliation,
    uncertain,
    waste,
)

app_name = "generation"
urlpatterns = [
    path("", create.create, name="create"),
    path("quote/", create.quote, name="quote"),
    path("generations/", create.submit, name="submit"),
    path("generations/<int:pk>/", detail.detail, name="detail"),
    path("generations/<int:pk>/cancellation/", detail.cancel, name="cancel"),
    path(
        "generations/<int:pk>/acceleration/",
        accelerating.acceleration,
        name="acceleration",
    ),
    path(
        "generations/<int:pk>/accelerating/",
        accelerating.accelerate,
        name="accelerate",
    ),
    path("moving/", detail.moving, name="moving"),
    path("waste/", waste.waste, name="waste"),
    path("waste.csv", waste.waste_csv, name="waste_csv"),
    path("waste/<slug:kind>/", waste.wasted_generations, name="wasted_generations"),
    path("activity/", activity.activity, name="activity"),
    path("avatars/", avatars.avatars, name="avatars"),
    path("avatars/<int:pk>/deletion/", avatars.delete_avatar, name="delete_avatar"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("artworks/<int:pk>/", artwork.artwork, name="artwork"),
    path("artworks/<int:pk>/picture/", media.picture, name="picture"),
    path("artworks/<int:pk>/thumbnail/", media.thumbnail, name="thumbnail"),
    path("gateways/", gateways.gateways, name="gateways"),
    path("gateways/<int:pk>/sending/", gateways.sending, name="sending"),
    path("gateways/<int:pk>/limits/", gateways.limits, name="limits"),
    path("gateways/uncertain/", uncertain.uncertain, name="uncertain"),
    path("generations/<int:pk>/closing/", uncertain.close, name="close"),
    path(
        "gateways/reconciliation/", reconciliation.reconciliation, name="reconciliation"
    ),
    path("gateways/<int:pk>/standing/", reconciliation.standing, name="standing"),
    path("gateways/<int:pk>/runs/", reconciliation.reconcile, name="reconcile"),
    path(
        "gateways/<int:pk>/threshold/",
        reconciliation.set_threshold,
        name="set_threshold",
    ),
    path("differences/<int:pk>/", differences.difference, name="difference"),
    path(
        "differences/<int:pk>/closing/",
        differences.close_difference,
        name="close_difference",
    ),
    path("differences/<int:pk>/reopening/", differences.reopen, name="reopen"),
    path("gateways/at-risk/", at_risk.at_risk, name="at_risk"),
    path("artworks/<int:pk>/fetching/", at_risk.fetch, name="fetch"),
    path("provider-tasks/<int:pk>/looking/", at_risk.look, name="look"),
    path("provider-tasks/<int:pk>/closing/", at_risk.close_task, name="close_task"),
]
