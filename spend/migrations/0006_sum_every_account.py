from django.db import migrations

from spend import triggers


class Migration(migrations.Migration):
    dependencies = [("spend", "0005_restore")]

    operations = [
        migrations.RunPython(triggers.install, migrations.RunPython.noop),
        migrations.RunPython(triggers.count_again, migrations.RunPython.noop),
    ]
