"""A shop. Automatic ids are uuids with this backend; those of an order are a sequence's.

Nothing refers to an order: to a SequenceAutoField the backend makes foreign keys of type uuid, which do not fit.
"""

import uuid

from aurora_dsql_django import SequenceAutoField
from django.db import models


class Customer(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=100)
    email = models.EmailField(unique=True)
    facts = models.JSONField(default=dict)
    joined = models.DateTimeField(auto_now_add=True)
    phone = models.CharField(max_length=30, null=True)

    class Meta:
        indexes = (models.Index(fields=["name"], name="customer_by_name"),)


class Order(models.Model):
    number = SequenceAutoField(primary_key=True, sequence_cache_size=1)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    placed = models.DateField()
    total = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(total__gte=0), name="total_is_not_negative"),)


class Label(models.Model):
    word = models.CharField(max_length=20)
    customers = models.ManyToManyField(Customer, related_name="labels")
