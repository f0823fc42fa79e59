"""What the wing build hands on; each name is loaded on first use (SPEC 1)."""

from .engine import build, program
from .plan import plan_stages, stage_lines
from .project import Project, load_project, project_schema
from .propose import (
    Proposal,
    can,
    missing,
    project_text,
    propose_project,
    undated_files,
    with_date,
)
from .recognize import Recognized, recognize_files

__all__ = [
    "Project",
    "Proposal",
    "Recognized",
    "build",
    "can",
    "load_project",
    "missing",
    "plan_stages",
    "program",
    "project_schema",
    "project_text",
    "propose_project",
    "recognize_files",
    "stage_lines",
    "undated_files",
    "with_date",
]
