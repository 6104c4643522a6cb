"""What the shell draws on every page: the number waiting, the purse, the sandbox."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    return {}
