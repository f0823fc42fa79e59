"""What the wing build hands on; each name is loaded on first use (SPEC 1)."""

from .engine import Outcome, build, program
from .joins import border_join, people_join, road_join
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
    "Outcome",
    "Project",
    "Proposal",
    "Recognized",
    "border_join",
    "build",
    "can",
    "load_project",
    "missing",
    "people_join",
    "plan_stages",
    "program",
    "project_schema",
    "project_text",
    "propose_project",
    "recognize_files",
    "road_join",
    "stage_lines",
    "undated_files",
    "with_date",
]
