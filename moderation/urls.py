from django.urls import path

from moderation.views import decide, queue, review

app_name = "moderation"
urlpatterns = [
    path("review/", queue.queue, name="queue"),
    path("review/<int:pk>/", review.review, name="review"),
    path("review/<int:pk>/cover/", review.cover, name="cover"),
    path("review/<int:pk>/reveal/", review.reveal, name="reveal"),
    path("review/<int:pk>/picture/", review.picture, name="picture"),
    path("artworks/<int:pk>/decision/", decide.decide, name="decide"),
]
