"""Teams, roles, invitations."""

from typing import ClassVar, Self

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User, temporary_fields, temporary_password
from log import changes


class LastAdmin(Exception):
    """The change would leave the team without an admin."""


class RoleChanged(Exception):
    """Another admin changed the role, or removed the person, meanwhile."""


class Withdrawn(Exception):
    """The invitation is over: answered, or taken back."""


class Team(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("team")

    def __str__(self) -> str:
        return self.name

    def add(self, username: str, role: str, name: str = "") -> tuple["Membership", str]:
        """The membership, and a new person's temporary password (else empty).

        Asks nobody: for commands. Raises IntegrityError for a member.
        """
        password = temporary_password()
        # Hashed before the transaction: SQLite has one writer.
        given = {"first_name": name, **temporary_fields(password)}
        with transaction.atomic():
            user, is_new = User.objects.get_or_create(
                username=User.normalize_username(username), defaults=given
            )
            membership = Membership.objects.create(user=user, team=self, role=role)
            kind = changes.Kind.JOINED
            changes.record(kind, user.username, by=None, team=self, after=role)
            return membership, password if is_new else ""

    def invite(
        self, username: str, role: str, name: str = "", *, by: User
    ) -> tuple["Invitation", str]:
        """The invitation and a password, alike whether the user name is known or not.

        A new person's account is made at once. Inviting again changes the role.
        Raises `hashing.Busy`.
        """
        password = temporary_password()
        # Hashed before the transaction: SQLite has one writer.
        fields = temporary_fields(password)
        with transaction.atomic():
            user, is_new = User.objects.get_or_create(
                username=User.normalize_username(username),
                defaults={"first_name": name, **fields},
            )
            given = {"role": role, "name": name, "invited_by": by}
            invitation, _ = Invitation.objects.update_or_create(
                team=self,
                user=user,
                defaults=given,
                create_defaults={**given, "made_account": is_new},
            )
            if invitation.opens_account:
                user.take(fields)
            kind = changes.Kind.INVITED
            changes.record(kind, user.username, by=by, team=self, after=role)
            return invitation, password


class MembershipQuerySet(models.QuerySet["Membership"]):
    def renewable_by(self, admin: User) -> Self:
        """Whose password an admin of the team may renew.

        Not the admin's own, no owner's, and nobody's who belongs to another team or is
        invited to one: the new password would open that, too.
        """
        rows = self.exclude(user=admin).filter(user__is_owner=False)
        for model in (Membership, Invitation):
            elsewhere = model.objects.filter(user=models.OuterRef("user"))
            elsewhere = elsewhere.exclude(team=models.OuterRef("team"))
            rows = rows.filter(~models.Exists(elsewhere))
        return rows


class Membership(models.Model):
    """Admins have the rights of moderators."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        MODERATOR = "moderator", _("Moderator")
        ADMIN = "admin", _("Admin")

    MODERATING: ClassVar = (Role.MODERATOR, Role.ADMIN)

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=9, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "team"], name="one_role_in_a_team")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team} · {self.role}"

    @property
    def can_moderate(self) -> bool:
        return self.role in self.MODERATING

    @property
    def can_administer(self) -> bool:
        return self.role == self.Role.ADMIN

    def change_role(self, role: str, *, by: User, was: str = "") -> None:
        """``was``: the role that the admin saw, if another one would not do. Raises
        LastAdmin, RoleChanged."""
        with transaction.atomic():
            if role != self.Role.ADMIN:
                self._ensure_another_admin()
            rows = Membership.objects.select_for_update(of=("self",))
            found = rows.filter(pk=self.pk).first()
            if found is None or found.role != (was or found.role):
                raise RoleChanged
            self._record(changes.Kind.ROLE, by, before=found.role, after=role)
            self.role = role
            self.save(update_fields=["role"])

    def leave(self, *, by: User) -> None:
        """The person and their work stay. Raises LastAdmin."""
        with transaction.atomic():
            self._ensure_another_admin()
            if self.delete()[0]:
                self._record(changes.Kind.REMOVED, by, before=self.role)

    def restore(self, *, by: User) -> None:
        """After `leave`, if the person is not back already; ``self`` is unsaved."""
        with transaction.atomic():
            _row, is_new = Membership.objects.get_or_create(
                user=self.user, team=self.team, defaults={"role": self.role}
            )
            if is_new:
                self._record(changes.Kind.RESTORED, by, after=self.role)

    def _record(self, kind: str, by: User | None, **values: str) -> None:
        changes.record(kind, self.user.username, by=by, team=self.team, **values)

    def _ensure_another_admin(self) -> None:
        """Locks the admin rows against concurrent changes. Raises LastAdmin."""
        rows = Membership.objects.select_for_update().filter(
            team=self.team_id, role=self.Role.ADMIN
        )
        if [row.pk for row in rows.order_by("pk")] == [self.pk]:
            raise LastAdmin


class Invitation(models.Model):
    """Waits for the person's answer.

    Admins see it as it was typed: neither an account's name nor whether there was one.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=9, choices=Membership.Role)
    name = models.CharField(max_length=150, blank=True)
    # The account is new: its first own password accepts.
    made_account = models.BooleanField(default=False)
    invited_by = models.ForeignKey(
        User, models.PROTECT, related_name="invitations_given"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("invitation")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "team"], name="one_invitation_to_a_team"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team} · {self.role}"

    @property
    def display_name(self) -> str:
        return self.name or self.user.username

    @property
    def opens_account(self) -> bool:
        """Whether its password does: of an account that it made and nobody has used."""
        return self.made_account and self.user.is_expected

    def renew_password(self, *, by: User) -> str:
        """May open nothing, and takes as long to make. Raises `hashing.Busy`."""
        password = temporary_password()
        fields = temporary_fields(password)
        with transaction.atomic():
            if self.opens_account:
                self.user.take(fields)
            self._record(changes.Kind.SIGN_IN, by)
        return password

    def accept(self) -> Membership:
        """With the role that it has now. Raises Withdrawn."""
        with transaction.atomic():
            rows = Invitation.objects.select_for_update().filter(pk=self.pk)
            found = rows.first()
            if found is None:
                raise Withdrawn
            membership, _ = Membership.objects.get_or_create(
                user=self.user, team=self.team, defaults={"role": found.role}
            )
            rows.delete()
            self._record(changes.Kind.JOINED, self.user, after=found.role)
            return membership

    def decline(self) -> None:
        with transaction.atomic():
            if Invitation.objects.filter(pk=self.pk).delete()[0]:
                self._record(changes.Kind.DECLINED, self.user)

    def withdraw(self, *, by: User) -> None:
        """With an account that it made and nobody has used."""
        with transaction.atomic():
            if Invitation.objects.filter(pk=self.pk).delete()[0]:
                self._record(changes.Kind.WITHDRAWN, by)
            user = User.objects.get(pk=self.user_id)
            if self.made_account and user.is_expected and not user.memberships.exists():
                user.delete()

    def _record(self, kind: str, by: User, after: str = "") -> None:
        who = self.user.username
        changes.record(kind, who, by=by, team=self.team, after=after)
