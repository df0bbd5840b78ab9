"""What differs between the engines: opening, migrating, locks, triggers, the sentences for people."""
