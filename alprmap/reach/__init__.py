"""How far cameras stand from which border (rules R1–R6)."""
