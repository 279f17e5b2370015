"""Which form a type of PostgreSQL takes on DSQL: one file a kind of type, by decision where there is a choice."""

from dsql_migrate.rewrite.forms.choice import Elements, Facet, NumericUse, NumericUses, Situation, TypeChoice, Want
from dsql_migrate.rewrite.forms.choose import choose, numeric_columns

__all__ = [
    "Elements",
    "Facet",
    "NumericUse",
    "NumericUses",
    "Situation",
    "TypeChoice",
    "Want",
    "choose",
    "numeric_columns",
]
