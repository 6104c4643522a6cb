from django.db import migrations
from django.utils import timezone


def inquire(apps, schema_editor):
    """What is uncertain already is looked for from now on, where there is a history."""
    generations = apps.get_model("generation", "Generation").objects
    inquiries = apps.get_model("generation", "Inquiry").objects
    now = timezone.now()
    for row in generations.filter(status="uncertain").select_related("account"):
        has_history = row.account.provider == "wujie"
        inquiries.create(
            generation=row, begun_at=now, look_after=now if has_history else None
        )


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0003_inquiries'),
    ]

    operations = [migrations.RunPython(inquire, migrations.RunPython.noop)]
