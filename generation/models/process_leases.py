"""Leases: roles of one process at a time."""

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Lease(models.Model):
    name = models.CharField(max_length=20, primary_key=True)
    holder = models.CharField(max_length=60)
    until = models.DateTimeField()
    renewed_at = models.DateTimeField()

    #: A later end, by a clock that was ahead, is void.
    LONGEST: ClassVar = datetime.timedelta(seconds=60)

    def __str__(self) -> str:
        return f"{self.name} · {self.holder}"

    @classmethod
    def take(cls, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a free, expired or own lease, by compare-and-set."""
        now = timezone.now()
        until = now + datetime.timedelta(seconds=seconds)
        is_over = Q(until__lt=now) | Q(until__gt=now + cls.LONGEST)
        free = is_over | Q(holder=holder)
        row = {"holder": holder, "until": until, "renewed_at": now}
        if cls.objects.filter(free, name=name).update(**row):
            return True
        if cls.objects.filter(name=name).exists():
            return False
        return cls.objects.get_or_create(name=name, defaults=row)[1]

    @classmethod
    def give_back(cls, name: str, holder: str) -> None:
        cls.objects.filter(name=name, holder=holder).update(until=timezone.now())
