"""Child processes: FFmpeg and how programs are run and watched."""
