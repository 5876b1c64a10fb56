"""Keys change with all that determines a result, and with nothing else."""

import pytest
from kits.plans import codec_keys, layout_keys, of_layout, sequence_keys

pytestmark = pytest.mark.codec  # FFmpeg is asked for its encoders

OF_THE_ENCODE = {
    "qp": {"qps": [33]},
    "preset": codec_keys(preset="superfast"),
    "extra": codec_keys(extra={"rd": 3}),
    "threads": codec_keys(threads=2),
    "codec": codec_keys(codec="x264"),
    "codec's name": codec_keys(name="mine"),
    "frames": sequence_keys(frames=4),
    "name": sequence_keys(name="mine"),
    "class": sequence_keys(**{"class": "own"}),
    "frame rate": sequence_keys(fps=25),
    "content": {"sequences": [{"file": "clip_64x64_30_10bit.yuv"}]},
    "config": {"configs": ["RA"]},
    "delta_qp": layout_keys(delta_qp=4),
    "gop": {"gop": 4},
    "gop of the layout": layout_keys(gop=4),
    "scale": layout_keys(scale=4),
    "injection": layout_keys(inject=False),
    "kernel": {"kernel": "area"},
}
OF_THE_POINT = {
    "enhancer": {"enhancers": ["bicubic"]},
    "metric": {"metrics": ["psnr", "ssim"]},
    "label": layout_keys(name="mine"),
}


@pytest.mark.parametrize("what", [*OF_THE_ENCODE, *OF_THE_POINT])
def test_keys_change_with_what_determines_the_result(planned, what):
    change = {**OF_THE_ENCODE, **OF_THE_POINT}[what]
    before, after = of_layout(planned(), "crs"), of_layout(planned(**change), "crs")
    assert (before.key != after.key) == (what in OF_THE_ENCODE)
    assert before.points[0].key != after.points[0].key


def test_group_and_boundary_of_tds_change_the_key(planned):
    keys = {
        of_layout(planned(layouts=[{"layout": "tds", **options}]), "tds").key
        for options in (
            {},
            {"group": 3},
            {"shared_boundary": True},
            {"scale": 3},
            {"scale": 3, "boundary_scale": "3/2"},
        )
    }
    assert len(keys) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"description": "words"},
        {"bd_method": "cubic"},
        {"anchor": "crs k2 δ5 + lanczos"},
        {"qps": [22, 32]},
        {"metrics": ["psnr", "psnr"]},
        {"layouts": [{"layout": "uniform"}, {"layout": "crs"}]},
    ],
)
def test_keys_do_not_change_with_anything_else(planned, change):
    def keys(encodes):
        kept = [e for e in encodes if (e.job.layout.name, e.job.qp) == ("crs", 32)]
        return [(e.key, [p.key for p in e.points]) for e in kept]

    assert keys(planned()) == keys(planned(**change)) != []


def test_the_anchor_does_not_depend_on_filter_and_enhancer(planned):
    change = {"kernel": "area", "enhancers": ["bicubic"]}
    before, after = of_layout(planned(), "anchor"), of_layout(planned(**change), "anchor")
    assert (before.key, before.points) == (after.key, after.points)


def test_the_order_of_sequences_changes_no_key(planned):
    parts = [{"file": f"clip_64x64_30_{bits}bit.yuv", "name": f"b{bits}"} for bits in (8, 10)]
    one, two = (planned(sequences=order) for order in (parts, parts[::-1]))
    assert [e.key for e in one] != [e.key for e in two]
    assert sorted(e.key for e in one) == sorted(e.key for e in two)


def test_the_key_is_of_the_samples_not_of_the_path(planned, place, tmp_path):
    copy = tmp_path / "other_64x64_30.yuv"
    copy.write_bytes((place / "clip_64x64_30_8bit.yuv").read_bytes())
    name = planned()[0].sequence.name
    assert (
        planned(**sequence_keys())[0].key
        == planned(sequences=[{"file": str(copy), "name": name}])[0].key
    )
    data = bytearray(copy.read_bytes())
    data[-1] ^= 1
    copy.write_bytes(data)
    assert planned()[0].key != planned(sequences=[{"file": str(copy), "name": name}])[0].key


def test_the_version_of_the_encoder_is_in_the_key(planned, monkeypatch):
    before = planned()[0].key
    monkeypatch.setattr("encoders.x265.X265.version", lambda _: "9.9")
    assert planned()[0].key != before
