"""``metrics.csv`` of a network in training, and TensorBoard beside it."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from codecpipe.errors import InputError

FIRST = ("step", "seconds", "loss", "rate")


class MetricsFile:
    """A CSV file with one row for each time that something was measured; cells may be empty.

    Rows after ``step`` are of a run that was cut off after its last checkpoint, and are dropped.
    """

    def __init__(self, path: Path, columns: Sequence[str], step: int) -> None:
        self.path, self.columns = path, (*FIRST, *columns)
        rows = read_metrics(path) if step and path.exists() else []
        self._write([row for row in rows if int(row["step"]) <= step])

    def _write(self, rows: Sequence[Mapping[str, str]]) -> None:
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self.columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        part.replace(self.path)

    def put(self, row: Mapping[str, float]) -> None:
        """Add a row, by column."""
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, self.columns).writerow({k: f"{v:.8g}" for k, v in row.items()})


def read_metrics(path: Path) -> list[dict[str, str]]:
    """All rows, by column; "" where there is no value."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class TensorBoard:
    """The same numbers for TensorBoard; an `InputError` where it is not installed."""

    def __init__(self, folder: Path, step: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415
        except ImportError as error:
            raise InputError(
                "'logger: tensorboard' needs TensorBoard: pip install tensorboard, or give 'csv'"
            ) from error
        self._writer: Any = SummaryWriter(str(folder), purge_step=step or None)

    def put(self, row: Mapping[str, float]) -> None:
        """Show a row's numbers over its step."""
        for name, value in row.items():
            if name != "step":
                self._writer.add_scalar(name, value, int(row["step"]))
        self._writer.flush()
