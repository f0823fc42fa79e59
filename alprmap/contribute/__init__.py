"""Sightings: a volunteer's camera enters by the same door as every other source."""
