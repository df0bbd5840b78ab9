"""The Model Context Protocol: large models ask here, and read only."""
