"""Programs that break down, disks that are full, files that cannot be read: one sentence each."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from kits.commands import COMMAND, Ran, forked, one_sentence, succeeds

pytestmark = pytest.mark.codec

CLIP = "clip_64x64_30.yuv"
EXPERIMENT = f"""
name: t
sequences: [{{file: {CLIP}}}]
codecs: [{{codec: x265, preset: ultrafast}}]
layouts: [{{layout: crs}}]
"""
ENCODE = ("encode", CLIP, "-o", "x.cpv")
DECODE = ("decode", "good.cpv", "-o", "x.yuv")


@pytest.fixture(scope="module")
def place(moving_clip, tmp_path_factory):
    """A folder with good files."""
    folder = tmp_path_factory.mktemp("good") / "here"
    folder.mkdir()
    shutil.copy(moving_clip(64, 64, 5), folder / CLIP)
    succeeds("encode", CLIP, "-o", "good.cpv", "--preset", "ultrafast", cwd=folder)
    (folder / "good.yaml").write_text(EXPERIMENT)
    (folder / "low.csv").write_text("rate_kbps,psnr_y\n10,20\n20,21\n30,22\n40,23\n")
    return folder


@pytest.fixture
def dying_ffmpeg(tmp_path):
    """A script that answers as FFmpeg does and dies of every real task."""
    from codecpipe.programs.ffmpeg import find_ffmpeg

    script = tmp_path / "ffmpeg"
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *pipe:*) kill -9 $$;; esac\nexec {find_ffmpeg()} "$@"\n'
    )
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize(
    ("binary", "word"),
    [
        ("/nowhere/ffmpeg", "CODECPIPE_FFMPEG"),
        ("/bin/true", "FFmpeg"),
        ("/bin/false", "FFmpeg"),
        ("/etc/passwd", "CODECPIPE_FFMPEG"),
    ],
)
@pytest.mark.parametrize("command", [ENCODE, DECODE, ("rd", "good.yaml", "-o", "run")])
def test_a_program_that_is_not_ffmpeg(place, tmp_path, binary, word, command):
    ran = forked(*command, cwd=place, CODECPIPE_FFMPEG=binary)
    assert word in one_sentence(ran)
    assert not (place / "run" / "points.csv").exists()


def test_an_ffmpeg_that_dies(place, dying_ffmpeg, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    for command in ENCODE, DECODE:
        ran = forked(*command, cwd=place, CODECPIPE_FFMPEG=dying_ffmpeg, TMPDIR=str(temporary))
        line = one_sentence(ran)
        assert "SIGKILL" in line
        (log,) = (Path(word.strip(";,.'")) for word in line.split() if word.endswith(".log"))
        assert dying_ffmpeg in log.read_text()
    assert [path.name for path in temporary.iterdir()] == ["codecpipe-logs"]
    assert not (place / "x.yuv").exists()


@pytest.fixture
def tiny_disk(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk that is full: mounting a small one is not permitted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("what", ["encode", "decode", "rd", "report"])
def test_disk_full(place, tiny_disk, what):
    work = place
    if what in ("rd", "report"):
        work = tiny_disk.parent / "work"
        work.mkdir()
        shutil.copy(place / CLIP, work)
        (work / "good.yaml").write_text(EXPERIMENT + "qps: [22, 27]\n")
        if what == "report":
            succeeds("rd", "good.yaml", "-o", "run", cwd=work)
    if what == "encode":
        (tiny_disk / "filling").write_bytes(b"x" * 8192)
    commands = {
        "encode": (
            "encode",
            CLIP,
            "-o",
            tiny_disk / "x.cpv",
            "--qp",
            "10",
            "--preset",
            "ultrafast",
        ),
        "decode": ("decode", "good.cpv", "-o", tiny_disk / "x.yuv"),
        "rd": ("rd", "good.yaml", "-o", tiny_disk / "run", "--jobs", "1"),
        "report": ("report", "run", "-o", tiny_disk / "report"),
    }
    ran = forked(*commands[what], cwd=work)
    assert "space left" in one_sentence(ran)
    left = {path.name for path in tiny_disk.rglob("*") if path.is_file()}
    assert not {name for name in left if name.startswith("x") or name.endswith((".yuv", ".part"))}


def test_stdout_on_a_full_disk(place):
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [*COMMAND, "info", "good.cpv", "--json"],
            cwd=place, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert "space left" in one_sentence(Ran(ran.returncode, "", ran.stderr))


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
@pytest.mark.parametrize("name", [CLIP, "good.cpv", "low.csv", "good.yaml"])
def test_unreadable_file(place, tmp_path, name):
    locked = shutil.copy(place / name, tmp_path)
    Path(locked).chmod(stat.S_IWUSR)
    command = {
        CLIP: ("encode", locked, "-o", "x.cpv"),
        "good.cpv": ("info", locked),
        "low.csv": ("bdrate", locked, locked),
        "good.yaml": ("rd", locked, "-o", "run"),
    }[name]
    assert str(locked) in one_sentence(forked(*command, cwd=place))
