"""Whatever a user gives that cannot be used: one sentence, exit status 1, and nothing written."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from kits.commands import Ran, codecpipe, forked, one_sentence, succeeds

pytestmark = pytest.mark.codec

CLIP = "clip_64x64_30.yuv"
EXPERIMENT = f"""
name: t
sequences: [{{file: {CLIP}}}]
codecs: [{{codec: x265, preset: ultrafast}}]
layouts: [{{layout: crs}}]
"""


@pytest.fixture(scope="module")
def place(moving_clip, tmp_path_factory):
    """A folder with good and bad files."""
    folder = tmp_path_factory.mktemp("bad") / "here"
    folder.mkdir()
    shutil.copy(moving_clip(64, 64, 5), folder / CLIP)
    shutil.copy(moving_clip(64, 64, 3), folder / "three_64x64_30.yuv")
    shutil.copy(moving_clip(80, 64, 5), folder / "wide_80x64_30.yuv")
    shutil.copy(folder / CLIP, folder / "clip.yuv")
    succeeds("encode", CLIP, "-o", "good.cpv", "--preset", "ultrafast", cwd=folder)
    _bad_cpvs(folder)
    (folder / "empty_64x64_30.yuv").touch()
    (folder / "empty.cpv").touch()
    (folder / "short_64x64_30.yuv").write_bytes(b"x" * 6145)
    (folder / "text.mp4").write_text("no video\n")
    (folder / "wrong.y4m").write_bytes(b"YUV4MPEG2 W64 H64 F30:1 C411\nFRAME\n" + b"x" * 6144)
    (folder / "folder").mkdir()
    (folder / "taken.yuv").touch()
    (folder / "good.yaml").write_text(EXPERIMENT)
    (folder / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    (folder / "no_column.csv").write_text("rate,psnr\n1,2\n")
    (folder / "no_metric.csv").write_text("rate_kbps,vmaf\n1,2\n")
    (folder / "low.csv").write_text("rate_kbps,psnr_y\n10,20\n20,21\n30,22\n40,23\n")
    (folder / "high.csv").write_text("rate_kbps,psnr_y\n10,40\n20,41\n30,42\n40,43\n")
    (folder / "far.csv").write_text("rate_kbps,psnr_y\n1000,40\n2000,41\n3000,42\n4000,43\n")
    (folder / "fine.csv").write_text("rate_kbps,psnr_y\n11,20\n22,21\n33,22\n44,23\n")
    (folder / "word.csv").write_text("rate_kbps,psnr_y\n10,twenty\n")
    (folder / "damaged").mkdir()
    (folder / "damaged" / "run.json").write_text("[1, 2")
    (folder / "alien").mkdir()
    (folder / "alien" / "run.json").write_text("{}")
    (folder / "unfinished").mkdir()
    meta = {"points": ["abc"], "anchor": "anchor"}
    (folder / "unfinished" / "run.json").write_text(json.dumps(meta))
    return folder


def _bad_cpvs(folder: Path) -> None:
    whole = (folder / "good.cpv").read_bytes()
    (folder / "cut.cpv").write_bytes(whole[: len(whole) // 2])
    (folder / "noise.cpv").write_bytes(bytes(range(256)) * 8)
    with zipfile.ZipFile(folder / "good.cpv") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(entries["manifest.json"])
    codec = manifest["codec"]
    flipped = bytearray(whole)
    flipped[whole.index(entries["hr.hevc"]) + len(entries["hr.hevc"]) // 2] ^= 0xFF
    (folder / "flipped.cpv").write_bytes(flipped)

    def rebuilt(name: str, entries: dict[str, bytes], **change: object) -> None:
        text = json.dumps({**manifest, **change}).encode()
        with zipfile.ZipFile(folder / name, "w") as out:
            for entry, data in entries.items():
                out.writestr(entry, text if entry == "manifest.json" else data)

    rebuilt("later.cpv", entries, version=3)
    rebuilt("alien.cpv", entries, codec={**codec, "name": "h261"})
    rebuilt("lines.cpv", entries, codec={**codec, "name": "a\nb\x1b[31m"})
    rebuilt("older.cpv", entries, codec={**codec, "version": "1.0"})
    rebuilt("evil.cpv", entries, codec={**codec, "extra": [["csv", "pwned"]]})
    rebuilt("path.cpv", entries, codec={**codec, "preset": "../../x"})
    rebuilt("magic.cpv", entries, enhancer="magic")
    rebuilt("more.cpv", entries | {"../evil": b"x"})
    streams = [dict(stream) for stream in manifest["streams"]]
    streams[0]["md5"] = ["0" * 32, *streams[0]["md5"][1:]]
    rebuilt("md5.cpv", entries, streams=streams)
    with zipfile.ZipFile(folder / "plain.cpv", "w") as out:
        out.writestr("readme.txt", "hello")


def _encode(*arguments: str) -> tuple[str, ...]:
    return ("encode", CLIP, "-o", "x.cpv", *arguments)


def _decode(file: str, *arguments: str) -> tuple[str, ...]:
    return ("decode", file, "-o", "x.yuv", *arguments)


CASES = {
    "no command": ((), "--help"),
    "no sub-command": (("sequences",), "--help"),
    "unknown command": (("transcode",), "transcode"),
    "unknown option": (_encode("--colour"), "--colour"),
    "file missing": (("encode", "nope.yuv", "-o", "x.cpv"), "does not exist"),
    "file missing, info": (("info", "nope.cpv"), "nope.cpv"),
    "folder as file": (("encode", "folder", "-o", "x.cpv"), "is a folder"),
    "folder as .cpv": (("info", "folder"), "folder"),
    "empty file": (("encode", "empty_64x64_30.yuv", "-o", "x.cpv"), "is empty"),
    "not whole frames": (("encode", "short_64x64_30.yuv", "-o", "x.cpv"), "whole number"),
    "size unknown": (("encode", "clip.yuv", "-o", "x.cpv"), "--size"),
    "fps unknown": (("encode", "clip.yuv", "-o", "x.cpv", "--size", "64x64"), "--fps"),
    "odd width": (_encode("--size", "63x64"), "even"),
    "size of 0": (_encode("--size", "0x0"), "WIDTHxHEIGHT"),
    "size huge": (_encode("--size", "99999x99998"), "99999x99998"),
    "size a word": (_encode("--size", "big"), "WIDTHxHEIGHT"),
    "size no digits": (_encode("--size", "²x²"), "WIDTHxHEIGHT"),
    "fps 0": (_encode("--fps", "0"), "frame rate"),
    "depth": (_encode("--bit-depth", "0"), "--bit-depth"),
    "text as video": (("encode", "text.mp4", "-o", "x.cpv"), "no video"),
    "y4m of another kind": (("encode", "wrong.y4m", "-o", "x.cpv"), "411"),
    "output's folder missing": (("encode", CLIP, "-o", "a/b/x.cpv"), "make it first"),
    "output is a folder": (("encode", CLIP, "-o", "folder"), "name a file"),
    "output exists": (("encode", CLIP, "-o", "good.cpv"), "--force"),
    "output is the input": (("encode", "clip.yuv", "-o", "clip.yuv", "--force"), "input itself"),
    "QP": (_encode("--qp", "60"), "--qp"),
    "QP a word": (_encode("--qp", "low"), "--qp"),
    "delta-qp": (_encode("--qp", "4"), "--delta-qp"),
    "layout": (_encode("--layout", "abc"), "--layout"),
    "codec": (_encode("--codec", "h261"), "--codec"),
    "config": (_encode("--config", "LDX"), "--config"),
    "preset": (_encode("--preset", "warp"), "medium"),
    "filter": (_encode("--filter", "sinc"), "--filter"),
    "x265 LDB": (_encode("--config", "LDB"), "vvenc"),
    "unknown param": (_encode("--param", "foo=1"), "foo"),
    "param out of range": (_encode("--param", "rd=99"), "RD Level"),
    "param without value": (_encode("--param", "rd"), "KEY=VALUE"),
    "param of a file": (_encode("--param", "csv=x"), "cannot be set"),
    "param held": (_encode("--param", "keyint=3"), "leave it out"),
    "param with a colon": (_encode("--param", "rd=4:csv=x"), "KEY=VALUE"),
    "scale 1": (_encode("--scale", "1"), "down-sample"),
    "scale 0": (_encode("--scale", "0"), "up-sample"),
    "scale 1e9": (_encode("--scale", "1e9"), "ratio"),
    "scale by 0": (_encode("--scale", "3/0"), "3/2"),
    "scale a word": (_encode("--scale", "half"), "3/2"),
    "group even": (_encode("--layout", "tds", "--group", "4"), "odd"),
    "gop": (_encode("--gop", "-1"), "GOP"),
    "frames negative": (_encode("--frames", "-1"), "--frames"),
    "frames none": (_encode("--frames", "0"), "--frames"),
    "frames too many": (_encode("--frames", "6"), "5 frames"),
    "output missing": (("encode", CLIP), "--output"),
    "cpv cut off": (_decode("cut.cpv"), "cut off"),
    "cpv empty": (("info", "empty.cpv"), "not a whole .cpv"),
    "cpv noise": (("info", "noise.cpv"), "not a whole .cpv"),
    "cpv a video": (_decode(CLIP), "not a whole .cpv"),
    "cpv another ZIP": (("info", "plain.cpv"), "not a .cpv file"),
    "cpv altered": (_decode("flipped.cpv"), "checksum"),
    "cpv with more in it": (_decode("more.cpv"), "altered"),
    "cpv with another MD5": (_decode("md5.cpv"), "other samples"),
    "cpv of later version": (_decode("later.cpv"), "update codecpipe"),
    "cpv of an unknown codec": (_decode("alien.cpv"), "no codec 'h261'"),
    "cpv with lines and colours in a name": (_decode("lines.cpv"), "no codec"),
    "cpv of another encoder": (_decode("older.cpv"), "1.0"),
    "cpv with a file as parameter": (_decode("evil.cpv"), "cannot be set"),
    "cpv with a path as preset": (_decode("path.cpv"), "preset"),
    "cpv with an unknown enhancer": (_decode("magic.cpv"), "magic"),
    "decode suffix": (("decode", "good.cpv", "-o", "x.avi"), ".y4m"),
    "decode to an existing file": (("decode", "good.cpv", "-o", "taken.yuv"), "--force"),
    "decode to no folder": (("decode", "good.cpv", "-o", "a/x.yuv"), "make it first"),
    "decode enhancer": (_decode("good.cpv", "--enhancer", "magic"), "lanczos"),
    "decode on a GPU": (_decode("good.cpv", "--device", "cuda"), "GPU"),
    "decode depth": (_decode("good.cpv", "--output-depth", "11"), "--output-depth"),
    "measure metric": (("measure", CLIP, CLIP, "--metric", "niqe"), "niqe"),
    "measure nothing": (("measure", CLIP, CLIP, "--metric", ","), "metric"),
    "measure sizes": (("measure", CLIP, "wide_80x64_30.yuv"), "80x64"),
    "measure lengths": (("measure", CLIP, "three_64x64_30.yuv"), "3"),
    "measure too many": (("measure", CLIP, CLIP, "--frames", "9"), "9"),
    "bdrate file": (("bdrate", "nope.csv", "low.csv"), "nope.csv"),
    "bdrate no rate": (("bdrate", "low.csv", "no_column.csv"), "rate_kbps"),
    "bdrate no metric": (("bdrate", "low.csv", "no_metric.csv"), "psnr_y"),
    "bdrate not CSV": (("bdrate", "low.csv", "good.cpv"), "good.cpv"),
    "bdrate a word": (("bdrate", "low.csv", "word.csv"), "twenty"),
    "bdrate method": (("bdrate", "low.csv", "fine.csv", "--method", "spline"), "--method"),
    "bdrate plot suffix": (("bdrate", "low.csv", "fine.csv", "--plot", "x.doc"), ".png"),
    "bdrate plot folder": (("bdrate", "low.csv", "fine.csv", "--plot", "a/x.png"), "a/x.png"),
    "rd file": (("rd", "nope.yaml", "-o", "run"), "nope.yaml"),
    "rd folder": (("rd", "folder", "-o", "run"), "Is a directory"),
    "rd binary": (("rd", "binary.yaml", "-o", "run"), "YAML"),
    "rd into a file": (("rd", "good.yaml", "-o", CLIP), "name another"),
    "rd jobs": (("rd", "good.yaml", "-o", "run", "--jobs", "0"), "--jobs"),
    "report no run": (("report", "folder"), "not a run folder"),
    "report a stranger's": (("report", "alien"), "not a run folder"),
    "report damaged": (("report", "damaged"), "damaged"),
    "report unfinished": (("report", "unfinished"), "codecpipe rd"),
    "report two in one": (("report", "alien", "folder"), "-o"),
    "catalogue": (("sequences", "list", "--catalogue", "nope.yaml"), "nope.yaml"),
    "root": (("sequences", "verify", "--root", "nope"), "nope"),
}


@pytest.mark.parametrize("case", CASES)
def test_one_sentence_exit_status_1_and_no_file(place, case):
    arguments, word = CASES[case]
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    ran = forked(*arguments, cwd=place)
    assert word in one_sentence(ran)
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*")} == before


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_curves_that_overlap_in_nothing(place, more):
    ran = forked("bdrate", "low.csv", "far.csv", *more, cwd=place)
    assert "add rate points" in one_sentence(ran)
    assert "no-overlap" in ran.out


def test_curves_that_overlap_in_rate_alone_have_a_bd_psnr(place):
    (found,) = json.loads(succeeds("bdrate", "low.csv", "high.csv", "--json", cwd=place))
    result = found["results"]["psnr_y"]
    assert result["bd_rate_percent"] is None
    assert result["rate_problem"].startswith("no-overlap")
    assert result["bd_quality"] == pytest.approx(20)


@pytest.mark.parametrize("at", [0, 2, 4])
def test_debug_shows_the_traceback_wherever_it_stands(place, at):
    arguments = ["encode", "nope.yuv", "-o", "x.cpv"]
    arguments.insert(at, "--debug")
    ran = codecpipe(*arguments, cwd=place)
    assert ran.code == 1
    assert "Traceback" in ran.err
    assert ran.err.splitlines()[-1] == "codecpipe: 'nope.yuv' does not exist: check the path"


def test_without_debug_in_a_process_of_its_own(place):
    ran = codecpipe("encode", "nope.yuv", "-o", "x.cpv", cwd=place)
    assert ran == Ran(1, "", "codecpipe: 'nope.yuv' does not exist: check the path\n")
