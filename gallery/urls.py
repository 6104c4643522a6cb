from django.urls import path

from gallery.views import artwork, gallery

app_name = "gallery"
urlpatterns = [
    path("gallery/", gallery.gallery, name="gallery"),
    path("gallery/filters/", gallery.filters, name="filters"),
    path("artworks/<int:pk>/", artwork.artwork, name="artwork"),
]
