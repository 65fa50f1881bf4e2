"""With what the command ends."""

EXIT_OK, EXIT_START, EXIT_REFUSED = 0, 2, 3
