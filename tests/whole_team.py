"""A team with a row of everything, and the addresses of each row."""

import uuid
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import User
from gallery import acts, boards, deletion, notes, sharing, zip_files
from gallery.models import Act, Board
from generation import uploads
from generation.models import Artwork, Generation, Preset, ProviderTask, Upload
from generation.operations import TRAININGS
from generation.series import accepting
from moderation import decisions
from moderation.models import Review
from notifications import alerts, deliveries
from notifications.models import Alert
from reconciliation.models import Difference, Reconciliation
from spend import increases
from spend.models import Budget, SavedView
from tests import factories

#: In every text of the team.
MARK = "Nightingale"
SAID = {"prompt": f"{MARK} in a garden"}
#: Name of an address → the arguments of rows in the team.
Keys = dict[str, list[dict[str, Any]]]


class WholeTeam:
    """``moderator`` reviews pictures of ``member``, and made some as well."""

    def __init__(self, member: User, moderator: User) -> None:
        self.member, self.moderator = member, moderator
        self.team = member.memberships.get().team
        self.generation = factories.generation(moderator, **SAID)
        self.artwork = self._artwork(moderator, "released")
        self.other_artwork = self._artwork(moderator, "released")
        self.upload = self._upload(moderator)
        self.keys = {
            **self._keys_of_generations(),
            **self._keys_of_pictures(),
            **self._keys_of_sorted_pictures(),
            **self._keys_of_shared_accounts(),
            **self._keys_of_alerts(),
            **self._keys_of_money_and_people(),
        }

    def _keys_of_generations(self) -> Keys:
        queued, shown = {"pk": self.generation.pk}, {"pk": self.artwork.generation_id}
        task, avatar = {"pk": self.artwork.task_id}, self._avatar(self.moderator)
        names = ("detail", "cancel", "acceleration", "accelerate", "parameters")
        return {
            **{f"generation:{name}": [queued, shown] for name in names},
            **self._keys_of_series(),
            "generation:close": [queued],
            "generation:delete_avatar": [{"pk": avatar.pk}],
            "generation:look": [task],
            **self._keys_of_presets(),
            "generation:close_task": [task],
            "generation:wasted_generations": [{"kind": "ended"}],
            "uploads:thumbnail": [{"token": self.upload.token}],
            "uploads:picture": [{"token": self.upload.token}],
        }

    def _keys_of_presets(self) -> Keys:
        own = {"name": MARK, "prompt": SAID["prompt"], "is_shared": True}
        kept = Preset.objects.create(team=self.team, made_by=self.moderator, **own)
        names = ("edit_preset", "remove_preset", "restore_preset")
        return {f"generation:{name}": [{"pk": kept.pk}] for name in names}

    def _keys_of_series(self) -> Keys:
        """A draft of a table, and an accepted series."""
        draft = factories.series(self.moderator, 2, name=MARK, columns=["prompt"])
        draft.cells.update(is_wrong=True)
        running = factories.series(self.moderator, 2, name=MARK)
        accepting.accept(running, confirmed=8)
        both = [{"pk": draft.pk}, {"pk": running.pk}]
        names = (
            *("series", "pause_series", "resume_series", "cancel_series"),
            *(
                "repeat_series",
                "discard_series",
                "plan_matrix",
                "accept_matrix",
                "upload_table",
            ),
            *("map_table", "accept_table"),
        )
        return {
            **{f"generation:{name}": both for name in names},
            "generation:mend_row": [{"pk": draft.pk, "position": 0}],
        }

    def _keys_of_pictures(self) -> Keys:
        """Two in review: one leased to the moderator, one decided, to be undone."""
        held, decided = (self._artwork(self.member, "held") for _ in range(2))
        self.leased, self.undoable = self._reviews(held, decided, self.moderator)
        refused = self._artwork(self.moderator, "rejected")
        in_review = [{"pk": held.pk}, {"pk": decided.pk}]
        shown = {"pk": self.artwork.pk}
        reference = {"pk": held.pk, "upload": self.upload.pk}
        by_name: Keys = {
            "gallery:artwork": [shown],
            "gallery:clean_file": [shown, in_review[0]],
        }
        for name in ("picture", "thumbnail", "fetch", "reference"):
            by_name[f"generation:{name}"] = [shown, in_review[0]]
        for name in (
            *("review", "cover", "reveal", "picture", "skip", "escalate", "assign"),
            *("reopen", "decide"),
        ):
            by_name[f"moderation:{name}"] = in_review
        for name in ("outcome", "appeal"):
            by_name[f"moderation:{name}"] = [{"pk": refused.pk}]
        for name in ("report", "known"):
            by_name[f"moderation:{name}"] = [shown]
        for name in ("reference_cover", "reveal_reference", "reference"):
            by_name[f"moderation:{name}"] = [reference]
        return by_name

    def _keys_of_sorted_pictures(self) -> Keys:
        """The moderator's board, tag, note and bin; acts that can be undone."""
        by, shown = self.moderator, [self.artwork.pk]
        self.board = Board(team=self.team, owner=by, name=MARK, description=MARK)
        boards.save(self.board)
        acts.add_to_board(self.board, shown, by=by)
        acts.tag(MARK, shown, by=by, team=self.team)
        self.act = acts.rate(3, shown, by=by, team=self.team)
        title = {"title": MARK, "days": 7, "board": self.board}
        share, self.token = sharing.create(**title, by=by, team=self.team)
        note = {"pk": notes.add(self.artwork, MARK, by=by).pk}
        binned = self._artwork(by, "released")
        deletion.delete([binned.pk], by=by, team=self.team)
        board = {"pk": self.board.pk}
        keys = [self.artwork.pk]
        packed = zip_files.ask(keys, by=by, team=self.team, pattern=MARK, board=MARK)
        names = ("board", "edit_board", "remove_board", "restore_board")
        return {
            **{f"gallery:{name}": [board] for name in names},
            "gallery:undo": [{"pk": each.pk} for each in Act.objects.filter(by=by)],
            "gallery:binned_thumbnail": [{"pk": binned.pk}],
            "gallery:add_note": [{"pk": self.artwork.pk}],
            "gallery:lineage": [{"pk": self.artwork.pk}],
            "gallery:remove_note": [note],
            "gallery:revoke_share": [{"pk": share.pk}],
            "gallery:restore_share": [{"pk": share.pk}],
            "gallery:zip_file": [{"pk": packed.pk}],
            "gallery:prepare_again": [{"pk": packed.pk}],
            "gallery:restore_note": [note],
        }

    def _keys_of_shared_accounts(self) -> Keys:
        account = {"pk": self.generation.account_id}
        difference = {"pk": self._difference(self.generation).pk}
        return {
            "generation:sending": [account],
            "generation:limits": [account],
            "reconciliation:account_summary": [account],
            "reconciliation:reconcile": [account],
            "reconciliation:set_threshold": [account],
            "reconciliation:difference": [difference],
            "reconciliation:close_difference": [difference],
            "reconciliation:reopen": [difference],
        }

    def _keys_of_alerts(self) -> Keys:
        facts = {"person": MARK, "amount": 5}
        alerts.tell("increase_asked", key="told", facts=facts, team=self.team)
        kept = {"kind": "email", "address": "own@example.org", "secret": ""}
        own = deliveries.add_own_channel(self.member, **kept)
        channel = deliveries.add_channel(
            self.team, "email", MARK, "ops@example.org", "", by=self.moderator
        )
        return {
            "notifications:see": [{"pk": Alert.objects.get(key="told").pk}],
            "notifications:test_channel": [{"pk": channel.pk}],
            "notifications:remove_channel": [{"pk": channel.pk}],
            "notifications:replay": [{"pk": deliveries.test(channel).pk}],
            "notifications:test_own_channel": [{"pk": own.pk}],
            "notifications:remove_own_channel": [{"pk": own.pk}],
        }

    def _keys_of_money_and_people(self) -> Keys:
        budget = Budget.objects.create(team=self.team, limit=100)
        other = Budget.objects.create(team=self.team, limit=9, operation=MARK)
        view = SavedView.objects.create(
            team=self.team, saved_by=self.moderator, name=MARK, address="unit=integral"
        )
        search = SavedView.objects.create(
            team=self.team,
            saved_by=self.moderator,
            page=SavedView.Page.GALLERY,
            name=MARK,
            address="q=garden",
        )
        increase = increases.ask(budget, 5, reason=MARK, by=self.moderator)
        given = {"role": "member", "name": MARK, "by": self.moderator}
        invited, _password = self.team.invite("guest", **given)
        one = {"pk": self.member.memberships.get().pk}
        by_name: Keys = {
            "spend:decide": [{"pk": increase.pk}],
            "spend:remove_limit": [{"pk": budget.pk}, {"pk": other.pk}],
            "spend:remove_view": [{"pk": view.pk}],
            "spend:restore_view": [{"pk": view.pk}],
            "gallery:remove_search": [{"pk": search.pk}],
            "gallery:restore_search": [{"pk": search.pk}],
            "spend:team": [{"pk": self.team.pk}],
            "spend:allocate": [{"pk": self.team.pk}],
            "accounts:remove_owner": [{"pk": self.member.pk}],
        }
        for name in ("renew_password", "change_role", "remove"):
            by_name[f"accounts:{name}"] = [one]
        by_name["labels:set_grant"] = [one]
        for name in ("accept", "decline", "renew_invitation", "withdraw"):
            by_name[f"accounts:{name}"] = [{"pk": invited.pk}]
        return by_name

    @staticmethod
    def _artwork(by: User, moderation: str) -> Artwork:
        return factories.artwork(by, moderation=moderation, generation_fields=SAID)

    @staticmethod
    def _upload(by: User) -> Upload:
        made = Upload.objects.create(
            team=by.memberships.get().team,
            uploaded_by=by,
            sha256="0" * 64,
            content_type="image/png",
            size=1,
            width=64,
            height=64,
        )
        thumbnail = uploads.thumbnail_name(made.sha256)
        default_storage.save(thumbnail, ContentFile(MARK.encode()))
        return made

    @staticmethod
    def _avatar(by: User) -> ProviderTask:
        training = factories.generation(
            by,
            operation=TRAININGS[0],
            parameters={"avatar_name": MARK, "photos": []},
            status=Generation.Status.DONE,
            reserved=0,
        )
        return factories.task(training, status=ProviderTask.Status.SUCCEEDED)

    @staticmethod
    def _reviews(held: Artwork, decided: Artwork, by: User) -> tuple[Review, Review]:
        """One leased to the person, one decided by them and not settled yet."""
        leased = factories.review(held, by)
        undoable = factories.review(decided, by)
        decisions.decide(undoable, undoable.claim, "release", by=by)
        return leased, Review.objects.get(pk=undoable.pk)

    @staticmethod
    def _difference(of: Generation) -> Difference:
        run = Reconciliation.objects.create(
            account=of.account, window_start=of.created_at, status="done"
        )
        return Difference.objects.create(
            account=of.account,
            run=run,
            kind="missing_here",
            identity="1",
            key=MARK,
            unit="integral",
            amount=24,
        )

    @property
    def sent(self) -> dict[str, Any]:
        """What an address without arguments may name in its query or body."""
        review, undone = self.leased, self.undoable
        return {
            "team": self.team.pk,
            "everyone": "1",
            "again": self.generation.pk,
            "seen": f"{self.generation.pk}:0",
            "shown": review.pk,
            "until": f"{review.pk}:{int(review.claimed_until.timestamp())}",
            "undo": undone.pk,
            "item": f"{review.pk}:{review.claim}",
            "action": "release",
            "claim": review.claim,
            "who": review.requested_by_id,
            "user": review.requested_by_id,
            "person": review.requested_by_id,
            "budget": Budget.objects.plain().get(team=self.team).pk,
            "amount": 5,
            "submit_key": self.generation.submit_key,
            "key": uuid.uuid4(),
            "operation": "photo-fix",
            "field": "photo",
            "photo": self.upload.token,
            "act": f"board:{self.board.pk}",
            "picture": self.artwork.pk,
            "a": self.artwork.pk,
            "b": self.other_artwork.pk,
            "of": self.board.pk,
            "done": self.act.pk if self.act else "",
            "removed": self.board.pk,
        }
