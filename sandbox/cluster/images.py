"""Images that cannot be pulled: made here from the tools and Debian's busybox, named as the city's registry would name them."""

import gzip
import hashlib
import io
import json
import platform
import struct
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.cluster import network
from sandbox.cluster.instance import Instance
from sandbox.errors import SandboxError

_NOBODY: Final = "65534:65534"
_PASSWD: Final = b"root:x:0:0:root:/:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n"
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
_PT_INTERP: Final = 3  # ELF: the segment that names the loader
_MEDIA: Final = "application/vnd.oci.image"


@dataclass(frozen=True, slots=True)
class Image:
    """An image of static programs: nothing else is in it."""

    name: str
    """Repository and tag, without the registry."""
    files: Mapping[str, Path]
    """Path in the image -> program on this machine."""
    entrypoint: tuple[str, ...]
    links: Mapping[str, str]
    """Symbolic links: path in the image -> target."""


BUSYBOX_APPLETS: Final = ("sh", "cat", "echo", "sleep", "ls", "env", "id", "true", "false", "httpd", "mkdir", "rm", "touch", "ps")


def catalogue(folder: Path) -> tuple[Image, ...]:
    """Return the images of the sandbox; `folder` holds the tools."""
    return (
        Image("platform/pause:1", {"pause": folder / "pause"}, ("/pause",), {}),
        Image("platform/coredns:1.15.0", {"coredns": folder / "coredns"}, ("/coredns",), {}),
        Image("platform/probe:1", {"probe": folder / "probe"}, ("/probe",), {}),
        Image("platform/steward:1", {"steward": folder / "steward"}, ("/steward",), {}),
        Image(
            "platform/busybox:1",
            {"bin/busybox": Path("/bin/busybox")},
            ("/bin/sh",),
            {f"bin/{applet}": "busybox" for applet in BUSYBOX_APPLETS},
        ),
    )


def is_containerd_ready(instance: Instance, folder: Path) -> bool:
    """Say whether containerd answers; a killed one leaves its socket behind."""
    command = [*_ctr(instance, folder), "--connect-timeout", "2s", "version"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _ctr(instance: Instance, folder: Path) -> list[str]:
    address = f"{instance.run}/containerd/containerd.sock"
    return [*network.inside(instance), str(folder / "ctr"), "--namespace", "k8s.io", "--address", address]


def ensure(instance: Instance, folder: Path, registry: str) -> None:
    """Import every image that containerd does not hold yet under the registry's name."""
    ctr = _ctr(instance, folder)
    listing = subprocess.run([*ctr, "images", "list"], check=True, capture_output=True, text=True).stdout
    held = {(line.split()[0], line.split()[2]) for line in listing.splitlines()[1:]}
    stamps = _Stamps(instance.state / "images.json")
    for image in catalogue(folder):
        reference = f"{registry}/{image.name}"
        if (reference, stamps.digest(image, reference)) in held:
            continue
        digest, archive = build(image, reference)
        if (reference, digest) not in held:
            command = [*ctr, "images", "import", "--local", "--digests=false", "-"]
            subprocess.run(command, input=archive, check=True, capture_output=True)
        stamps.note(image, reference, digest)


class _Stamps:
    """Remembers of which files an image was made: making it anew only to see that it is the same takes half a second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._known: dict[str, list[Any]] = json.loads(path.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            self._known = {}

    def digest(self, image: Image, reference: str) -> str | None:
        """Return the digest of an image whose files are as they were when it was made."""
        files, digest = self._known.get(reference, (None, None))
        return digest if files == _inputs(image) else None

    def note(self, image: Image, reference: str, digest: str) -> None:
        """Take note of an image that containerd holds."""
        self._known[reference] = [_inputs(image), digest]
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._known), "utf-8")
        fresh.replace(self._path)


def _inputs(image: Image) -> list[Any]:
    stats = {name: path.stat() for name, path in image.files.items()}
    recipe = hashlib.sha256(f"{image}".encode() + Path(__file__).read_bytes()).hexdigest()
    return [recipe, *([name, stat.st_size, stat.st_mtime_ns] for name, stat in stats.items())]


def build(image: Image, reference: str) -> tuple[str, bytes]:
    """Return an image's digest and its OCI archive (OCI image layout 1.1); the same input gives the same bytes."""
    blobs: dict[str, bytes] = {}

    def blob(data: bytes, media: str, **more: object) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return {"mediaType": f"{_MEDIA}.{media}", "digest": f"sha256:{digest}", "size": len(data), **more}

    layer = _layer(image)
    config = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Entrypoint": list(image.entrypoint), "User": _NOBODY, "Env": ["PATH=/bin:/"], "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_MEDIA}.manifest.v1+json",
        "config": blob(_json(config), "config.v1+json"),
        "layers": [blob(gzip.compress(layer, 1, mtime=0), "layer.v1.tar+gzip")],
    }
    described = blob(_json(manifest), "manifest.v1+json", annotations={"io.containerd.image.name": reference})
    blobs["index.json"] = _json({"schemaVersion": 2, "mediaType": f"{_MEDIA}.index.v1+json", "manifests": [described]})
    blobs["oci-layout"] = _json({"imageLayoutVersion": "1.0.0"})
    return described["digest"], _tar({name: (data, 0o644) for name, data in blobs.items()}, {})


def _layer(image: Image) -> bytes:
    files = {"etc/passwd": (_PASSWD, 0o644)} | {name: (_static(path), 0o755) for name, path in image.files.items()}
    return _tar(files, image.links)


def _static(path: Path) -> bytes:
    """Return a program that needs no loader: the image has none."""
    program = path.read_bytes()
    if _names_loader(program):
        raise SandboxError(f"{path} is linked dynamically and cannot run in an image", "apt-get install busybox-static")
    return program


def _names_loader(program: bytes) -> bool:
    """Say whether a 64-bit ELF file has a program header PT_INTERP."""
    if program[:5] != b"\x7fELF\x02":
        return False
    start, size, count = struct.unpack_from("<Q", program, 32)[0], *struct.unpack_from("<HH", program, 54)
    return any(struct.unpack_from("<I", program, start + size * number)[0] == _PT_INTERP for number in range(count))


def _tar(files: Mapping[str, tuple[bytes, int]], links: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, (data, mode) in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), mode
            tar.addfile(member, io.BytesIO(data))
        for name, target in sorted(links.items()):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return buffer.getvalue()


def _json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True).encode()
