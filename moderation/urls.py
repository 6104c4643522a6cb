from django.urls import path

from moderation.views import (
    authors,
    control_items,
    decide,
    desk,
    exports,
    numbers,
    queue,
    references,
    review,
    review_actions,
    rulebook,
    sheet,
)

app_name = "moderation"
urlpatterns = [
    path("review/", queue.queue, name="queue"),
    path("review/next/", review.next_item, name="next"),
    path("review/sheet/", sheet.sheet, name="sheet"),
    path("review/sheet/decision/", sheet.decide, name="decide_sheet"),
    path("review/desk/", desk.desk, name="desk"),
    path("review/numbers/", numbers.numbers, name="numbers"),
    path("review/exports/", exports.exports, name="exports"),
    path("review/exports/decisions.csv", exports.decisions_csv, name="decisions_csv"),
    path(
        "review/exports/decisions.json", exports.decisions_json, name="decisions_json"
    ),
    path(
        "review/exports/statements.json",
        exports.statements_json,
        name="statements_json",
    ),
    path("review/exports/log.json", exports.day_hashes, name="day_hashes"),
    path("review/rules/", rulebook.rulebook, name="rulebook"),
    path("review/heartbeat/", review_actions.heartbeat, name="heartbeat"),
    path("review/leaving/", review_actions.leave, name="leave"),
    path("review/undo/", review_actions.undo, name="undo"),
    path("review/<int:pk>/", review.review, name="review"),
    path("review/<int:pk>/cover/", review.cover, name="cover"),
    path("review/<int:pk>/reveal/", review.reveal, name="reveal"),
    path("review/<int:pk>/picture/", review.picture, name="picture"),
    path(
        "review/<int:pk>/references/<int:upload>/cover/",
        references.cover,
        name="reference_cover",
    ),
    path(
        "review/<int:pk>/references/<int:upload>/reveal/",
        references.reveal,
        name="reveal_reference",
    ),
    path(
        "review/<int:pk>/references/<int:upload>/picture/",
        references.picture,
        name="reference",
    ),
    path("review/<int:pk>/skip/", review_actions.skip, name="skip"),
    path("review/<int:pk>/escalation/", review_actions.escalate, name="escalate"),
    path("review/<int:pk>/assignment/", review_actions.assign, name="assign"),
    path("review/<int:pk>/reopening/", review_actions.reopen, name="reopen"),
    path("artworks/<int:pk>/decision/", decide.decide, name="decide"),
    path("artworks/<int:pk>/known/", control_items.known, name="known"),
    path("artworks/<int:pk>/outcome/", authors.outcome, name="outcome"),
    path("artworks/<int:pk>/appeal/", authors.appeal, name="appeal"),
    path("artworks/<int:pk>/report/", authors.report, name="report"),
]
