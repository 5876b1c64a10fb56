"""Experiments: sequences × codecs × layouts × enhancers × QPs, run, kept and reported."""
