"""Small disks that can be full, fail and be mended: real file systems, mounted for a test."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest


class Disk:
    """A file system that is mounted while the block lasts; skips where that is not allowed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "disk"
        if os.geteuid() != 0 or shutil.which("mount") is None:
            pytest.skip("mounting needs root")
        self.folder.mkdir()

    def how(self) -> list[str]:
        """What `mount` is told before the folder."""
        return ["-t", "tmpfs", "-o", "size=1m", "tmpfs"]

    def __enter__(self):
        done = subprocess.run(["mount", *self.how(), self.folder], capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"nothing may be mounted here: {done.stderr.decode().strip()}")
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=True)

    def fill(self) -> Path:
        """With a file that takes all room there is; answers which."""
        ballast = self.folder / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        return ballast


class Ext4(Disk):
    """A disk in a file, which goes read-only where it fails, as those of most nodes do."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if shutil.which("mkfs.ext4") is None:
            pytest.skip("there is no mkfs.ext4")
        self.image = folder / "image"
        self.image.touch()
        os.truncate(self.image, 16 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)

    def how(self) -> list[str]:
        return ["-o", "loop,errors=remount-ro", str(self.image)]

    def fail(self) -> None:
        """The kernel takes it for broken from now on: what is open for writing is so too."""
        found = subprocess.run(["findmnt", "-no", "SOURCE", self.folder], capture_output=True, check=True, text=True)
        Path("/sys/fs/ext4", Path(found.stdout.strip()).name, "trigger_fs_error").write_text("1")

    def mend(self) -> None:
        """As at the next start of the node: nobody may have a file open."""
        subprocess.run(["umount", self.folder], check=True)
        # On a copy: whoever made a mount namespace meanwhile keeps the broken one alive, and would have it mounted again.
        self.image = Path(shutil.copy(self.image, self.image.with_suffix(".mended")))
        subprocess.run(["e2fsck", "-p", "-f", self.image], capture_output=True, check=False)
        subprocess.run(["mount", *self.how(), self.folder], check=True)
