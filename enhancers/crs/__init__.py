"""Cross Resolution Synthesis: LR inter frames restored from their neighbours and HR key frames."""
