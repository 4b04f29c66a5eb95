"""The file system that a path is on, where the system reports it (Linux)."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

__all__ = ["file_system", "network_file_system"]

_MOUNTS = Path("/proc/self/mountinfo")

_NETWORK = frozenset(
    {
        "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "coda", "glusterfs", "gpfs", "lustre",
        "ncpfs", "nfs", "nfs4", "orangefs", "panfs", "pvfs2", "smb2", "smb3", "smbfs",
    }
)  # fmt: skip
_LOCAL_FUSE = frozenset(
    {
        "bindfs", "cryfs", "encfs", "fuse-overlayfs", "gocryptfs", "mergerfs", "ntfs", "ntfs-3g",
        "overlayfs",
    }
)  # fmt: skip
"""FUSE file systems that only this machine writes to."""


def network_file_system(path: Path) -> str | None:
    """Return the type of the network file system that a path is on, None for a local one."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    found = file_system(str(path.resolve()), mounts)
    return found if found is not None and _is_network(found) else None


def file_system(path: str, mounts: str) -> str | None:
    """Return the type of the file system that a path is on.

    Args:
        path: Absolute, without symbolic links.
        mounts: The text of `/proc/self/mountinfo` (see proc(5)).
    """
    found, length = None, 0
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")[0]
        if len(fields) <= _MOUNT_POINT or not kind:
            continue
        parts = PurePosixPath(_unescaped(fields[_MOUNT_POINT])).parts
        # Of two mounts at one place the later one hides the earlier.
        if PurePosixPath(path).parts[: len(parts)] == parts and len(parts) >= length:
            found, length = kind, len(parts)
    return found


_MOUNT_POINT = 4
"""Index of the field in a line."""


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)


def _is_network(kind: str) -> bool:
    name, _, fuse = kind.partition(".")
    if name == "fuse":
        return fuse not in _LOCAL_FUSE
    return name in _NETWORK
