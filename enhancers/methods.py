"""The methods that there are, by name. Another one is a folder and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from enhancers.crs.method import METHOD as CRS
from enhancers.engine.method import Method
from enhancers.srfr.method import METHOD as SRFR

METHODS: Mapping[str, Method[Any]] = MappingProxyType(
    {
        "crs": CRS,
        "srfr": SRFR,
    }
)
