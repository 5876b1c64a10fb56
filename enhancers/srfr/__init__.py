"""SRFR: temporally down-sampled video restored from boundary frames and from itself."""
