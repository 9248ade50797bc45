"""What an API server serves, by its own discovery: every resource of every group, and the requests that its verbs stand for."""

from dataclasses import dataclass
from typing import Final

from tests.people import Api

# The verb of the authorizer -> the method of HTTP.
METHODS: Final = {
    "get": "GET",
    "list": "GET",
    "watch": "GET",
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "deletecollection": "DELETE",
}
_OF_ONE: Final = {"get", "update", "patch", "delete"}


@dataclass(frozen=True, order=True)
class Resource:
    """A resource or subresource as one version of a group serves it."""

    group: str
    version: str
    name: str
    """RESOURCE or RESOURCE/SUBRESOURCE."""
    namespaced: bool
    verbs: frozenset[str]

    def path(self, namespace: str, verb: str, name: str = "no-such-thing") -> str:
        """Return the path of a request, in all namespaces where none is named; what would change something only tries to."""
        resource, _, sub = self.name.partition("/")
        if resource == "namespaces" and namespace:
            name = namespace  # to the authorizer, a namespace lies in itself
        path = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        path += f"/namespaces/{namespace}/{resource}" if self.namespaced and namespace else f"/{resource}"
        if verb in _OF_ONE or sub:
            path += f"/{name}"
        path += f"/{sub}" if sub else ""
        query = {"watch": "?watch=true&timeoutSeconds=1"}.get(verb, "" if METHODS[verb] == "GET" else "?dryRun=All")
        return path + query


def discover(api: Api) -> list[Resource]:
    """Return all that the API server serves."""
    found = _resources(api, "", "v1", "/api/v1")
    for group in api.good("GET", "/apis")["groups"]:
        for version in group["versions"]:
            found += _resources(api, group["name"], version["version"], f"/apis/{version['groupVersion']}")
    return sorted(found)


def _resources(api: Api, group: str, version: str, path: str) -> list[Resource]:
    return [
        Resource(group, version, each["name"], each["namespaced"], frozenset(each["verbs"]))
        for each in api.good("GET", path)["resources"]
    ]
