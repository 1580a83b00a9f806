"""The domain of Deconflict: pure Python, importable and testable without Qt."""

__version__ = "0.1.0"
