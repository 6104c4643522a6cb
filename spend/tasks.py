"""Ways in for django-q2."""

from django.utils import timezone

from spend import warnings


def warn() -> None:
    warnings.warn(timezone.localdate())
