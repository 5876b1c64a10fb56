"""The lower convex hull of an R-D cloud: what no other pair of QPs, nor a mix of two, improves."""

from collections.abc import Sequence


def lower_hull(points: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """Indices of the hull's points, by rising rate.

    ``points``: (rate, quality), quality rising with goodness, e.g. kbps and dB. "Lower" as in a
    plane of distortion over rate: here the concave frontier of quality over rate. It begins at the
    lowest rate and ends at the highest quality; every point lies on or below it, and quality and
    rate rise strictly along it. Of equal points the first is taken; points on an edge between two
    others are left out.
    """
    order = sorted(range(len(points)), key=lambda at: (points[at][0], -points[at][1], at))
    hull: list[int] = []
    for at in order:
        if hull and points[at][1] <= points[hull[-1]][1]:
            continue  # more rate, no more quality: of no use whatever comes after
        while len(hull) > 1 and not _turns_down(*(points[i] for i in (*hull[-2:], at))):
            hull.pop()
        hull.append(at)
    return tuple(hull)


def _turns_down(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Whether the slope falls at b: it lies above the line from a to c."""
    return (b[1] - a[1]) * (c[0] - b[0]) > (c[1] - b[1]) * (b[0] - a[0])
