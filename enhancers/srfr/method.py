"""SRFR as a value: what it is, what it needs, and where its code is. Light: no torch."""

from __future__ import annotations

from enhancers.engine.method import Method, Recurrence
from enhancers.srfr.config import VARIANTS
from enhancers.srfr.cost import cost

METHOD = Method(
    name="srfr",
    title="Frame-recurrent restoration between boundary frames (SRFR, MTSA)",
    variants=VARIANTS,
    network="enhancers.srfr.network:Srfr",
    restoring="enhancers.srfr.restore:RECURRENCE",
    training="enhancers.srfr.train:SrfrKind",
    plan="enhancers.srfr.plan:SrfrPlan",
    cost=cost,
    temporal=Recurrence(),
    tiles="approximate",  # offsets of deformable convolutions have no bound
    layouts=("tds", "crs"),
    planes=("y", "uv", "rgb"),
    needs_keys=True,
)
