"""Statements that DSQL has no use for, by PostgreSQL's node name: what becomes of each, the rule, and why."""

from __future__ import annotations

from dsql_migrate.rewrite.writing.ledger import Disposition

OTHER: dict[str, tuple[Disposition, str | None, str]] = {
    "Do": ("application", "DSQL604", "DSQL has no DO blocks"),
    "Call": ("application", "DSQL503", "DSQL has no procedures"),
    "Vacuum": ("dropped", "DSQL613", "DSQL keeps its storage and statistics itself"),
    "Cluster": ("dropped", "DSQL311", "DSQL orders a table by its primary key"),
    "Reindex": ("dropped", "DSQL311", "DSQL has no REINDEX"),
    "Lock": ("dropped", "DSQL606", "DSQL has no locks"),
    "Listen": ("application", "DSQL610", "DSQL has no LISTEN"),
    "Notify": ("application", "DSQL610", "DSQL has no NOTIFY"),
    "Unlisten": ("application", "DSQL610", "DSQL has no UNLISTEN"),
    "AlterRole": ("dropped", "DSQL522", "a role on DSQL is tied to IAM"),
    "AlterRoleSet": ("dropped", "DSQL522", "a role on DSQL is tied to IAM"),
    "DropRole": ("dropped", "DSQL522", "a role on DSQL is tied to IAM"),
    "AlterDatabase": ("dropped", "DSQL523", "DSQL has one database"),
    "AlterDatabaseSet": ("dropped", "DSQL523", "DSQL has one database"),
    "AlterSystem": ("dropped", "DSQL601", "the service keeps its own settings"),
    "SecLabel": ("dropped", None, "DSQL has no security labels"),
    "AlterOpFamily": ("dropped", "DSQL512", "DSQL has no operator families"),
    "AlterOperator": ("dropped", "DSQL512", "DSQL has no operators of one's own"),
    "AlterFunction": ("dropped", "DSQL512", "DSQL changes no property of a function"),
    "AlterExtension": ("dropped", "DSQL504", "DSQL has no extensions"),
    "AlterExtensionContents": ("dropped", "DSQL504", "DSQL has no extensions"),
    "AlterEventTrig": ("dropped", "DSQL513", "DSQL has no event triggers"),
    "AlterPublication": ("dropped", "DSQL517", "DSQL has no publications"),
    "AlterSubscription": ("dropped", "DSQL517", "DSQL has no subscriptions"),
    "AlterPolicy": ("application", "DSQL507", "DSQL has no policies"),
    "AlterTSConfiguration": ("dropped", "DSQL512", "DSQL has the text search configuration simple only"),
    "AlterTSDictionary": ("dropped", "DSQL512", "DSQL has the text search configuration simple only"),
    "AlterObjectDepends": ("dropped", None, "it speaks of an extension"),
    "AlterStats": ("dropped", None, "the planner's own"),
    "CheckPoint": ("dropped", None, "the service does it itself"),
    "Load": ("dropped", "DSQL504", "DSQL loads no libraries"),
    "Discard": ("dropped", "DSQL612", "a new session is clean"),
    "Prepare": ("dropped", "DSQL612", "DSQL has no SQL PREPARE"),
    "Execute": ("application", "DSQL612", "DSQL has no SQL EXECUTE"),
    "Deallocate": ("dropped", "DSQL612", "DSQL has no SQL PREPARE"),
    "Explain": ("dropped", None, "it only reads"),
    "VariableShow": ("dropped", None, "it only reads"),
    "ConstraintsSet": ("dropped", None, "foreign keys are validated behind the load"),
    "ImportForeignSchema": ("application", "DSQL516", "DSQL has no foreign tables"),
    "AlterForeignServer": ("dropped", "DSQL516", "DSQL has no foreign tables"),
    "AlterFdw": ("dropped", "DSQL516", "DSQL has no foreign tables"),
    "CreateTransform": ("dropped", "DSQL515", "DSQL has no transforms"),
    "AlterCollation": ("dropped", "DSQL514", "C collation is the only one"),
    "AlterType": ("dropped", "DSQL512", "DSQL has no types of one's own"),
    "DropOwned": ("dropped", "DSQL522", "a role on DSQL is tied to IAM"),
    "ReassignOwned": ("dropped", "DSQL522", "a role on DSQL is tied to IAM"),
}

# Of these, what asks nothing of anybody: nobody would look for it in quarantine.sql.
IDLE = frozenset(
    {"Vacuum", "Cluster", "Reindex", "CheckPoint", "Discard", "Deallocate", "Explain", "VariableShow", "ConstraintsSet"}
)
