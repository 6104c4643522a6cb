from django.urls import path

from generation.views import (
    accelerating,
    activity,
    at_risk,
    avatars,
    create,
    detail,
    gateway_accounts,
    media,
    parameters,
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
    path("generations/<int:pk>/parameters/", parameters.parameters, name="parameters"),
    path("moving/", detail.moving, name="moving"),
    path("waste/", waste.waste, name="waste"),
    path("waste.csv", waste.waste_csv, name="waste_csv"),
    path("waste/<slug:kind>/", waste.wasted_generations, name="wasted_generations"),
    path("activity/", activity.activity, name="activity"),
    path("avatars/", avatars.avatars, name="avatars"),
    path("avatars/<int:pk>/deletion/", avatars.delete_avatar, name="delete_avatar"),
    path("artworks/<int:pk>/picture/", media.picture, name="picture"),
    path("artworks/<int:pk>/thumbnail/", media.thumbnail, name="thumbnail"),
    path("gateways/", gateway_accounts.gateways, name="gateways"),
    path("gateways/<int:pk>/sending/", gateway_accounts.sending, name="sending"),
    path("gateways/<int:pk>/limits/", gateway_accounts.limits, name="limits"),
    path("gateways/uncertain/", uncertain.uncertain, name="uncertain"),
    path("generations/<int:pk>/closing/", uncertain.close, name="close"),
    path("gateways/at-risk/", at_risk.at_risk, name="at_risk"),
    path("artworks/<int:pk>/fetching/", at_risk.fetch, name="fetch"),
    path("provider-tasks/<int:pk>/looking/", at_risk.look, name="look"),
    path("provider-tasks/<int:pk>/closing/", at_risk.close_task, name="close_task"),
]
