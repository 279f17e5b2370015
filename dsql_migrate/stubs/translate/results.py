"""The types that functions of PostgreSQL give, for those whose result does not depend on their arguments."""

from __future__ import annotations

from dsql_migrate.stubs.code.values import Kind
from dsql_migrate.stubs.translate.kinds import kind_of

_NAMES = {
    "text": """
        lower upper trim btrim ltrim rtrim replace substr substring left right concat concat_ws format
        to_char md5 initcap repeat lpad rpad reverse translate quote_ident quote_literal quote_nullable
        regexp_replace split_part overlay string_agg version encode to_hex chr format_type
    """,
    "integer": """
        length char_length character_length octet_length position strpos ascii cardinality array_length
        array_upper array_lower array_position json_array_length jsonb_array_length
    """,
    "bigint": "count nextval currval setval lastval row_number rank dense_rank",
    "timestamp with time zone": "now clock_timestamp transaction_timestamp statement_timestamp to_timestamp",
    "boolean": "bool_and bool_or every starts_with isfinite has_table_privilege has_column_privilege pg_has_role",
    "jsonb": "to_jsonb jsonb_build_object jsonb_build_array jsonb_agg jsonb_object_agg jsonb_set jsonb_strip_nulls",
    "json": "to_json row_to_json json_build_object json_build_array json_agg json_object_agg",
    "uuid": "gen_random_uuid uuid_generate_v4",
    "numeric": "avg extract to_number",
    "double precision": "date_part random",
    "date": "to_date",
    "interval": "age make_interval",
    "tsvector": "to_tsvector setweight",
}
RESULTS: dict[str, Kind] = {name: kind_of(type) for type, names in _NAMES.items() for name in names.split()}
