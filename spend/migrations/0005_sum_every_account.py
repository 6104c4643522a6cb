from django.db import migrations

from spend import triggers


class Migration(migrations.Migration):
    dependencies = [("spend", "0004_double_entry")]

    operations = [
        migrations.RunPython(triggers.install, migrations.RunPython.noop),
        migrations.RunPython(triggers.count_again, migrations.RunPython.noop),
    ]
