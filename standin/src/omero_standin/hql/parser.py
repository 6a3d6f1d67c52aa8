"""Words → tree: a recursive descent over the grammar, one method per rule."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from omero_standin import refuse
from omero_standin.hql.tree import (
    Binary,
    Call,
    Case,
    Exists,
    Expression,
    In,
    Item,
    Literal,
    Order,
    Parameter,
    Path,
    Query,
    Scalar,
    Source,
    Unary,
)  # fmt: skip
from omero_standin.hql.words import Word, words

_WORDS: Final = (
    "select distinct new map from as join inner left right outer fetch with where group by having "
    "order asc desc and or not in exists is null like ilike between case when then else end union"
)
_RESERVED: Final = frozenset(_WORDS.split())
_COMPARISONS: Final = ("=", "<>", "!=", "<=", ">=", "<", ">")


@lru_cache(maxsize=1024)
def parse(query: str) -> Query:
    """The tree of a query; clients send the same few texts again and again."""
    return _Parser(query).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._words = list(words(text))
        self._at = 0

    # --- words

    @property
    def _word(self) -> Word:
        return self._words[self._at]

    def _is(self, *texts: str) -> bool:
        return self._word.kind in ("name", "sign") and self._word.text.lower() in texts

    def _take(self, *texts: str) -> str:
        """The current word when it is one of these, else nothing."""
        if not self._is(*texts):
            return ""
        self._at += 1
        return self._words[self._at - 1].text.lower()

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise self._error(f"'{text}' expected")

    def _next(self) -> Word:
        self._at += 1
        return self._words[self._at - 1]

    def _error(self, message: str) -> Exception:
        found = self._word.text or "the end"
        return refuse.bad_query(f"cannot read the query at '{found}': {message}", self._text)

    # --- query

    def whole(self) -> Query:
        query = self._query()
        if self._word.kind != "end":
            raise self._error("nothing more expected")
        return query

    def _query(self) -> Query:
        items: list[Item] = []
        distinct = as_map = False
        if self._take("select"):
            distinct = bool(self._take("distinct"))
            if self._take("new"):
                self._need("map")
                self._need("(")
                as_map, items = True, self._items()
                self._need(")")
            else:
                items = self._items()
        self._need("from")
        sources = self._sources()
        where = self._expression() if self._take("where") else None
        group: list[Expression] = []
        if self._take("group"):
            self._need("by")
            group.append(self._expression())
            while self._take(","):
                group.append(self._expression())
        having = self._expression() if self._take("having") else None
        return Query(
            tuple(sources),
            tuple(items),
            distinct,
            as_map,
            where,
            tuple(group),
            having,
            self._order(),
        )

    def _items(self) -> list[Item]:
        found = [self._item()]
        while self._take(","):
            found.append(self._item())
        return found

    def _item(self) -> Item:
        value = self._expression()
        return Item(value, self._next().text if self._take("as") else "")

    def _order(self) -> tuple[Order, ...]:
        found: list[Order] = []
        if self._take("order"):
            self._need("by")
            while not found or self._take(","):
                value = self._expression()
                found.append(Order(value, self._take("asc", "desc") == "desc"))
        return tuple(found)

    # --- from

    def _sources(self) -> list[Source]:
        found = [self._source("", fetch=False)]
        while True:
            if self._take(","):
                found.append(self._source("", fetch=False))
            elif self._is("join", "inner", "left", "right"):
                kind = self._take("inner", "left", "right") or "inner"
                if kind == "right":
                    raise refuse.bad_query(
                        "right joins are not supported by the stand-in", self._text
                    )
                self._take("outer")
                self._need("join")
                found.append(self._source(kind, fetch=bool(self._take("fetch"))))
            else:
                return found

    def _source(self, join: str, *, fetch: bool) -> Source:
        path = Path(tuple(self._name().split(".")))
        alias = ""
        if self._take("as") or (
            self._word.kind == "name" and self._word.text.lower() not in _RESERVED
        ):
            alias = self._name()
        condition = self._expression() if self._take("with") else None
        return Source(path, alias, join, fetch, condition)

    def _name(self) -> str:
        if self._word.kind != "name":
            raise self._error("a name expected")
        return self._next().text

    # --- expressions, weakest binding first

    def _expression(self) -> Expression:
        left = self._conjunction()
        while self._take("or"):
            left = Binary("or", left, self._conjunction())
        return left

    def _conjunction(self) -> Expression:
        left = self._negation()
        while self._take("and"):
            left = Binary("and", left, self._negation())
        return left

    def _negation(self) -> Expression:
        if self._take("not"):
            return Unary("not", self._negation())
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._sum()
        if operator := self._take(*_COMPARISONS):
            return _compared("!=" if operator == "<>" else operator, left, self._sum())
        if self._take("is"):
            negated = self._take("not")
            if self._take("null"):
                return _maybe_not(bool(negated), Unary("is null", left))
            if self._take("empty"):
                nothing = Binary("=", Call("size", (left,)), Literal(0))
                return _maybe_not(bool(negated), nothing)
            # `a.class is TagAnnotation`, as some clients write it.
            return _maybe_not(bool(negated), Binary("=", left, self._sum()))
        negated = self._take("not")
        if operator := self._take("like", "ilike"):
            return _maybe_not(bool(negated), Binary(operator, left, self._sum()))
        if self._take("between"):
            low = self._sum()
            self._need("and")
            inside = Binary("and", Binary(">=", left, low), Binary("<=", left, self._sum()))
            return _maybe_not(bool(negated), inside)
        if self._take("in"):
            return _maybe_not(bool(negated), self._in(left))
        if negated:
            raise self._error("'in', 'like' or 'between' expected after 'not'")
        return left

    def _in(self, left: Expression) -> In:
        if self._word.kind == "parameter":
            return In(left, (self._primary(),))
        self._need("(")
        if self._is("select", "from"):
            choices: tuple[Expression, ...] | Query = self._query()
        else:
            found = [self._sum()]
            while self._take(","):
                found.append(self._sum())
            choices = tuple(found)
        self._need(")")
        return In(left, choices)

    def _sum(self) -> Expression:
        left = self._product()
        while operator := self._take("+", "-", "||"):
            left = Binary(operator, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._primary()
        while operator := self._take("*", "/"):
            left = Binary(operator, left, self._primary())
        return left

    def _primary(self) -> Expression:
        word = self._word
        if word.kind == "text":
            return Literal(self._next().text[1:-1].replace("''", "'"))
        if word.kind == "number":
            digits = self._next().text.rstrip("lLdDfF")
            return Literal(float(digits) if "." in digits else int(digits))
        if word.kind == "parameter":
            return Parameter(self._next().text[1:])
        if self._take("-"):
            return Unary("-", self._primary())
        if self._take("("):
            return self._bracket()
        if word.kind == "name":
            return self._named()
        raise self._error("a value expected")

    def _bracket(self) -> Expression:
        inside: Expression = (
            Scalar(self._query()) if self._is("select", "from") else self._expression()
        )
        self._need(")")
        return inside

    def _named(self) -> Expression:
        if self._take("exists"):
            self._need("(")
            query = self._query()
            self._need(")")
            return Exists(query)
        if self._take("case"):
            return self._case()
        if self._take("null"):
            return Literal(None)
        if self._is("true", "false"):
            return Literal(self._next().text.lower() == "true")
        if self._word.text.lower() in _RESERVED:
            raise self._error("a value expected")
        name = self._next().text
        return self._call(name.lower()) if self._take("(") else Path(tuple(name.split(".")))

    def _call(self, name: str) -> Call:
        if self._take(")"):
            return Call(name, ())
        if self._take("*"):
            self._need(")")
            return Call(name, (Literal("*"),))
        distinct = bool(self._take("distinct"))
        if name == "extract":
            part = self._name()
            self._need("from")
            arguments: list[Expression] = [Literal(part.lower()), self._expression()]
        elif name == "cast":
            arguments = [self._expression()]
            self._need("as")
            arguments.append(Literal(self._name().lower()))
        else:
            arguments = [self._expression()]
            while self._take(","):
                arguments.append(self._expression())
        self._need(")")
        return Call(name, tuple(arguments), distinct)

    def _case(self) -> Case:
        branches = []
        while self._take("when"):
            condition = self._expression()
            self._need("then")
            branches.append((condition, self._expression()))
        otherwise = self._expression() if self._take("else") else Literal(None)
        self._need("end")
        return Case(tuple(branches), otherwise)


def _compared(operator: str, left: Expression, right: Expression) -> Expression:
    """A comparison; with the word `null`, `=` and `<>` ask whether there is a value.

    Source: `HqlParser.processEqualityExpression` of Hibernate 3.
    """
    nothing = Literal(None)
    if operator in ("=", "!=") and (left == nothing) != (right == nothing):
        other = left if right == nothing else right
        return _maybe_not(operator == "!=", Unary("is null", other))
    return Binary(operator, left, right)


def _maybe_not(negated: bool, expression: Expression) -> Expression:
    return Unary("not", expression) if negated else expression
