from django.utils import timezone

from spend import budget_warnings


def warn() -> None:
    budget_warnings.warn(timezone.localdate())
