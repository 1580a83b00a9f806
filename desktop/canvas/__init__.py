"""The native map canvas: view, painter, symbols, tools."""
