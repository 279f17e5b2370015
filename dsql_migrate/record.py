"""Frozen, slotted records: dataclasses that cost little to define.

``@dataclass(frozen=True, slots=True)`` takes half a millisecond a class, because it writes and compiles the methods of
each when it is defined, and makes the class twice. The linter loads a hundred of them and has that many milliseconds in
all. A ``Record`` is made once, and its ``__init__`` is compiled when the first one is made: a run of the linter meets
some twenty of the sixty kinds of statement.

They work with ``dataclasses.replace``, ``fields``, ``asdict`` and ``match``. That they are frozen is for mypy to
see: a check at run time would make each of them slower to build. ``class X(Record, frozen=False)`` may be changed, and
has no hash.
"""

from __future__ import annotations

import dataclasses
from dataclasses import MISSING, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

__all__ = ["Record", "field"]


class _Maker(type):
    """Turns the annotations of a class body into slots; defaults are taken out of it, for a slot needs the place."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], frozen: bool = True) -> _Maker:
        annotated = body.get("__annotations__", {})
        own = [each for each in annotated if "ClassVar" not in str(annotated[each])]
        parent = bases[0] if bases else object
        defaults = dict(getattr(parent, "_defaults", ()))
        defaults |= {each: body.pop(each) for each in own if each in body}
        names = (*getattr(parent, "__match_args__", ()), *own)
        body |= {"__slots__": tuple(own), "__match_args__": names, "_defaults": defaults, "__init__": _first}
        if names:
            body["_values"] = attrgetter(*names)
        if not frozen:
            body["__hash__"] = None
        return super().__new__(cls, name, bases, body)


def _first(self: Any, /, *args: Any, **kwargs: Any) -> None:
    """Stands for ``__init__`` until the first record of a class is made."""
    made = type(self)
    made.__init__ = _compiled(made.__match_args__, made._defaults)
    made.__init__.__qualname__ = f"{made.__qualname__}.__init__"
    made.__init__(self, *args, **kwargs)


def _compiled(names: tuple[str, ...], defaults: dict[str, Any]) -> Any:
    """``def __init__(self, a, b=…): self.a = a; self.b = b``."""
    known: dict[str, Any] = {}
    parameters, lines = ["self"], []
    for name in names:
        value = name
        parameters.append(name)
        if name in defaults:
            default = defaults[name]
            known[f"_{name}"] = default
            parameters[-1] = f"{name}=_{name}"
            if isinstance(default, dataclasses.Field):
                if default.default_factory is not MISSING:
                    known[f"_{name}"], known[f"_new_{name}"] = MISSING, default.default_factory
                    value = f"_new_{name}() if {name} is _{name} else {name}"
                else:
                    known[f"_{name}"] = default.default
        lines.append(f" self.{name} = {value}")
    source = f"def __init__({', '.join(parameters)}):\n" + ("\n".join(lines) or " pass")
    exec(source, known)
    return known["__init__"]


class _Fields:
    """What ``dataclasses`` looks for on a class to know its fields; made where somebody asks."""

    def __get__(self, record: Any, owner: Any) -> dict[str, Any]:
        if record is None and owner is Record:
            raise AttributeError("__dataclass_fields__")
        made: dict[str, Any] = {}
        for name in owner.__match_args__:
            default = owner._defaults.get(name, MISSING)
            each: Any = default if isinstance(default, dataclasses.Field) else field(default=default)
            each.name, each.type = name, Any
            each._field_type = dataclasses._FIELD  # type: ignore[attr-defined]  # as opposed to ClassVar and InitVar
            made[name] = each
        owner.__dataclass_fields__ = made
        return made


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record(metaclass=_Maker):
    """The base of all records: equal where class and fields are equal, hashed by the fields."""

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
        __match_args__: ClassVar[tuple[str, ...]]
        _values: ClassVar[attrgetter[Any]]
    else:
        __dataclass_fields__ = _Fields()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return bool(self._values(self) == self._values(other))

    def __hash__(self) -> int:
        return hash(self._values(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__qualname__}({shown})"
