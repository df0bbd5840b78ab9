"""The staff workbench at /console: pages made on the server, which work without JavaScript."""
