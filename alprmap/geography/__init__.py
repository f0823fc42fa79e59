"""What is where: borders, states, counties, zones, areas, people (rule R1)."""
