"""Append-only rows; the log, one hash chain of entries per team; changes by admins.

Triggers refuse changes and removals (`log.append_only`); ``verify_log`` finds those
made past the triggers.
"""

from typing import Any, ClassVar, Never, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

Row = TypeVar("Row", bound=models.Model)


class RowIsFinal(TypeError):
    """The row is append-only: another row corrects it."""


class AppendOnlyQuerySet(models.QuerySet[Row]):
    def update(self, **_: Any) -> Never:
        raise RowIsFinal

    def delete(self) -> Never:
        raise RowIsFinal


class AppendOnly(models.Model):
    """Rows are added, never changed. A migration of the subclass installs the triggers
    (`log.append_only.guard`)."""

    #: Each row's digest stands in its team's log (`log.chain.Event.row`).
    is_logged: ClassVar[bool] = False

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise RowIsFinal
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise RowIsFinal


class Chain(models.Model):
    """The end of a team's chain; appending locks it until the commit.

    ``signature``: `log.heads`, with a key that the database does not hold.
    """

    team = models.OneToOneField(
        "accounts.Team", models.PROTECT, primary_key=True, related_name="chain"
    )
    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)
    signature = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.team_id} · {self.number}"


class Entry(AppendOnly):
    """One act of a person or a rule. ``facts`` is the JSON text as hashed."""

    class Kind(models.TextChoices):
        INTAKE = "intake", _("taken in")
        REVEAL = "reveal", _("revealed")
        OPINION = "opinion", _("first opinion")
        DECISION = "decision", _("decided")
        UNDO = "undo", _("undone")
        REOPEN = "reopen", _("reopened")
        ESCALATE = "escalate", _("escalated")
        ASSIGN = "assign", _("assigned")
        RULES = "rules", _("rules changed")
        REPORT = "report", _("reported")
        APPEAL = "appeal", _("appealed")
        KNOWN = "known", _("calibration item set")
        BOOKS = "books", _("transfers recorded")
        MONTH = "month", _("month closed")
        STEP = "step", _("difference closed or opened again")
        BIN = "bin", _("deleted into the bin")
        UNBIN = "unbin", _("restored from the bin")
        ERASE = "erase", _("files removed")
        EXPORT = "export", _("handed out")

    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="log")
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=9, choices=Kind)
    # Empty: a rule acted.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    artwork = models.ForeignKey(
        "generation.Artwork", models.PROTECT, null=True, related_name="log"
    )
    facts = models.TextField(default="{}")
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = AppendOnlyQuerySet["Entry"].as_manager()

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "number"], name="one_entry_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"entry {self.pk} ({self.team_id}, {self.number})"


class Change(AppendOnly):
    """One change of people, limits, rules or accounts; written by `log.changes`.

    ``team`` None: the installation. ``by`` None: the command line, or the portal.
    """

    class Kind(models.TextChoices):
        INVITED = "invited", _("Person invited")
        WITHDRAWN = "withdrawn", _("Invitation withdrawn")
        JOINED = "joined", _("Invitation accepted")
        DECLINED = "declined", _("Invitation declined")
        ROLE = "role", _("Role changed")
        REMOVED = "removed", _("Person removed")
        RESTORED = "restored", _("Removal undone")
        SIGN_IN = "sign_in", _("New password made")
        LIMIT = "limit", _("Limit changed")
        SPEND_RULE = "spend", _("Spend rule changed")
        RULES = "rules", _("Review rules changed")
        GATEWAY = "gateway", _("Gateway account changed")
        CHANNEL = "channel", _("Channel added or removed")
        OWNER = "owner", _("Owner added or removed")
        TEAM = "team", _("Team created")
        BACKUP = "backup", _("Backup made")
        SHARE = "share", _("Share link changed")
        LABELS = "labels", _("Label settings changed")

    TEXT_CHARACTERS: ClassVar = 200

    team = models.ForeignKey(
        "accounts.Team", models.PROTECT, null=True, related_name="changes"
    )
    kind = models.CharField(max_length=9, choices=Kind)
    # A user name or the name of a thing: an unused account may be deleted.
    about = models.CharField(max_length=TEXT_CHARACTERS, blank=True)
    before = models.CharField(max_length=TEXT_CHARACTERS, blank=True)
    after = models.CharField(max_length=TEXT_CHARACTERS, blank=True)
    note = models.CharField(max_length=TEXT_CHARACTERS, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = AppendOnlyQuerySet["Change"].as_manager()

    class Meta:
        verbose_name = _("change")
        indexes: ClassVar = [
            models.Index(fields=["team", "created_at", "id"], name="changes_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}: {self.before} → {self.after}"
