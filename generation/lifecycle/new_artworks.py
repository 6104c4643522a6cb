"""Creates the artworks of succeeded tasks."""

import datetime
from collections.abc import Sequence

from gateways.providers.base import TaskUpdate, Verdict
from generation.models import Artwork, Generation, ProviderTask

TaskStatus = ProviderTask.Status


def make_artworks(
    ended: Sequence[tuple[ProviderTask, TaskUpdate]], now: datetime.datetime
) -> None:
    artworks = [
        _artwork(task, update, position, url, now)
        for task, update in ended
        if task.status == TaskStatus.SUCCEEDED
        for position, url in enumerate(update.picture_urls)
    ]
    Artwork.objects.bulk_create(artworks)
    storing = {artwork.generation_id for artwork in artworks}
    Generation.objects.filter(pk__in=storing).update(is_storing=True)


def _artwork(
    task: ProviderTask,
    update: TaskUpdate,
    position: int,
    url: str,
    now: datetime.datetime,
) -> Artwork:
    audit, generation = update.audit, task.generation
    labels = [
        {
            "label": label.label,
            "description": label.description,
            "scene": label.scene,
            "verdict": label.verdict.value,
            "rate": label.rate,
        }
        for label in (audit.labels if audit else ())
    ]
    return Artwork(
        task=task,
        generation=generation,
        team_id=generation.team_id,
        requested_by_id=generation.requested_by_id,
        position=position,
        source_url=url,
        verdict=(audit.verdict if audit else Verdict.MISSING).value,
        is_check_failed=audit.check_failed if audit else False,
        is_offending=audit.is_offending if audit else False,
        labels=labels,
        width=generation.width,
        height=generation.height,
        fetch_after=now,
    )
