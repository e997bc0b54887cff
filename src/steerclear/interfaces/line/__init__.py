"""The line's port between nodes: HTTPS with certificates pinned on both sides, one route, one service."""
