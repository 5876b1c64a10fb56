"""encode, info, decode, measure, bdrate, doctor, sequences: the commands on one file."""

import hashlib
import json
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from command import codecpipe, succeeds

pytestmark = pytest.mark.codec

FAST = ("--codec", "x265", "--preset", "ultrafast", "--gop", "8", "--qp", "32")


@pytest.fixture(scope="module")
def coded(moving_clip, tmp_path_factory):
    """A folder with ``a.cpv``, coded with a relative path from a folder of its own."""
    folder = tmp_path_factory.mktemp("user")
    clip = moving_clip(192, 128, 11)
    shutil.copy(clip, folder)
    succeeds("encode", clip.name, "-o", "a.cpv", *FAST, cwd=folder)
    return folder, clip


def test_rate_is_that_of_the_streams_in_the_file(coded):
    folder, _ = coded
    info = json.loads(succeeds("info", "a.cpv", "--json", cwd=folder))
    with zipfile.ZipFile(folder / "a.cpv") as archive:
        sizes = [i.file_size for i in archive.infolist() if i.filename != "manifest.json"]
    assert info["stream_bytes"] == sum(sizes)
    assert info["rate_kbps"] == pytest.approx(8 * sum(sizes) * 30 / 11 / 1000, rel=1e-12)
    lr = next(stream for stream in info["streams"] if stream["name"] == "lr")
    assert lr["lead_keys"] == "injected"
    table = succeeds("info", "a.cpv", cwd=folder)
    assert "made by the receiver" in table
    assert table.count("│ ") > 11


def test_a_moved_file_decodes_to_the_same_and_measures_alike(coded, tmp_path):
    folder, clip = coded
    shutil.move(shutil.copy(folder / "a.cpv", tmp_path / "moved.cpv"), tmp_path / "b.cpv")
    succeeds("decode", folder / "a.cpv", "-o", "a.yuv", cwd=folder)
    succeeds("decode", "b.cpv", "-o", "b.y4m", cwd=tmp_path)
    raw = (folder / "a.yuv").read_bytes()
    y4m = (tmp_path / "b.y4m").read_bytes()
    header, _, body = y4m.partition(b"\n")
    assert header.startswith(b"YUV4MPEG2 W192 H128 F30:1")
    size = 192 * 128 * 3 // 2
    frames = [body[6 + i * (size + 6) :][:size] for i in range(11)]
    assert hashlib.md5(b"".join(frames)).digest() == hashlib.md5(raw).digest()
    result = json.loads(succeeds("measure", clip, tmp_path / "b.y4m", "--json", cwd=tmp_path))
    assert 20 < result["means"]["psnr_y"] < 60
    assert len(result["frames"]) == 11
    same = json.loads(succeeds("measure", clip, clip, "--json", cwd=tmp_path))
    assert same["means"]["psnr_y"] == "inf"


def test_output_depth_of_an_8_bit_source_in_a_10_bit_codec(moving_clip, tmp_path):
    clip = moving_clip(192, 128, 3)
    vvenc = ("--codec", "vvenc", "--preset", "faster", "--layout", "anchor")
    succeeds("encode", clip, "-o", "v.cpv", *vvenc, cwd=tmp_path)
    succeeds("decode", "v.cpv", "-o", "v8.yuv", cwd=tmp_path)
    succeeds("decode", "v.cpv", "-o", "v10.yuv", "--output-depth", "coded", cwd=tmp_path)
    assert (tmp_path / "v8.yuv").stat().st_size == clip.stat().st_size
    assert (tmp_path / "v10.yuv").stat().st_size == 2 * clip.stat().st_size


def test_bdrate_prints_table_json_and_plot(tmp_path):
    rows_a = [(90.33, 27.95), (181.03, 31.17), (332.99, 34.44), (547.79, 38.11)]
    rows_b = [(127.1719, 29.9286), (186.14, 32.4165), (307.2924, 34.7013), (481.5588, 37.4561)]
    for name, rows in (("a", rows_a), ("b", rows_b)):
        lines = "".join(f"{rate},{psnr}\n" for rate, psnr in rows)
        (tmp_path / f"{name}.csv").write_text(f"rate_kbps,psnr_y\n{lines}")
    document = json.loads(
        succeeds("bdrate", "a.csv", "b.csv", "--json", "--plot", "p.png", cwd=tmp_path)
    )
    found = document[0]["results"]["psnr_y"]["bd_rate_percent"]
    assert found == pytest.approx(-13.292524, abs=5e-7)
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    assert "−13.29" in succeeds("bdrate", "a.csv", "b.csv", cwd=tmp_path)
    cubic = succeeds("bdrate", "a.csv", "b.csv", "--method", "cubic", "--json", cwd=tmp_path)
    found = json.loads(cubic)[0]["results"]["psnr_y"]["bd_rate_percent"]
    assert found == pytest.approx(-13.261773, abs=5e-7)


def test_doctor_and_sequences(tmp_path):
    findings = {one["name"]: one for one in json.loads(succeeds("doctor", "--json", cwd=tmp_path))}
    assert all(findings[f"codec {name}"]["ok"] for name in ("x265", "vvenc", "x264", "svtav1"))
    known = json.loads(succeeds("sequences", "list", "--json", cwd=tmp_path))
    terrace = next(s for s in known if s["name"] == "BQTerrace" and s["catalogue"] == "jvet_ctc")
    assert (terrace["width"], terrace["fps"], terrace["frames"]) == (1920, "60", 600)
    with (tmp_path / terrace["file"]).open("wb") as file:
        file.truncate(1920 * 1080 * 3 // 2 * 600 - 1)
    ran = codecpipe("sequences", "verify", "--root", ".", "--json", cwd=tmp_path)
    states = {row["name"]: row["state"] for row in json.loads(ran.out)}
    assert ran.code == 1
    assert states["BQTerrace"] == "wrong-size"
    assert states["Cactus"] == "missing"
