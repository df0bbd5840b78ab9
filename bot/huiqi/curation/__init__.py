"""Staff work on the knowledge base: from an unanswered question to a published answer."""
