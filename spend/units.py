"""The units that gateways bill in. Amounts of different units are never added up."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Unit(models.TextChoices):
    INTEGRAL = "integral", _("integrals")
    SECOND = "second", _("seconds")
    IMAGE = "image", _("images")
