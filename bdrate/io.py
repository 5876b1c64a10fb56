"""Rate points from CSV and JSON files: a row a rate point, ``rate_kbps``, metrics, key columns."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bdrate.curve import RDCurve
from bdrate.errors import CurveFileError

KEY_COLUMNS = (
    "sequence", "class", "codec", "config", "layout", "method", "enhancer", "qp",
)  # fmt: skip
RATE = "rate_kbps"

# What a curve is a curve of: its key columns with their values, in the order of KEY_COLUMNS.
Key = tuple[tuple[str, str], ...]

# A row of a file: its cells as text by column, and as "#row" its place in the file.
Row = Mapping[str, str]


def read_curves(
    path: str | Path, metric: str = "psnr_y", by: Sequence[str] | None = None
) -> dict[Key, RDCurve]:
    """Read the curves of one metric from a CSV or JSON file.

    Args:
        path: a CSV file (commas, UTF-8, with a header), or a JSON file (a list of row objects, or
            an object of equally long lists). Needs the columns ``rate_kbps`` and ``metric``.
        metric: the metric's column, such as ``psnr_y``.
        by: the columns whose values make a curve. Default: all of ``sequence``, ``class``,
            ``codec``, ``config``, ``layout``, ``method`` and ``enhancer`` that the file has;
            ``qp`` never.

    Returns:
        One curve for each combination of values, in the file's order. A key is a tuple of
        (column, value) pairs and is empty where the file has no key columns.

    Raises:
        CurveFileError: the file is missing, empty, not CSV or JSON, lacks a column, or has
            something that is not a number where a number must be. Points are checked
            by ``compare``.
    """
    return curves_of(read_rows(path), path, metric, by=by)


def curves_of(
    rows: Sequence[Row], path: str | Path, metric: str, by: Sequence[str] | None = None
) -> dict[Key, RDCurve]:
    """Return the curves of ``read_rows``, as ``read_curves`` does; ``path`` is for messages."""
    columns = rows[0].keys()
    for column in (RATE, metric, *(by or ())):
        if column not in columns:
            have = ", ".join(name for name in columns if name != "#row")
            raise CurveFileError(f"{path} has no column '{column}'; it has {have}.")
    if by is None:
        by = [column for column in KEY_COLUMNS if column in columns and column != "qp"]
    points: dict[Key, tuple[list[float], list[float]]] = {}
    for row in rows:
        key = tuple((column, row[column]) for column in by)
        rates, values = points.setdefault(key, ([], []))
        rates.append(_number(row, RATE, path))
        values.append(_number(row, metric, path))
    return {
        key: RDCurve(tuple(rates), tuple(values), metric=metric, label=label_of(key))
        for key, (rates, values) in points.items()
    }


def label_of(key: Key) -> str:
    """Return a key as a short text: ``BasketballDrive x265 RA``."""
    return " ".join(value for column, value in key if value and column != "class")


def _number(row: Row, column: str, path: str | Path) -> float:
    text = row[column].strip()
    try:
        # float() would read 1_000, which no tool writes as a number.
        return float(text.replace("_", "?"))
    except ValueError:
        what = f"'{text}' is not a number" if text else "the cell is empty"
        raise CurveFileError(
            f"{path}, row {row['#row']}, column {column}: {what}; correct the file."
        ) from None


def read_rows(path: str | Path) -> list[Row]:
    """Read all rows of a CSV or JSON file as text cells; ``#row`` is each one's place in the file.

    Raises:
        CurveFileError: as in ``read_curves``.
    """
    path = Path(path)
    if not path.is_file():
        raise CurveFileError(f"{path} is not there: give the path of a CSV or JSON file of curves.")
    try:
        # The -sig variant drops the byte order mark that spreadsheets write.
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CurveFileError(
            f"{path} cannot be read as UTF-8 text ({error}): save it as such."
        ) from None
    if not text.strip() or "\0" in text:
        what = "is empty" if not text.strip() else "is not a text file"
        raise CurveFileError(f"{path} {what}: it must have a header and one row a rate point.")
    is_json = path.suffix.lower() == ".json" or text.lstrip()[0] in "[{"
    rows = _json_rows(text, path) if is_json else _csv_rows(text, path)
    if not rows:
        raise CurveFileError(f"{path} has no rate points: it must have one row for each.")
    return rows


def _csv_rows(text: str, path: Path) -> list[Row]:
    try:
        lines = [
            (reader.line_num, cells)
            for reader in [csv.reader(io.StringIO(text, newline=""), strict=True)]
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise CurveFileError(f"{path} is not a CSV file ({error}).") from None
    header = [cell.strip() for cell in lines[0][1]]
    if RATE not in header:
        for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if mark in lines[0][1][0]:
                raise CurveFileError(
                    f"{path} separates its fields by {name}: save it with commas, "
                    "and with points in its decimal numbers."
                )
    _check_header(header, path)
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            raise CurveFileError(
                f"{path}, line {number}, has {len(cells)} fields and the header {len(header)}: "
                "give each row a value for each column."
            )
    return [
        dict(zip(header, map(str.strip, cells), strict=True)) | {"#row": str(number)}
        for number, cells in lines[1:]
    ]


def _json_rows(text: str, path: Path) -> list[Row]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise CurveFileError(f"{path} is not valid JSON ({error}).") from None
    if isinstance(data, dict) and data and all(isinstance(v, list) for v in data.values()):
        lengths = {len(column) for column in data.values()}
        if len(lengths) > 1:
            counts = ", ".join(f"{name} {len(column)}" for name, column in data.items())
            raise CurveFileError(f"{path}: the lists are not equally long ({counts}).")
        data = [dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)]
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise CurveFileError(f"{path}: JSON must be a list of row objects or an object of lists.")
    header = list(dict.fromkeys(name for row in data for name in row))
    _check_header(header, path)
    return [
        {name: "" if row.get(name) is None else str(row[name]) for name in header}
        | {"#row": str(i)}
        for i, row in enumerate(data, 1)
    ]


def _check_header(header: list[str], path: Path) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise CurveFileError(f"{path} has the column '{twice[0]}' more than once.")
