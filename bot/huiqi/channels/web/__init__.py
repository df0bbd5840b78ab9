"""The web channel: a chat page, a widget for other sites, and the HTTP API."""
