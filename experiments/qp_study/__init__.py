"""QP allocation: which QP the LR frames should have beside that of the key frames."""
