"""Conditions of PL/pgSQL by name, with their SQLSTATE: of PostgreSQL's errcodes.txt those that bodies use."""

from __future__ import annotations

from dsql_migrate.stubs.translate.scope import Beyond

_STATES = {
    "successful_completion": "00000", "warning": "01000", "no_data": "02000", "connection_exception": "08000",
    "feature_not_supported": "0A000", "invalid_transaction_initiation": "0B000", "case_not_found": "20000",
    "cardinality_violation": "21000", "data_exception": "22000", "array_subscript_error": "2202E",
    "datetime_field_overflow": "22008", "division_by_zero": "22012", "invalid_datetime_format": "22007",
    "invalid_parameter_value": "22023", "invalid_regular_expression": "2201B",
    "invalid_text_representation": "22P02", "null_value_not_allowed": "22004", "numeric_value_out_of_range": "22003",
    "string_data_right_truncation": "22001", "substring_error": "22011", "invalid_json_text": "22032",
    "character_not_in_repertoire": "22021", "untranslatable_character": "22P05",
    "integrity_constraint_violation": "23000", "restrict_violation": "23001", "not_null_violation": "23502",
    "foreign_key_violation": "23503", "unique_violation": "23505", "check_violation": "23514",
    "exclusion_violation": "23P01", "invalid_cursor_state": "24000", "invalid_transaction_state": "25000",
    "read_only_sql_transaction": "25006", "invalid_authorization_specification": "28000",
    "invalid_password": "28P01", "dependent_objects_still_exist": "2BP01", "sql_routine_exception": "2F000",
    "function_executed_no_return_statement": "2F005", "invalid_schema_name": "3F000", "transaction_rollback": "40000",
    "serialization_failure": "40001", "deadlock_detected": "40P01", "syntax_error_or_access_rule_violation": "42000",
    "syntax_error": "42601", "insufficient_privilege": "42501", "cannot_coerce": "42846", "grouping_error": "42803",
    "datatype_mismatch": "42804", "wrong_object_type": "42809", "undefined_column": "42703",
    "undefined_function": "42883", "undefined_table": "42P01", "undefined_parameter": "42P02",
    "undefined_object": "42704", "duplicate_column": "42701", "duplicate_table": "42P07", "duplicate_schema": "42P06",
    "duplicate_object": "42710", "duplicate_function": "42723", "ambiguous_column": "42702",
    "invalid_name": "42602", "invalid_table_definition": "42P16", "with_check_option_violation": "44000",
    "insufficient_resources": "53000", "program_limit_exceeded": "54000",
    "object_not_in_prerequisite_state": "55000", "object_in_use": "55006", "lock_not_available": "55P03",
    "query_canceled": "57014", "plpgsql_error": "P0000", "raise_exception": "P0001", "no_data_found": "P0002",
    "too_many_rows": "P0003", "assert_failure": "P0004", "internal_error": "XX000",
}  # fmt: skip


def state_of(condition: str) -> str:
    """The SQLSTATE of a condition: a name, or "SQLSTATE xxxxx". Raises Beyond for a name that none has."""
    if condition.startswith("SQLSTATE "):
        return condition[9:]
    found = _STATES.get(condition.lower())
    if found is None:
        raise Beyond(f"the condition {condition} is not known")
    return found


def state_or_name(text: str) -> str:
    """The SQLSTATE that ERRCODE = 'text' means: five characters, or a name."""
    plain = len(text) == 5 and text.isalnum() and text.upper() == text
    return text if plain else state_of(text)


def caught(conditions: tuple[str, ...]) -> tuple[str, ...]:
    """The SQLSTATEs that a handler takes, classes by their two characters; empty: OTHERS."""
    if "others" in (c.lower() for c in conditions):
        return ()
    states = (state_of(condition) for condition in conditions)
    return tuple(state[:2] if state.endswith("000") else state for state in states)
