"""Where there is a choice: what can be chosen, what was chosen, by whom; and ``decisions.yaml``, where it stands."""

from dsql_migrate.rewrite.decisions.choices import CHOICES, Choice, Option
from dsql_migrate.rewrite.decisions.decisions import Decisions, Taken, check_decisions, choices_taken, default, possible

__all__ = [
    "CHOICES", "Choice", "Decisions", "Option", "Taken", "check_decisions", "choices_taken", "default", "possible",
]  # fmt: skip
