"""The weights that come along, in the loop, on a real clip that no training saw."""

from pathlib import Path

import pandas as pd
import pytest
from kits.commands import succeeds

pytestmark = pytest.mark.codec


@pytest.mark.parametrize(
    ("codec", "preset", "qp"), [("x265", "medium", 32), ("vvenc", "faster", 32)]
)
def test_crs_is_better_than_the_filters(
    bikes: Path, tmp_path: Path, codec: str, preset: str, qp: int
) -> None:
    (tmp_path / "exp.yaml").write_text(
        f"name: crs\nsequences: [{{file: {bikes}, frames: 5}}]\n"
        f"codecs: [{{codec: {codec}, preset: {preset}}}]\n"
        "layouts: [{layout: anchor}, {layout: crs}]\n"
        f"enhancers: [bicubic, lanczos, crs]\nqps: [{qp}]\n"
    )
    succeeds("rd", "exp.yaml", "-o", "run", cwd=tmp_path)
    points = pd.read_csv(tmp_path / "run" / "points.csv").set_index("enhancer")
    assert points.loc["crs", "weights"] == f"crs-tiny-{codec}-ldp-k2"
    assert len(points.loc["crs", "weights_sha256"]) == 64
    assert points.loc["crs", "rate_kbps"] == points.loc["lanczos", "rate_kbps"]
    for other in ("bicubic", "lanczos"):
        assert points.loc["crs", "psnr_y"] > points.loc[other, "psnr_y"] + 0.1
        assert points.loc["crs", "psnr_yuv"] > points.loc[other, "psnr_yuv"]
    report = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert all(f"+ {name}" in report for name in ("bicubic", "lanczos", "crs"))
