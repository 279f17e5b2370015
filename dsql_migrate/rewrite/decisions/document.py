"""``decisions.yaml``: every choice there was, for people to change."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dsql_migrate.rewrite.decisions.choices import CHOICES
from dsql_migrate.rewrite.decisions.decisions import Taken, possible

if TYPE_CHECKING:
    from dsql_migrate.target import Target


def write_decisions(taken: Iterable[Taken], target: Target, path: Path) -> None:
    """Write what was chosen, for all and for each object; in order, so that the same choices make the same bytes."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    found = sorted(taken, key=lambda t: (t.key, t.id))
    defaults, objects = CommentedMap(), CommentedMap()
    for key, choice in CHOICES.items():
        own = [t for t in found if t.key == key]
        if not own:
            continue
        defaults[key] = next((t.option for t in own if t.by != "object"), "default")
        options = [f"  {o.name}: {o.effect}" for o in choice.options if possible(o, target)]
        defaults.yaml_set_comment_before_after_key(key, before="\n".join([choice.question, *options]), indent=2)
    for one in sorted(found, key=lambda t: (t.id, t.key)):
        objects.setdefault(one.id, CommentedMap())[one.key] = one.option if one.by == "object" else "default"
    document = CommentedMap({"defaults": defaults, "objects": objects})
    document.yaml_set_start_comment(f"What was decided where there was a choice, for DSQL as of {target.as_of}.\n")
    yaml = YAML()
    yaml.width = 4096
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
