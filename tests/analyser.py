"""What an independent analyser, IBM's network-config-analyzer, reads out of network policies."""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.town import BIN

ALL = range(1, 65536)
_LINE = re.compile(r"^(\S+) => (\S+) : (.+)$")
_PART = re.compile(r"\{protocols:([A-Z,]+)(?:,dst_ports:([0-9,-]+))?\}")


def connections(objects: Iterable[dict[str, Any]], folder: Path) -> dict[tuple[str, str], set[tuple[str, range]]]:
    """Return what is open between pods: (NAMESPACE/POD, NAMESPACE/POD) -> protocols with ranges of ports.

    Args:
        objects: Namespaces, pods and network policies.
        folder: Somewhere to write them.
    """
    file = folder / "objects.yaml"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}), "utf-8")
    command = [str(BIN / "nca"), "--connectivity", str(file), "--ns_list", str(file), "--pod_list", str(file)]
    command += ["--output_format", "txt_no_fw_rules", "--output_endpoints", "pods"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[tuple[str, str], set[tuple[str, range]]] = {}
    for line in answer.stdout.splitlines():
        if match := _LINE.match(line):
            source, target, words = match.groups()
            found.setdefault((source, target), set()).update(_ways(words))
    return found


def _ways(words: str) -> Iterable[tuple[str, range]]:
    if words == "All connections":
        return [("tcp", ALL), ("udp", ALL)]
    tight = words.replace(" ", "")
    parts = _PART.findall(tight)
    assert ",".join(_spelled(*part) for part in parts) == tight, f"not understood: {words}"
    return [
        (protocol.lower(), _range(ports))
        for protocols, listed in parts
        for protocol in protocols.split(",")
        for ports in (listed.split(",") if listed else ["1-65535"])
    ]


def _spelled(protocols: str, ports: str) -> str:
    return f"{{protocols:{protocols},dst_ports:{ports}}}" if ports else f"{{protocols:{protocols}}}"


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)
