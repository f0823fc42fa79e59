"""Where a driver is followed (rules C1–C6): corridors, detours, unread zones, cordons, trips."""
