"""Dialogs: import, release, rules, feature form, preferences."""
