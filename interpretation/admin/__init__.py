"""解读 in the back office: the things themselves, and how promptly papers are explained (解读率)."""

from interpretation.admin.interpretations import InterpretationAdmin

__all__ = ["InterpretationAdmin"]
