from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GalleryConfig(AppConfig):
    name = "gallery"
    verbose_name = _("gallery")

    def ready(self) -> None:
        # It follows changes of artworks.
        import_module("gallery.entries")
