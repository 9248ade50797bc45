"""Images made here: a valid OCI layout, the same bytes from the same input, and nothing in them but what is named."""

import gzip
import hashlib
import io
import json
import struct
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from sandbox.cluster import images
from sandbox.cluster.images import Image
from sandbox.cluster.instance import Instance
from sandbox.errors import SandboxError

REFERENCE = "registry.city.example/platform/tool:1"


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Return an image of one program and a link to it."""
    (tmp_path / "tool").write_bytes(b"\x7fELF" * 1000)
    return Image("platform/tool:1", {"bin/tool": tmp_path / "tool"}, ("/bin/tool", "serve"), {"bin/alias": "tool"})


def unpacked(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name: read.read() for member in tar if (read := tar.extractfile(member))}


def described(files: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    """Return what a descriptor points to, after its size and digest were checked."""
    algorithm, _, digest = descriptor["digest"].partition(":")
    data = files[f"blobs/{algorithm}/{digest}"]
    assert (len(data), hashlib.sha256(data).hexdigest()) == (descriptor["size"], digest)
    return data


def test_the_archive_is_an_oci_layout_whose_digests_are_right(image: Image) -> None:
    digest, archive = images.build(image, REFERENCE)
    files = unpacked(archive)
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    index = json.loads(files["index.json"])
    (entry,) = index["manifests"]
    assert entry["digest"] == digest
    assert entry["annotations"]["io.containerd.image.name"] == REFERENCE
    manifest = json.loads(described(files, entry))
    config = json.loads(described(files, manifest["config"]))
    layers = [gzip.decompress(described(files, layer)) for layer in manifest["layers"]]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]
    assert len(files) == 5  # the layout, the index, the manifest, the config and one layer
    assert {part["mediaType"].split("+")[0] for part in (index, manifest, manifest["config"], manifest["layers"][0])} == {
        f"application/vnd.oci.image.{kind}" for kind in ("index.v1", "manifest.v1", "config.v1", "layer.v1.tar")
    }


def test_the_layer_holds_what_was_named_and_runs_as_nobody(image: Image, tmp_path: Path) -> None:
    files = unpacked(images.build(image, REFERENCE)[1])
    manifest = json.loads(described(files, json.loads(files["index.json"])["manifests"][0]))
    config = json.loads(described(files, manifest["config"]))
    assert config["config"]["Entrypoint"] == ["/bin/tool", "serve"]
    assert config["config"]["User"] == "65534:65534"
    layer = gzip.decompress(described(files, manifest["layers"][0]))
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        members = {member.name: member for member in tar}
        tool = tar.extractfile("bin/tool")
        assert tool is not None
        assert tool.read() == (tmp_path / "tool").read_bytes()
    assert members.keys() == {"bin/alias", "bin/tool", "etc/passwd"}
    assert members["bin/alias"].linkname == "tool"
    assert members["bin/tool"].mode == 0o755
    assert not any(member.mode & 0o6000 or member.mtime for member in members.values())


def test_the_same_input_gives_the_same_bytes(image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = images.build(image, REFERENCE)
    (tmp_path / "tool").touch()
    monkeypatch.setattr("time.time", lambda: 0.0)  # gzip would write the time
    reordered = Image(image.name, dict(reversed(list(image.files.items()))), image.entrypoint, dict(image.links))
    assert images.build(reordered, REFERENCE) == before


@pytest.mark.parametrize("part", ["program", "entrypoint", "link"])
def test_another_input_gives_another_digest(image: Image, tmp_path: Path, part: str) -> None:
    before, _ = images.build(image, REFERENCE)
    links, entrypoint = dict(image.links), image.entrypoint
    if part == "program":
        (tmp_path / "tool").write_bytes(b"other")
    elif part == "entrypoint":
        entrypoint = ("/bin/tool",)
    else:
        links = {}
    assert images.build(Image(image.name, image.files, entrypoint, links), REFERENCE)[0] != before


@pytest.mark.parametrize(("machine", "architecture"), [("x86_64", "amd64"), ("aarch64", "arm64"), ("riscv64", "riscv64")])
def test_the_image_is_of_this_machines_architecture(
    image: Image, monkeypatch: pytest.MonkeyPatch, machine: str, architecture: str
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    files = unpacked(images.build(image, REFERENCE)[1])
    manifest = json.loads(described(files, json.loads(files["index.json"])["manifests"][0]))
    assert json.loads(described(files, manifest["config"]))["architecture"] == architecture


def test_the_catalogue_names_each_image_once_and_links_to_what_is_in_it(tmp_path: Path) -> None:
    catalogue = images.catalogue(tmp_path)
    assert len({image.name for image in catalogue}) == len(catalogue)
    for image in catalogue:
        assert ":" in image.name
        names = {f"/{name}" for name in (*image.files, *image.links)}
        assert image.entrypoint[0] in names
        assert {f"/{Path(name).parent}/{target}" for name, target in image.links.items()} <= names


class Containerd:
    """Answers as containerd's `ctr` and counts the imports."""

    def __init__(self, held: dict[str, str]) -> None:
        self.held = held
        self.imports = 0

    def run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - as subprocess.run
        """Stand in for subprocess.run."""
        if "import" in command:
            self.imports += 1
            (entry,) = json.loads(unpacked(options["input"])["index.json"])["manifests"]
            self.held[entry["annotations"]["io.containerd.image.name"]] = entry["digest"]
        lines = ["REF TYPE DIGEST", *(f"{reference} manifest {digest}" for reference, digest in self.held.items())]
        return subprocess.CompletedProcess(command, 0, "\n".join(lines), "")


def test_an_image_is_made_again_only_when_its_files_change_or_containerd_lost_it(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYFABRIC_STATE", str(tmp_path))
    made = Instance("sandbox", 0)
    made.state.mkdir()
    containerd, builds = Containerd({}), []
    genuine = images.build
    monkeypatch.setattr(images, "catalogue", lambda _: (image,))
    monkeypatch.setattr(images.subprocess, "run", containerd.run)
    monkeypatch.setattr(images, "build", lambda *what: builds.append(what) or genuine(*what))
    for step, change in enumerate(
        (lambda: None, lambda: image.files["bin/tool"].write_bytes(b"other"), containerd.held.clear), 1
    ):
        change()
        for _ in range(2):
            images.ensure(made, tmp_path, "registry.city.example")
        assert (len(builds), containerd.imports) == (step, step)


@pytest.mark.parametrize(("kind", "refused"), [(3, True), (1, False)])
def test_a_program_that_needs_a_loader_is_refused(image: Image, kind: int, refused: bool) -> None:  # noqa: FBT001 - parametrised
    header = struct.pack("<5s27xQ14xHH", b"\x7fELF\x02", 64, 56, 2).ljust(64, b"\0")
    image.files["bin/tool"].write_bytes(header + struct.pack("<I52x", 1) + struct.pack("<I52x", kind))
    if refused:
        with pytest.raises(SandboxError, match="linked dynamically") as refusal:
            images.build(image, REFERENCE)
        assert "busybox-static" in refusal.value.mend
    else:
        images.build(image, REFERENCE)
