"""The invented border county of the demo: geometry, roads, cameras, records (run
`scripts/make_demo.py`)."""
