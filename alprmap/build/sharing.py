"""A project without cameras: what a sharing record says by itself."""

from __future__ import annotations

from pathlib import Path

from alprmap.build.engine import Counts, Stage
from alprmap.build.inputs import existing
from alprmap.build.project import Project
from alprmap.errors import InputError
from alprmap.store import write_table


def sharing_stage(project: Project, base: Path) -> Stage:
    """Who shares with whom (A1), where no camera is known."""
    asked = project.access
    assert asked is not None
    files = tuple(existing(base, path, key) for key, path in asked.files)

    def run(here: Path) -> Counts:
        from alprmap.access import read_shares, record_claims

        shared = read_shares(files)
        if not len(shared.shares):
            raise InputError(
                "no share is in these files, only agencies", fix="name a list of who is let in"
            )
        write_table(shared.agencies, here / "access" / "agencies.csv")
        write_table(shared.shares, here / "access" / "shares.csv")
        write_table(shared.changes, here / "access" / "changes.csv")
        claims = record_claims(shared, of=asked.first, kind=asked.kind)
        write_table(claims, here / "access" / "claims.csv")
        return {"agencies": len(shared.agencies), "shares": len(shared.shares)}

    writes = tuple(f"access/{name}.csv" for name in ("agencies", "shares", "changes", "claims"))
    return Stage(
        "access", run, settings={"to": asked.to, "kind": asked.kind}, files=files, writes=writes
    )
