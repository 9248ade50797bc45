"""What the texts of rules share: variables in CEL, whose namespaces are the platform's, and whose requests pass.

The variables stand in the cluster's policies under the same names, as `variables.NAME`, each after those that it reads.
"""

import re
from collections.abc import Iterable
from typing import Final

from infra.model import labels, recognise
from policies.terms import Exempt

VARIABLES: Final[dict[str, str]] = {
    "podSpec": "object.kind == 'Pod' ? object.?spec.orValue({}) : "
    "object.kind == 'PodTemplate' ? object.?template.?spec.orValue({}) : "
    "object.kind == 'CronJob' ? object.?spec.?jobTemplate.?spec.?template.?spec.orValue({}) : "
    "object.?spec.?template.?spec.orValue({})",
    "podLabels": "object.kind == 'Pod' ? object.?metadata.?labels.orValue({}) : "
    "object.kind == 'PodTemplate' ? object.?template.?metadata.?labels.orValue({}) : "
    "object.kind == 'CronJob' ? object.?spec.?jobTemplate.?spec.?template.?metadata.?labels.orValue({}) : "
    "object.?spec.?template.?metadata.?labels.orValue({})",
    "podAnnotations": "object.kind == 'Pod' ? object.?metadata.?annotations.orValue({}) : "
    "object.kind == 'PodTemplate' ? object.?template.?metadata.?annotations.orValue({}) : "
    "object.kind == 'CronJob' ? object.?spec.?jobTemplate.?spec.?template.?metadata.?annotations.orValue({}) : "
    "object.?spec.?template.?metadata.?annotations.orValue({})",
    "containers": "variables.podSpec.?containers.orValue([]) + variables.podSpec.?initContainers.orValue([]) + "
    "variables.podSpec.?ephemeralContainers.orValue([])",
    "volumes": "variables.podSpec.?volumes.orValue([])",
    "images": "variables.containers.map(each, each.?image.orValue('')) + "
    "variables.volumes.filter(each, has(each.image)).map(each, each.image.?reference.orValue(''))",
    "imageNames": "variables.images.map(each, each.lowerAscii().split('@')[0].split('/')).map(parts, "
    "parts[size(parts) - 1].split(':')[0])",
    "commands": "variables.containers.map(each, each.?command.orValue([]) + each.?args.orValue([]))",
    "settings": "variables.containers.map(each, each.?env.orValue([]))",
    "ports": "variables.containers.map(each, each.?ports.orValue([]).map(port, port.?containerPort.orValue(0)))",
    "claims": "(object.kind == 'PersistentVolumeClaim' ? [object.?spec.orValue({})] : "
    "object.kind == 'StatefulSet' ? object.?spec.?volumeClaimTemplates.orValue([]).map(each, each.?spec.orValue({})) : []) + "
    "variables.volumes.filter(each, has(each.ephemeral)).map(each, each.ephemeral.?volumeClaimTemplate.?spec.orValue({}))",
    "labels": "object.?metadata.?labels.orValue({})",
    "annotations": "object.?metadata.?annotations.orValue({})",
}

_USED: Final = re.compile(r"\bvariables\.(\w+)")
_SYSTEM: Final = ("kube-system", "kube-public", "kube-node-lease", labels.PLATFORM_NAMESPACE)
DEPARTMENTS: Final = (
    f"!has(request.namespace) || !(request.namespace in {list(_SYSTEM)} || "
    f"request.namespace.startsWith('{labels.zone_namespace('')}'))"
)
"""Holds for what is in no namespace of the platform. By name, since whoever labels would exempt."""

PASSES: Final[dict[Exempt, str]] = {
    Exempt.PLATFORM: recognise.NOT_THE_PLATFORM,
    Exempt.CLUSTER: recognise.NOT_THE_CLUSTER,
    Exempt.NODES: "!('system:nodes' in request.userInfo.groups)",
}
"""Hold for requests of others than these; only the cluster's admission knows who sends one."""


def needed(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the variables that texts read, those that these read included, in their order."""
    wanted = {name for text in texts for name in _USED.findall(text)}
    for name in reversed(VARIABLES):
        if name in wanted:
            wanted |= set(_USED.findall(VARIABLES[name]))
    return tuple(name for name in VARIABLES if name in wanted)
