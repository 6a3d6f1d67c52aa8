"""Mutants of Python modules: mutmut's changes of expressions, and three of our own.

mutmut's own runner knows one package beside its tests and leaves out what runs at import, which is
where most of our tables are. So only its operators are used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

from mutation.mutant import Mutant, between

_NEVER = cst.Annotation | cst.Decorator | cst.Import | cst.ImportFrom | cst.AssignTarget
# What they are given is read by people and by mypy alone.
_FOR_TYPES = frozenset({"cast", "TypeVar", "NewType"})


def mutants(family: str, path: str, source: str) -> Iterator[Mutant]:
    """All mutants of one module, from its top to its end.

    Args:
        family: the group of modules that it belongs to.
        path: the file, from the root of the repository.
        source: its text.
    """
    module = cst.parse_module(source)
    visitor = _Visitor()
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    wrapper.visit(visitor)
    # Only the function or class with the change is written anew: a whole module takes too long.
    texts = [module.code_for_node(one) for one in module.body]
    head, tail = _around(module, texts)
    seen = {source}
    for index, original, changed, lines in visitor.found:
        part = module.body[index].deep_replace(original, changed)
        fresh = module.code_for_node(part)
        text = "".join([head, *texts[:index], fresh, *texts[index + 1 :], tail])
        if text not in seen:
            seen.add(text)
            yield between(family, path, source, text, lines)


def _around(module: cst.Module, texts: list[str]) -> tuple[str, str]:
    """What stands above the first statement of a module and below the last."""
    body = "".join(texts)
    head, _, tail = module.code.partition(body)
    return head, tail


def _remove_entry(node: cst.Dict) -> Iterable[cst.Dict]:
    """A field less in a manifest."""
    for index in range(len(node.elements)):
        yield node.with_changes(elements=[*node.elements[:index], *node.elements[index + 1 :]])


def _remove_item(node: cst.List | cst.Tuple | cst.Set) -> Iterable[cst.CSTNode]:
    """One less in a list; not in what is assigned to, and not the only one of a tuple or set."""
    least = 0 if isinstance(node, cst.List) else 2
    for index in range(len(node.elements)):
        if len(node.elements) > least:
            rest = [*node.elements[:index], *node.elements[index + 1 :]]
            yield node.with_changes(elements=rest)


def _decide(node: cst.If) -> Iterable[cst.If]:
    """A condition that always holds, and one that never does."""
    yield node.with_changes(test=cst.Name("True"))
    yield node.with_changes(test=cst.Name("False"))


_OPERATORS: list[tuple[type, Callable[[Any], Iterable[cst.CSTNode]]]] = [
    *mutation_operators,
    (cst.Dict, _remove_entry),
    (cst.List, _remove_item),
    (cst.Tuple, _remove_item),
    (cst.Set, _remove_item),
    (cst.If, _decide),
]


class _Visitor(cst.CSTVisitor):
    """Collects nodes with what may stand in their place and the lines of their statement."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        self.found: list[tuple[int, cst.CSTNode, cst.CSTNode, tuple[int, int]]] = []
        self._index = -1
        self._statements: list[tuple[int, int]] = [(1, 1)]

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, _NEVER) or _for_types(node):
            return False
        if _has_lines(node):
            self._index += len(self._statements) == 1
            self._statements.append(self._lines(node))
        for kind, operator in _OPERATORS:
            if isinstance(node, kind):
                self.found += [
                    (self._index, node, new, self._statements[-1]) for new in operator(node)
                ]
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if _has_lines(original_node):
            self._statements.pop()

    def _lines(self, node: cst.CSTNode) -> tuple[int, int]:
        """A whole simple statement; of one with a body what stands before the body."""
        place = self._place(node)
        body = getattr(node, "body", None)
        if isinstance(body, cst.IndentedBlock) and body.body:
            return place.start.line, self._place(body.body[0]).start.line - 1
        return place.start.line, place.end.line

    def _place(self, node: cst.CSTNode) -> CodeRange:
        return self.get_metadata(PositionProvider, node)


def _has_lines(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement)


def _for_types(node: cst.CSTNode) -> bool:
    """Whether it is read by mypy alone: `cast("X", …)`, a name for a type, `__all__`."""
    match node:
        case cst.Call(func=cst.Name(value=name)):
            return name in _FOR_TYPES
        case cst.Assign(value=cst.Subscript(value=cst.Name(value=name))):
            return name == "tuple" or name[0].isupper()
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value="__all__"))]):
            return True
    return False
