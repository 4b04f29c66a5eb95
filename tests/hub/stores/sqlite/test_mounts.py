"""On which file system a path lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub.stores.sqlite import mounts as mounts_module
from realtime_widgets.hub.stores.sqlite.mounts import file_system, network_file_system

if TYPE_CHECKING:
    from pathlib import Path

MOUNTS = r"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
36 27 0:33 / /home rw,relatime shared:5 - nfs4 files:/home rw,vers=4.2
37 36 0:34 / /home/ann/local rw,relatime - xfs /dev/vdb rw
38 27 0:35 / /mnt/big\040share rw,relatime shared:7 master:2 - cifs //files/big rw
39 27 0:36 / /mnt/sshfs rw,nosuid - fuse.sshfs ann@far: rw
40 27 0:37 / /mnt/secret rw,nosuid - fuse.gocryptfs /crypt rw
41 27 0:38 / /mnt/usb rw,nosuid - fuseblk /dev/sdb1 rw
42 27 0:39 / /data rw - ext4 /dev/vdc rw
43 42 0:40 / /data rw - lustre lustre@tcp:/data rw
44 27 0:41 / /mnt/back\134slash rw - 9p share rw
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/root/sprints.db", "ext4"),
        ("/home/ann/sprints.db", "nfs4"),
        ("/home", "nfs4"),
        ("/homework/sprints.db", "ext4"),
        ("/home/ann/local/sprints.db", "xfs"),
        ("/mnt/big share/sprints.db", "cifs"),
        ("/mnt/back\\slash/sprints.db", "9p"),
        ("/data/sprints.db", "lustre"),
    ],
)
def test_a_path_lies_on_the_innermost_mount_and_of_two_at_one_place_on_the_later(
    path: str, expected: str
) -> None:
    assert file_system(path, MOUNTS) == expected


@pytest.mark.parametrize("mounts", ["", "nonsense\n", "1 2 3:4 / /\n", "1 2 3:4 / / rw - \n"])
def test_what_is_no_list_of_mounts_has_no_mounts(mounts: str) -> None:
    assert file_system("/root/sprints.db", mounts) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/root/sprints.db", None),
        ("/home/ann/sprints.db", "nfs4"),
        ("/home/ann/local/sprints.db", None),
        ("/mnt/big share/sprints.db", "cifs"),
        ("/mnt/sshfs/sprints.db", "fuse.sshfs"),
        ("/mnt/secret/sprints.db", None),
        ("/mnt/usb/sprints.db", None),
    ],
)
def test_a_file_system_that_other_machines_share_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, expected: str | None
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    monkeypatch.setattr(mounts_module, "_MOUNTS", mounts)

    assert network_file_system(tmp_path.__class__(path)) == expected


def test_without_a_list_of_mounts_a_path_counts_as_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts_module, "_MOUNTS", tmp_path / "missing")

    assert network_file_system(tmp_path) is None
