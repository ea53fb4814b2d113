"""The shared cache that limits sign-in attempts; what `createcachetable` would make, so that `migrate` is enough."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("labeling", "0001_labels")]

    operations = [
        migrations.RunSQL(
            [
                'CREATE TABLE IF NOT EXISTS "cache" ("cache_key" varchar(255) NOT NULL PRIMARY KEY, "value" text NOT NULL, "expires" timestamp with time zone NOT NULL)',
                'CREATE INDEX IF NOT EXISTS "cache_expires" ON "cache" ("expires")',
            ],
            migrations.RunSQL.noop,
        )
    ]
