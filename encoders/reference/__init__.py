"""The reference software, HM and VTM: their programs, and the logs they print."""
