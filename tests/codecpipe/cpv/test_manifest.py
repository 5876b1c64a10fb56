import copy
import json
from fractions import Fraction

import pytest
from pydantic import ValidationError

from codecpipe.codec import CodecOptions, CodedPicture
from codecpipe.cpv.manifest import Manifest, rate_kbps
from codecpipe.format import VideoFormat
from codecpipe.layout import Config, LayoutOptions, make_layout
from codecpipe.video.resample import SizePlan
from codecpipe.yaml_file import refused

MD5 = "0123456789abcdef" * 2


def stream(name, frames, leads, sizes, **more):
    record = {
        "name": name,
        "file": f"{name}.hevc",
        "scale": "1" if name == "hr" else "2",
        "width": 64 if name == "hr" else 32,
        "height": 48 if name == "hr" else 24,
        "config": "AI" if name == "hr" else "LDP",
        "qp": 37 if name == "hr" else 32,
        "intra_period": 1 if name == "hr" else 3,
        "frames": frames,
        "leads": leads,
        "lead_keys": "injected" if leads else "none",
        "coded": [[at, "P", 32, size] for at, size in enumerate(sizes)],
        "md5": [MD5] * len(frames),
        "command": "encoder -q 32",
    }
    return record | more


def crs():
    """Six frames in two GOPs of three, as CRS codes them."""
    return {
        "format": "codecpipe",
        "version": 1,
        "sequence": {
            "name": "clip", "width": 64, "height": 48, "fps": "30000/1001", "bit_depth": 8,
            "frames": 6,
        },
        "layout": {
            "name": "crs", "config": "LDP", "qp": 37, "delta_qp": 5, "scale": "2", "gop": 3,
            "group": 5, "shared_boundary": False,
        },
        "resample": {
            "kernel": "bicubic", "padded_width": 64, "padded_height": 48, "lr_width": 32,
            "lr_height": 24,
        },
        "codec": {
            "name": "x265", "version": "4.1", "ffmpeg": "9.0", "preset": "medium",
            "extra": [["aq-mode", "0"]], "threads": 1, "bit_depth": 10,
        },
        "streams": [
            stream("hr", [0, 3], [], [500, 400]),
            stream("lr", [0, 1, 2, 3, 4, 5], [0, 3], [90, 20, 21, 91, 22, 23]),
        ],
        "enhancer": None,
        "notes": [],
    }  # fmt: skip


def test_what_it_says():
    manifest = Manifest.model_validate(crs())
    hr, lr = manifest.streams
    assert manifest.fps == Fraction(30000, 1001)
    assert manifest.source_format == VideoFormat(64, 48, 8)
    assert manifest.coded_format == VideoFormat(64, 48, 10)
    assert manifest.stream_format(lr) == VideoFormat(32, 24, 10)
    assert manifest.size_plan == SizePlan(64, 48, 64, 48, 32, 24)
    assert manifest.options == CodecOptions("medium", (("aq-mode", "0"),), 1)
    # The leads are not in the file and not in the rate.
    assert lr.transmitted_sizes == (20, 21, 22, 23)
    assert (hr.size_bytes, lr.size_bytes, manifest.stream_bytes) == (900, 86, 986)
    assert manifest.rate_kbps == pytest.approx(8 * 986 * 30000 / 1001 / 6 / 1000)
    assert lr.pictures[1] == CodedPicture(1, "P", 32, 20)
    layout = make_layout("crs", 6, Config.LDP, LayoutOptions(gop=3))
    assert lr.plan().pictures == layout.streams[1].pictures
    settings = lr.settings(manifest.options)
    assert (settings.qp, settings.intra_period, settings.injected) == (32, 3, True)


def test_paid_leads_are_in_the_rate():
    content = crs()
    content["streams"][1]["lead_keys"] = "paid"
    manifest = Manifest.model_validate(content)
    assert manifest.streams[1].size_bytes == 267
    assert manifest.streams[1].settings(manifest.options).injected is False


def test_qp_offsets_are_written_and_read():
    content = crs()
    content["streams"][1]["qp_offsets"] = [0, 3, 2, 0, 3, 2]
    manifest = Manifest.model_validate(content)
    lr = Manifest.model_validate(json.loads(manifest.model_dump_json())).streams[1]
    assert lr.settings(manifest.options).qp_offsets == (0, 3, 2, 0, 3, 2)
    content["streams"][1]["qp_offsets"] = [0, 3]
    with pytest.raises(ValidationError, match="not one QP offset for each picture"):
        Manifest.model_validate(content)


def test_json_round_trip():
    manifest = Manifest.model_validate(crs())
    assert Manifest.model_validate(json.loads(manifest.model_dump_json())) == manifest


def test_rate_is_exact():
    assert rate_kbps(1000, Fraction(50), 10) == 40.0


def changed(*path_and_value):
    *path, last, value = path_and_value
    content = crs()
    at = content
    for step in path:
        at = at[step]
    if value is KeyError:
        del at[last]
    else:
        at[last] = value
    return content


HR, LR = ("streams", 0), ("streams", 1)
CODED = crs()["streams"][1]["coded"]

LIES = {
    "frames twice": changed(*HR, "frames", [0, 1]),
    "frame not at all": changed("sequence", "frames", 7),
    "fewer frames than shown": changed("sequence", "frames", 5),
    "out of order": changed(*LR, "frames", [0, 2, 1, 3, 4, 5]),
    "frame twice in a stream": changed(*LR, "frames", [0, 1, 1, 3, 4, 5]),
    "negative frame": changed(*LR, "frames", [-1, 1, 2, 3, 4, 5]),
    "a lead that is no key": changed(*LR, "leads", [0, 4]),
    "a lead beyond the end": changed(*LR, "leads", [0, 6]),
    "a lead twice": changed(*LR, "leads", [0, 0, 3]),
    "leads out of order": changed(*LR, "leads", [3, 0]),
    "leads that get nowhere": changed(*LR, "lead_keys", "none"),
    "no leads, but injected": changed(*LR, "leads", []),
    "injected, not from the start": changed(*LR, "leads", [3]),
    "leads among the keys": changed(*HR, "leads", [0]),
    "fewer digests": changed(*LR, "md5", [MD5] * 5),
    "a digest that is none": changed(*LR, "md5", ["x" * 32] + [MD5] * 5),
    "fewer coded": changed(*LR, "coded", CODED[:5]),
    "coded twice": changed(*LR, "coded", [CODED[1], *CODED[1:]]),
    "a type that is none": changed(*LR, "coded", [[0, "X", 1, 1], *CODED[1:]]),
    "negative size": changed(*LR, "coded", [[0, "P", 1, -5], *CODED[1:]]),
    "huge size": changed(*LR, "coded", [[0, "P", 1, 10**30], *CODED[1:]]),
    "no streams": changed("streams", []),
    "no pictures": changed("streams", [stream("lr", [], [], [])]),
    "three streams": changed("streams", [*crs()["streams"], stream("hr", [0], [], [1])]),
    "two of one name": changed("streams", [stream("hr", [0, 3], [], [1, 1])] * 2),
    "a stream of another name": changed(*HR, "name", "xr"),
    "a file elsewhere": changed(*HR, "file", "../hr.hevc"),
    "a file in a folder": changed(*HR, "file", "/tmp/hr.hevc"),
    "a file of another name": changed(*HR, "file", "manifest.json"),
    "a file name of two lines": changed(*HR, "file", "hr.hevc\n"),
    "the other stream's file": changed(*HR, "file", "lr.hevc"),
    "LR without a word on sizes": changed("resample", None),
    "HR of LR size": changed(*HR, "width", 32),
    "LR of HR size": changed(*LR, "height", 48),
    "LR of scale 1": changed(*LR, "scale", "1"),
    "HR of scale 2": changed(*HR, "scale", "2"),
    "padded to less": changed("resample", "padded_width", 32),
    "padded to far more": changed("resample", "padded_height", 16384),
    "odd padding": changed("resample", "padded_height", 49),
    "odd source": changed("sequence", "width", 63),
    "huge source": changed("sequence", "width", 10**9),
    "no width": changed("sequence", "width", 0),
    "no frame rate": changed("sequence", "fps", "0"),
    "a frame rate by zero": changed("sequence", "fps", "25/0"),
    "a frame rate that is none": changed("sequence", "fps", "nan"),
    "a scale that is none": changed("layout", "scale", "1e9"),
    "too deep": changed("sequence", "bit_depth", 17),
    "too many frames": changed("sequence", "frames", 10**9),
    "too many threads": changed("codec", "threads", 10**6),
    "long text": changed("sequence", "name", "x" * 5000),
    "a filter that is none": changed("resample", "kernel", "sinc"),
    "a configuration that is none": changed("layout", "config", "XX"),
    "a field too many": changed("run", "rm -rf /"),
    "a field too few": changed("codec", KeyError),
    "a list for a number": changed("layout", "qp", [1]),
    "a later version": changed("version", 2),
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES.keys())
def test_lies_are_noticed(content):
    untouched = copy.deepcopy(content)
    with pytest.raises(ValidationError) as caught:
        Manifest.model_validate(content)
    assert content == untouched
    place, first = refused(caught.value, content)
    assert first["msg"]
    assert place.partition(".")[0] in ("", "run", *Manifest.model_fields)


# --- boundaries below source size ----------------------------------------------------------------


def quarter():
    """Four frames of TDS: boundaries of 32x24 at 1/2, the others at 1/4; 62x46 is padded."""
    content = crs()
    content["sequence"] |= {"width": 62, "height": 46, "frames": 4}
    content["layout"] |= {"name": "tds", "scale": "4", "boundary_scale": "2"}
    content["resample"] |= {"lr_width": 16, "lr_height": 12}
    content["streams"] = [
        stream("hr", [0, 3], [], [500, 400], scale="2", width=32, height=24, config="LDP"),
        stream("lr", [0, 1, 2], [0], [90, 20, 21], scale="4", width=16, height=12),
    ]
    return content


def test_boundaries_have_a_size_of_their_own():
    manifest = Manifest.model_validate(quarter())
    assert manifest.size_plan == SizePlan(62, 46, 64, 48, 16, 12)
    assert [manifest.stream_format(s).size for s in manifest.streams] == ["32x24", "16x12"]
    text = manifest.model_dump_json()
    assert '"boundary_scale":"2"' in text
    assert Manifest.model_validate_json(text) == manifest


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (("layout",), {"boundary_scale": "1"}),
        (("layout",), {"boundary_scale": "4"}),
        (("layout",), {"boundary_scale": "8"}),
        (("layout",), {"boundary_scale": "3"}),
        (("layout",), {"boundary_scale": "1/2"}),
        (("layout",), {"boundary_scale": "0"}),
        (("layout",), {"scale": "2"}),
        (("layout",), {"name": "crs"}),
        (("resample",), {"padded_width": 66}),
        (("streams", 0), {"scale": "1", "width": 62, "height": 46}),
        (("streams", 0), {"width": 62}),
        (("streams", 1), {"scale": "2"}),
        ((), {"resample": None}),
    ],
)
def test_sizes_of_boundaries_that_do_not_go_together(part, change):
    content = quarter()
    at = content
    for step in part:
        at = at[step]
    at.update(change)
    with pytest.raises(ValidationError):
        Manifest.model_validate(content)
