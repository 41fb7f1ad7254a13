"""The community rules for the cluster, uploaded as a cluster without internet gets them. They are no part of this repository."""

import io
import tarfile

import pytest
from tests.e2e.manager import SHARED_RULES, Manager
from tests.e2e.typed import until

COMMUNITY = SHARED_RULES.is_dir()
TOKEN_RULE = "1:57461:1" if COMMUNITY else "1:3000030:1"
"""What the first attack raises: the rule itself, or, where the community rules are not at hand, the starter set's."""
LOADER_RULE = "1:21562" if COMMUNITY else ""
only_community = pytest.mark.skipif(not COMMUNITY, reason="needs the Snort 3 community rules beside the checkout")


def provide(manager: Manager) -> None:
    """Uploads them and waits until every node uses them."""
    if not COMMUNITY:
        return
    manager.call("POST", "/api/v1/rules", archive())
    wanted = manager.get("/api/v1/sensors")["rules_version"]
    assert wanted

    def in_use() -> bool:
        told = {node: report["rules"]["version"] for node, report in manager.sensors().items()}
        assert set(told.values()) <= {wanted}, told
        return True

    until(in_use, 60)


def archive() -> bytes:
    """All rule files as one tar.gz, as rules are published."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        for path in sorted(SHARED_RULES.glob("*.rules")):
            packed.add(path, f"snort3-community-rules/{path.name}")
    return out.getvalue()
