"""CEL as the API server evaluates it, in a plan: Google's CEL with the functions of Kubernetes that rules use.

A text that does not compile raises here; a text that cannot be evaluated is told as a failure and never counts as true.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

from policies import quantity as amounts

_T: Final = cel.Type
_TEXT: Final = _T.STRING
VARIABLES: Final = ("object", "oldObject", "request", "params", "namespaceObject", "variables")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a text: its value, or why there is none."""

    value: Any = None
    failure: str = ""


def _function(name: str, impl: Callable[..., Any], parameters: Sequence[Any], result: Any, *members: bool) -> Any:  # noqa: ANN401 - cel's
    overloads = [
        cel.Overload(
            id=f"k8s_{name}_{'member' if member else 'global'}",
            parameters=parameters,
            return_type=result,
            is_member=member,
            impl=impl,
        )
        for member in members or (False,)
    ]
    return cel.FunctionDecl(name, overloads)


def _find(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return found.group() if found else ""


_FUNCTIONS: Final = (
    ("isIP", amounts.is_ip, (_TEXT,), _T.BOOL, False),
    ("ip", amounts.ip, (_TEXT,), _TEXT, False),
    ("isCIDR", amounts.is_cidr, (_TEXT,), _T.BOOL, False),
    ("cidr", amounts.cidr, (_TEXT,), _TEXT, False),
    ("containsIP", amounts.contains_ip, (_TEXT, _TEXT), _T.BOOL, True),
    ("isLoopback", amounts.is_loopback, (_TEXT,), _T.BOOL, True),
    ("isQuantity", amounts.is_quantity, (_TEXT,), _T.BOOL, False),
    ("quantity", amounts.quantity, (_TEXT,), _TEXT, False),
    ("compareTo", amounts.compare, (_TEXT, _TEXT), _T.INT, True),
    ("isGreaterThan", lambda left, right: amounts.compare(left, right) > 0, (_TEXT, _TEXT), _T.BOOL, True),
    ("isLessThan", lambda left, right: amounts.compare(left, right) < 0, (_TEXT, _TEXT), _T.BOOL, True),
    ("find", _find, (_TEXT, _TEXT), _TEXT, True),
)


@cache
def _environment() -> cel.Env:
    return cel.NewEnv(
        variables=dict.fromkeys(VARIABLES, _T.DYN),
        extensions=[ext_strings.ExtStrings(), ext_optional.ExtOptional()],
        functions=[_function(name, impl, takes, gives, member) for name, impl, takes, gives, member in _FUNCTIONS],
    )


class TextError(ValueError):
    """A text that is no CEL, or speaks of what is not there."""


@cache
def compiled(text: str) -> cel.Expression:
    """Return a text as something to evaluate."""
    try:
        return _environment().compile(text)
    except (RuntimeError, ValueError) as error:
        reason = str(error).split("\n", 1)[0].removeprefix("INVALID_ARGUMENT: ERROR: ")
        raise TextError(reason) from None


def activation(data: Mapping[str, Any]) -> cel.Activation:
    """Return data to evaluate any number of texts with."""
    return _environment().Activation(dict.fromkeys(VARIABLES) | dict(data))


def evaluate(text: str, data: cel.Activation) -> Outcome:
    """Return the value of a text, or why there is none."""
    found = compiled(text).eval(data)
    if found.type() == _T.ERROR:
        return Outcome(failure=str(found.value()).split("\n", 1)[0])
    return Outcome(found.plain_value())
