"""How the cluster's admission recognises who sends a request, in CEL: each text holds for all others."""

from typing import Final

# Whoever may change the guards may as well do what they guard. So no name of a group has to be known here, on whatever cluster.
NOT_THE_PLATFORM: Final = (
    "!authorizer.group('admissionregistration.k8s.io').resource('validatingadmissionpolicies').check('update').allowed()"
)
NOT_THE_CLUSTER: Final = (
    "!(request.userInfo.username in ['system:apiserver', 'system:kube-controller-manager'] || "
    "'system:serviceaccounts:kube-system' in request.userInfo.groups)"
)
