"""The commands of ``codecpipe``, one a file."""
