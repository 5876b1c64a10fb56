"""The command on one file: encode, info, decode, measure, bdrate, doctor, sequences."""

import json
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from kits.commands import COMMAND, codecpipe, forked, succeeds
from kits.pipeline import FFMPEG_CODECS

pytestmark = pytest.mark.codec

WIDTH, HEIGHT, FRAMES, FPS = 96, 64, 7, 30
FRAME_BYTES = WIDTH * HEIGHT * 3 // 2
FAST = ("--preset", "ultrafast", "--gop", "4", "--qp", "32")


@pytest.fixture(scope="module")
def coded(moving_clip, tmp_path_factory):
    """A folder with a clip and ``a.cpv``, coded in it by a relative path."""
    folder = tmp_path_factory.mktemp("user") / "here"
    folder.mkdir()
    shutil.copy(moving_clip(WIDTH, HEIGHT, FRAMES), folder / "clip_96x64_30.yuv")
    said = succeeds("encode", "clip_96x64_30.yuv", "-o", "a.cpv", *FAST, cwd=folder)
    return folder, said


def _stream_bytes(cpv: Path) -> int:
    with zipfile.ZipFile(cpv) as archive:
        return sum(e.file_size for e in archive.infolist() if e.filename != "manifest.json")


def _y4m_frames(path: Path, frame_bytes: int = FRAME_BYTES) -> tuple[bytes, bytes]:
    header, _, body = path.read_bytes().partition(b"\n")
    step = len(b"FRAME\n") + frame_bytes
    assert len(body) % step == 0
    return header, b"".join(body[at + 6 : at + step] for at in range(0, len(body), step))


def test_info_has_the_rate_of_the_streams_in_the_file(coded):
    folder, said = coded
    document = json.loads(succeeds("info", "a.cpv", "--json", cwd=folder))
    size = _stream_bytes(folder / "a.cpv")
    assert document["stream_bytes"] == size
    assert document["container_bytes"] == (folder / "a.cpv").stat().st_size - size
    assert document["rate_kbps"] == pytest.approx(8 * size * FPS / FRAMES / 1000, rel=1e-12)
    assert f"{FRAMES} frames, {size} bytes, {document['rate_kbps']:.3f} kbps" in said


def test_info_table_shows_each_frame_and_its_bits(coded):
    folder, _ = coded
    document = json.loads(succeeds("info", "a.cpv", "--json", cwd=folder))
    table = succeeds("info", "a.cpv", cwd=folder)
    assert f"{document['rate_kbps']:.3f} kbps" in table
    frames = table[table.index("Frames") :]
    cells = [[c.strip() for c in line.strip("│").split("│")] for line in frames.splitlines()]
    rows = [row for row in cells if row[0].isdigit()]
    assert [row[:4] for row in rows] == [
        [str(i), *(("hr", "1", "key") if i in (0, 4) else ("lr", "2", ""))] for i in range(FRAMES)
    ]
    assert sum(int(row[-1]) for row in rows) == 8 * document["stream_bytes"]


def test_a_moved_file_decodes_alike_elsewhere(coded, tmp_path):
    folder, _ = coded
    there = tmp_path / "there"
    there.mkdir()
    shutil.copy(folder / "a.cpv", there / "moved.cpv")
    succeeds("decode", "a.cpv", "-o", "a.yuv", "--force", cwd=folder)
    ran = codecpipe("decode", "moved.cpv", "-o", "b.y4m", cwd=there)
    assert ran.code == 0
    assert ran.out == "b.y4m: 7 frames, 96x64, 8 bit; all MD5s agree\n"
    assert ran.err == ""
    header, frames = _y4m_frames(there / "b.y4m")
    assert header.startswith(b"YUV4MPEG2 W96 H64 F30:1 ")
    assert frames == (folder / "a.yuv").read_bytes()
    assert {path.name for path in there.iterdir()} == {"moved.cpv", "b.y4m"}


def test_decode_to_the_depth_that_was_coded(coded):
    folder, _ = coded
    vvenc = ("--codec", "vvenc", "--preset", "faster", "--layout", "anchor", "--frames", "2")
    succeeds("encode", "clip_96x64_30.yuv", "-o", "v.cpv", *vvenc, cwd=folder)
    succeeds("decode", "v.cpv", "-o", "v8.yuv", cwd=folder)
    succeeds("decode", "v.cpv", "-o", "v10.y4m", "--output-depth", "coded", cwd=folder)
    assert (folder / "v8.yuv").stat().st_size == 2 * FRAME_BYTES
    header, frames = _y4m_frames(folder / "v10.y4m", 2 * FRAME_BYTES)
    assert b"C420p10" in header
    assert len(frames) == 2 * 2 * FRAME_BYTES
    shown = json.loads(succeeds("info", "v.cpv", "--json", cwd=folder))
    assert (shown["sequence"]["bit_depth"], shown["codec"]["bit_depth"]) == (8, 10)


def test_enhancers_differ_and_leave_the_keys_alone(coded):
    folder, _ = coded
    found = {}
    for name in "lanczos", "bicubic":
        succeeds("decode", "a.cpv", "-o", f"{name}.yuv", "--enhancer", name, cwd=folder)
        found[name] = (folder / f"{name}.yuv").read_bytes()
    same = [
        found["lanczos"][at : at + FRAME_BYTES] == found["bicubic"][at : at + FRAME_BYTES]
        for at in range(0, FRAMES * FRAME_BYTES, FRAME_BYTES)
    ]
    assert same == [i in (0, 4) for i in range(FRAMES)]


def test_measure_agrees_with_a_psnr_by_hand(coded):
    import numpy as np

    folder, _ = coded
    succeeds("decode", "a.cpv", "-o", "m.yuv", cwd=folder)
    ran = forked("measure", "clip_96x64_30.yuv", "m.yuv", "--json", "--size", "96x64", cwd=folder)
    assert (ran.code, ran.err) == (0, "")
    document = json.loads(ran.out)
    a, b = (
        np.fromfile(folder / name, np.uint8).reshape(FRAMES, FRAME_BYTES).astype(float)
        for name in ("clip_96x64_30.yuv", "m.yuv")
    )
    mse = ((a - b) ** 2)[:, : WIDTH * HEIGHT].mean(axis=1)
    psnr = 10 * np.log10(255**2 / mse)
    assert document["means"]["psnr_y"] == pytest.approx(psnr.mean(), abs=1e-9)
    assert [frame["psnr_y"] for frame in document["frames"]] == pytest.approx(psnr.tolist())
    table = succeeds("measure", "clip_96x64_30.yuv", "m.yuv", "--size", "96x64", cwd=folder)
    assert "PSNR-Y [dB]" in table
    assert f"{psnr.mean():.4f}" in table


def test_force_replaces_and_keeps_the_same_bytes(coded):
    folder, _ = coded
    before = (folder / "a.cpv").read_bytes()
    succeeds("encode", "clip_96x64_30.yuv", "-o", "a.cpv", *FAST, "--force", cwd=folder)
    assert (folder / "a.cpv").read_bytes() == before


def test_names_are_printed_as_they_are(coded):
    folder, _ = coded
    name = "[bold]a[/x] :x: ü.cpv"
    shutil.copy(folder / "clip_96x64_30.yuv", folder / "[i]c_96x64_30.yuv")
    shown = "out.cpv"
    said = succeeds("encode", "[i]c_96x64_30.yuv", "-o", shown, *FAST, cwd=folder)
    assert said.startswith(f"{shown}: ")
    assert "[i]c_96x64_30: 96x64" in succeeds("info", shown, cwd=folder)
    ran = forked("info", name, cwd=folder)
    assert name in ran.err


def test_bdrate_table_json_and_plot(tmp_path):
    place = tmp_path / "bd"
    place.mkdir()
    (place / "a.csv").write_text("rate_kbps,psnr_y\n100,30\n200,33\n400,36\n800,39\n")
    (place / "b.csv").write_text("rate_kbps,psnr_y\n80,30\n160,33\n320,36\n640,39\n")
    ran = forked("bdrate", "a.csv", "b.csv", "--json", "--plot", "p.svg", cwd=place)
    (found,) = json.loads(ran.out)
    assert found["results"]["psnr_y"]["bd_rate_percent"] == pytest.approx(-20)
    assert "<svg" in (place / "p.svg").read_text()
    assert ran.err == "note: p.svg written\n"
    for method in "pchip", "cubic", "akima":
        out = succeeds("bdrate", "a.csv", "b.csv", "--method", method, cwd=place)
        assert "-20.00" in out


def test_doctor_finds_what_comes_with_imageio_ffmpeg(tmp_path):
    ran = forked("doctor", "--json", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    found = {one["name"]: one for one in json.loads(ran.out)}
    for name in ("ffmpeg", *(f"codec {c}" for c in FFMPEG_CODECS)):
        assert found[name]["ok"], name
        assert any(letter.isdigit() for letter in found[name]["detail"])
    assert found["filter libvmaf"]["ok"]
    table = succeeds("doctor", cwd=tmp_path)
    assert found["codec x265"]["detail"] in table


def test_doctor_says_what_to_do_without_ffmpeg(tmp_path):
    ran = forked("doctor", "--json", cwd=tmp_path, CODECPIPE_FFMPEG="/nowhere/ffmpeg")
    assert ran.code == 1
    assert ran.err == "codecpipe: codecpipe cannot work without ffmpeg: see above\n"
    found = {one["name"]: one for one in json.loads(ran.out)}
    assert not found["ffmpeg"]["ok"]
    assert not found["codec vvenc"]["ok"]
    assert all(found[name]["advice"] for name in ("ffmpeg", "codec vvenc", "metrics"))


def test_sequences_list_and_verify(tmp_path):
    known = json.loads(succeeds("sequences", "list", "--json", cwd=tmp_path))
    (one,) = (s for s in known if (s["catalogue"], s["name"]) == ("hevc_ctc", "BasketballPass"))
    assert (one["width"], one["height"], one["fps"], one["frames"]) == (416, 240, "50", 500)
    assert "hevc_ctc/D/BasketballPass" in succeeds("sequences", "list", cwd=tmp_path)
    root = tmp_path / "deep" / "er"
    root.mkdir(parents=True)
    with (root / one["file"]).open("wb") as file:
        file.truncate(416 * 240 * 3 // 2 * 500)
    argv = ("sequences", "verify", "--root", "deep", "--json")
    rows = json.loads(succeeds(*argv, cwd=tmp_path))
    states = {(r["catalogue"], r["name"]): r["state"] for r in rows}
    assert states["hevc_ctc", "BasketballPass"] == "ok"
    assert states["hevc_ctc", "Kimono"] == "missing"
    with (root / one["file"]).open("ab") as file:
        file.write(b"x")
    ran = forked(*argv, cwd=tmp_path)
    assert ran.code == 1
    assert ran.err.startswith("codecpipe: ")
    assert ran.err.count("\n") == 1
    rows = json.loads(ran.out)
    states = {(r["catalogue"], r["name"]): r["state"] for r in rows}
    assert states["hevc_ctc", "BasketballPass"] == "wrong-size"


def test_a_catalogue_of_ones_own(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "sequences: [{name: Street, class: own, file: street.yuv, width: 64, height: 64,"
        " fps: 29.97, bit_depth: 8, frames: 2}]\n"
    )
    argv = ("sequences", "list", "--catalogue", "mine.yaml", "--json")
    known = json.loads(succeeds(*argv, cwd=tmp_path))
    (one,) = (s for s in known if s["name"] == "Street")
    assert (one["catalogue"], one["class"], one["fps"]) == ("mine", "own", "30000/1001")


def test_version_and_help(tmp_path):
    import codecpipe as package

    version = codecpipe("--version", cwd=tmp_path).out
    assert version == f"codecpipe, version {package.__version__}\n"
    help_text = codecpipe("--help", cwd=tmp_path).out
    commands = ("encode", "decode", "info", "measure", "bdrate", "rd", "report", "demo", "doctor")
    assert all(f"\n  {name} " in help_text for name in (*commands, "sequences"))


def test_a_closed_pipe_is_no_error(tmp_path):
    done = subprocess.run(
        f"{shlex.join(COMMAND)} sequences list --json | head -n 1",
        shell=True, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "[\n"
    assert done.stderr == ""
