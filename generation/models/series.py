"""Many generations asked for at once: accepted, paused and cancelled as one."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User
from generation.models.generations import Generation
from generation.models.status import StatusModel
from spend.units import Unit


class SeriesQuerySet(models.QuerySet["Series"]):
    def visible_to(self, user: User) -> Self:
        """Own, and of teams that the user moderates or administers, as generations."""
        moderated = user.memberships.filter(role__in=Membership.MODERATING)
        own = Q(requested_by=user, team__in=user.memberships.values("team"))
        return self.filter(own | Q(team__in=moderated.values("team")))

    def in_team(self, team: Team) -> Self:
        return self.filter(team=team)


class Series(StatusModel):
    """A matrix, or the rows of a table.

    draft ─→ running ⇄ paused      accepted: its cells have generations
               └───────┴──→ cancelled
    """

    class Kind(models.TextChoices):
        MATRIX = "matrix", _("Matrix")
        TABLE = "table", _("Table")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        RUNNING = "running", _("accepted")
        PAUSED = "paused", _("paused")
        CANCELLED = "cancelled", _("cancelled")

    team = models.ForeignKey(Team, models.PROTECT, related_name="series")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="series"
    )
    name = models.CharField(_("Name"), max_length=80, blank=True)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.MATRIX)
    operation = models.CharField(max_length=40)
    # What all cells have in common, as the form posts it: name → list of texts.
    values = models.JSONField(default=dict)
    # Matrix: each a field, "" for words of the prompt, with its values (`Axis`).
    axes = models.JSONField(default=list)
    # Table: field → column.
    mapping = models.JSONField(default=dict)
    # Columns of the table, in order, and the one with the names of files.
    columns = models.JSONField(default=list)
    file_column = models.CharField(max_length=80, blank=True)
    # In ``unit``; no more is ever reserved for the series.
    cap = models.PositiveBigIntegerField(
        _("At most"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    unit = models.CharField(max_length=8, choices=Unit)
    # Makes those of the cells: a series is accepted once.
    submit_key = models.UUIDField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["requested_by", "submit_key"], name="one_series_a_form"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["team", "-created_at", "-id"], name="series_of_a_team"
            ),
            models.Index(
                fields=["requested_by", "-created_at", "-id"], name="series_of_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.kind} {self.pk}"

    @property
    def is_open(self) -> bool:
        """Not cancelled: cells may still be accepted."""
        return self.status != self.Status.CANCELLED


class CellQuerySet(models.QuerySet["Cell"]):
    def ready(self) -> Self:
        """Checked and priced, not accepted yet; in order."""
        rows = self.filter(generation=None, is_wrong=False, pictures__gt=0)
        return rows.order_by("position")


class Cell(models.Model):
    """One picture request of a series; it has one generation at most, for ever."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="cells")
    position = models.PositiveIntegerField()
    # Matrix: field → value. Table: column → text.
    texts = models.JSONField(default=dict)
    # The checked form, prompt included; empty while it is wrong.
    parameters: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        default=dict
    )
    pictures = models.PositiveIntegerField(default=0)
    cost = models.PositiveBigIntegerField(default=0)
    is_wrong = models.BooleanField(default=False)
    # Without extension; empty where no column names it.
    file_name = models.CharField(max_length=120, blank=True)
    generation = models.OneToOneField(
        Generation, models.PROTECT, null=True, blank=True, related_name="cell"
    )

    objects = CellQuerySet.as_manager()

    class Meta:
        verbose_name = _("cell of a series")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["series", "position"], name="one_cell_a_position"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["series", "position"],
                condition=Q(is_wrong=True),
                name="cells_to_mend",
            )
        ]

    def __str__(self) -> str:
        return f"{self.series_id} · {self.position}"
