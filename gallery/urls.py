from django.urls import path

from gallery.views import (
    acts,
    artwork,
    bin,
    boards,
    clean_file,
    compare,
    download,
    gallery,
    lineage,
    notes,
    saved_searches,
    share_links,
    tags,
    zips,
)

app_name = "gallery"
urlpatterns = [
    path("gallery/", gallery.gallery, name="gallery"),
    path("gallery/filters/", gallery.filters, name="filters"),
    path("gallery/searches/", saved_searches.save_search, name="save_search"),
    path(
        "gallery/searches/<int:pk>/removal/",
        saved_searches.remove_search,
        name="remove_search",
    ),
    path(
        "gallery/searches/<int:pk>/restoration/",
        saved_searches.restore_search,
        name="restore_search",
    ),
    path("gallery/acts/", acts.act, name="act"),
    path("gallery/acts/<int:pk>/undo/", acts.undo, name="undo"),
    path("gallery/keys/", acts.keys, name="keys"),
    path("gallery/tags/", tags.tags, name="tags"),
    path("gallery/compare/", compare.compare, name="compare"),
    path("gallery/download/", download.download, name="download"),
    path("gallery/zips/", zips.zips, name="zips"),
    path("gallery/zips/<int:pk>/", zips.zip_file, name="zip_file"),
    path("gallery/zips/<int:pk>/again/", zips.prepare_again, name="prepare_again"),
    path("gallery/bin/", bin.bin, name="bin"),
    path("gallery/bin/restore/", bin.restore, name="restore"),
    path(
        "gallery/bin/<int:pk>/thumbnail/",
        bin.binned_thumbnail,
        name="binned_thumbnail",
    ),
    path("gallery/shares/", share_links.shares, name="shares"),
    path("gallery/shares/new/", share_links.new_share, name="new_share"),
    path("gallery/shares/additions/", share_links.share, name="share"),
    path(
        "gallery/shares/<int:pk>/revocation/", share_links.revoke, name="revoke_share"
    ),
    path(
        "gallery/shares/<int:pk>/restoration/",
        share_links.restore,
        name="restore_share",
    ),
    path("boards/", boards.boards, name="boards"),
    path("boards/new/", boards.new_board, name="new_board"),
    path("boards/<int:pk>/", boards.board, name="board"),
    path("boards/<int:pk>/edit/", boards.edit_board, name="edit_board"),
    path("boards/<int:pk>/remove/", boards.remove_board, name="remove_board"),
    path("boards/<int:pk>/restore/", boards.restore_board, name="restore_board"),
    path("artworks/<int:pk>/", artwork.artwork, name="artwork"),
    path("artworks/<int:pk>/clean/", clean_file.clean_file, name="clean_file"),
    path("artworks/<int:pk>/lineage/", lineage.lineage, name="lineage"),
    path("artworks/<int:pk>/notes/", notes.add_note, name="add_note"),
    path("notes/<int:pk>/remove/", notes.remove_note, name="remove_note"),
    path("notes/<int:pk>/restore/", notes.restore_note, name="restore_note"),
]
