"""What the wing build hands on; each name is loaded on first use (SPEC 1)."""

from .engine import build, program
from .plan import plan_stages, stage_lines
from .project import border_line, load_project

__all__ = ["border_line", "build", "load_project", "plan_stages", "program", "stage_lines"]
