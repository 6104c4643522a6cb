from django.utils import timezone

from spend import budget_warnings, recorded_transfers


def warn() -> None:
    budget_warnings.warn(timezone.localdate())


def record() -> None:
    recorded_transfers.record()
