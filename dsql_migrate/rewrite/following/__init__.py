"""Bodies follow what was rewritten: the author's text of a view, function or expression, edited at its places."""

from dsql_migrate.rewrite.following.follow import Followed, follow_body, follow_expression, follow_query, follow_text
from dsql_migrate.rewrite.following.functions import calls_another

__all__ = ["Followed", "calls_another", "follow_body", "follow_expression", "follow_query", "follow_text"]
