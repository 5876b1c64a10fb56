"""The command ``codecpipe`` from a checkout: ``python cli.py``; see `experiments.commands.main`."""

from experiments.commands.main import main, run

__all__ = ["main", "run"]

if __name__ == "__main__":
    run()
