"""Docks around the map: layers, findings, attributes."""
