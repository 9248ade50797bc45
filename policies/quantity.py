"""Kubernetes' quantities and addresses as the API server's CEL library understands them, for the evaluation of a plan.

A quantity is carried through CEL as the text of an exact fraction, so that two spellings of one amount are equal.
"""

import ipaddress
import re
from fractions import Fraction
from typing import Final

_WRITTEN: Final = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE]([+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)")
_STEPS: Final = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}


def amount(text: str) -> Fraction:
    """Return what a quantity means; raises ValueError where it is none."""
    found = _WRITTEN.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no quantity")
    number, exponent, suffix = Fraction(found[1]), found[2], found[3] or ""
    if exponent:
        return Fraction(number * Fraction(10) ** int(exponent))
    if suffix.endswith("i"):
        return Fraction(number * Fraction(1024) ** _STEPS[suffix[0].replace("K", "k")])
    return Fraction(number * Fraction(1000) ** _STEPS[suffix])


def is_quantity(text: str) -> bool:
    """Tell whether a text is a quantity."""
    return _WRITTEN.fullmatch(text) is not None


def quantity(text: str) -> str:
    """Return the one spelling of an amount."""
    return str(amount(text))


def compare(left: str, right: str) -> int:
    """Return -1, 0 or 1 as the left amount is less than, equal to or greater than the right one."""
    first, second = Fraction(left), Fraction(right)
    return (first > second) - (first < second)


def is_ip(text: str) -> bool:
    """Tell whether a text is an address; zones and IPv4 in IPv6 are none, as for the API server."""
    try:
        ip(text)
    except ValueError:
        return False
    return True


def ip(text: str) -> str:
    """Return an address in its one spelling."""
    parsed = ipaddress.ip_address(text)
    if "%" in text or (isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped):
        raise ValueError(f"{text!r} is no address: zones and IPv4 in IPv6 are refused")
    return str(parsed)


def is_cidr(text: str) -> bool:
    """Tell whether a text is a network."""
    try:
        cidr(text)
    except ValueError:
        return False
    return True


def cidr(text: str) -> str:
    """Return a network as written, if it is one."""
    address, slash, length = text.partition("/")
    if not slash or not length.isdigit():
        raise ValueError(f"{text!r} is no network")
    ip(address)
    ipaddress.ip_network(text, strict=False)
    return text


def contains_ip(network: str, address: str) -> bool:
    """Tell whether an address lies in a network."""
    return ipaddress.ip_address(ip(address)) in ipaddress.ip_network(network, strict=False)


def is_loopback(address: str) -> bool:
    """Tell whether an address is one of the machine itself."""
    return ipaddress.ip_address(address).is_loopback
