from django.urls import path

from generation.views import (
    activity,
    artwork,
    create,
    detail,
    gallery,
    gateways,
    media,
    uncertain,
)

app_name = "generation"
urlpatterns = [
    path("", create.create, name="create"),
    path("quote/", create.quote, name="quote"),
    path("generations/", create.submit, name="submit"),
    path("generations/<int:pk>/", detail.detail, name="detail"),
    path("generations/<int:pk>/cancellation/", detail.cancel, name="cancel"),
    path("moving/", detail.moving, name="moving"),
    path("activity/", activity.activity, name="activity"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("artworks/<int:pk>/", artwork.artwork, name="artwork"),
    path("artworks/<int:pk>/picture/", media.picture, name="picture"),
    path("artworks/<int:pk>/thumbnail/", media.thumbnail, name="thumbnail"),
    path("gateways/", gateways.gateways, name="gateways"),
    path("gateways/uncertain/", uncertain.uncertain, name="uncertain"),
    path("generations/<int:pk>/closing/", uncertain.close, name="close"),
]
