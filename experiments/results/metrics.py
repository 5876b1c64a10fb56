"""The metric of a column of results: title, unit, direction."""

from dataclasses import replace

import bdrate
from codecpipe.metrics.catalogue import metric_of_column


def metric_of(column: str) -> bdrate.Metric:
    """Title, unit and direction of the metric in a column of rate points, such as ``xpsnr_y``.

    The catalogue's row decides where there is one, so that a new metric needs nothing else; what
    `bdrate.metric_of` takes from the name stands for the rest. For the metrics that both know, they
    say the same.
    """
    known, row = bdrate.metric_of(column), metric_of_column(column)
    if row is None:
        return known
    planes = filter(None, column.removeprefix(row.stem).upper().split("_"))
    return replace(
        known,
        title="-".join([row.title, *planes]),
        unit=row.unit,
        higher_is_better=row.best == "high",
    )
