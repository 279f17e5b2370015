import uuid

import aurora_dsql_django.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("facts", models.JSONField(default=dict)),
                ("joined", models.DateTimeField(auto_now_add=True)),
                ("nickname", models.CharField(max_length=100, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "number",
                    aurora_dsql_django.fields.SequenceAutoField(
                        primary_key=True, sequence_cache_size=1, serialize=False
                    ),
                ),
                ("placed", models.DateField()),
                ("total", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "customer",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="shop.customer"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Label",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=20)),
                ("customers", models.ManyToManyField(related_name="labels", to="shop.customer")),
            ],
        ),
    )
