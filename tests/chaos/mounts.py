"""Files of a Secret or ConfigMap as a kubelet mounts them: a folder of their own, and a link that is swapped as a whole."""

from pathlib import Path


def mount(folder: Path, files: dict[str, bytes]) -> Path:
    """The folder, whose files say this from now on."""
    folder.mkdir(exist_ok=True)
    fresh = folder / f"..{len(list(folder.iterdir()))}"
    fresh.mkdir()
    for name, data in files.items():
        (fresh / name).write_bytes(data)
    link = folder / "..next"
    link.symlink_to(fresh.name)
    link.replace(folder / "..data")
    for name in files:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    return folder
