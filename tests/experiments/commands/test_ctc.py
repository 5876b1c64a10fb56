"""``codecpipe rd`` with classes of a catalogue, shipped files and options that change them."""

import json

import openpyxl
import pandas as pd
import pytest
import yaml
from kits.commands import forked, succeeds

pytestmark = pytest.mark.codec

SIZE = 64 * 64 * 3 // 2
ENTRY = "width: 64, height: 64, fps: 48, bit_depth: 8, frames: 9"
CATALOGUE = f"""
catalogue: mini
sequences:
  - {{name: Street, class: C, file: street_c.yuv, {ENTRY}}}
  - {{name: Ball, class: D, file: ball.yuv, {ENTRY}}}
  - {{name: Street, class: D, file: street_d.yuv, {ENTRY}}}
"""
EXPERIMENT = """
name: mini CTC
catalogue: mini.yaml
sequences: [{classes: [C, D, E], of: mini}]
codecs: [{codec: vtm}]
configs: [AI]
temporal_subsample: 2
layouts: [{layout: anchor}, {layout: uniform}]
qps: [22, 27, 32, 37]
"""
OPTIONS = ("--codec", "x265", "--classes", "C,D", "--frames", "5")
COMMAND = ("rd", "exp.yaml", "-o", "run", "--root", "clips", *OPTIONS)


@pytest.fixture(scope="module")
def place(moving_clip, tmp_path_factory):
    """A folder with the experiment, its clips, and ``run``, made by `COMMAND`."""
    folder = tmp_path_factory.mktemp("ctc") / "here"
    (folder / "clips").mkdir(parents=True)
    (folder / "mini.yaml").write_text(CATALOGUE)
    (folder / "exp.yaml").write_text(EXPERIMENT)
    data = moving_clip(64, 64, 9).read_bytes()
    for at, name in enumerate(("street_c", "ball", "street_d")):
        turned = data[at * SIZE :] + data[: at * SIZE]
        (folder / "clips" / f"{name}.yuv").write_bytes(turned)
    succeeds(*COMMAND, cwd=folder)
    return folder


def test_what_was_run_is_what_the_options_say(place):
    points = pd.read_csv(place / "run" / "points.csv")
    assert len(points) == 3 * 2 * 4
    assert list(dict.fromkeys(points["sequence"])) == ["Street (C)", "Ball", "Street (D)"]
    assert set(points["class"]) == {"C", "D"}
    assert set(points["codec"]) == {"x265"}
    assert set(points["frames"]) == {3}  # 0, 2, 4 of five
    assert set(points["fps"]) == {24}
    assert all("only frames 0, 2, 4 … are coded" in note for note in points["notes"])
    rates = 8 * points["stream_bytes"] * 24 / 3 / 1000
    assert list(points["rate_kbps"]) == pytest.approx(list(rates))


def test_the_frames_measured_are_those_coded(place):
    """The reference is stepped through as the source of the encoder is: else PSNR would drop."""
    points = pd.read_csv(place / "run" / "points.csv")
    row = points[(points["sequence"] == "Ball") & (points["qp"] == 22)].iloc[0]
    succeeds("decode", f"run/{row['cpv']}", "-o", "ball_64x64_24.yuv", cwd=place)
    source = (place / "clips" / "ball.yuv").read_bytes()
    stepped = b"".join(source[i * SIZE : (i + 1) * SIZE] for i in (0, 2, 4))
    (place / "ref_64x64_24.yuv").write_bytes(stepped)
    argv = ("measure", "ref_64x64_24.yuv", "ball_64x64_24.yuv", "--json")
    means = json.loads(succeeds(*argv, cwd=place))["means"]
    assert means["psnr_y"] == pytest.approx(row["psnr_y"], abs=1e-9)


def test_the_experiment_in_the_run_folder_is_what_was_run(place):
    text = (place / "run" / "experiment.yaml").read_text(encoding="utf-8")
    assert text.startswith("# exp.yaml, run with --root clips --codec x265 --classes C,D")
    content = yaml.safe_load(text)
    assert content["root"] == str(place / "clips")
    assert content["codecs"] == [{"codec": "x265"}]
    assert content["sequences"] == [{"classes": ["C", "D"], "of": "mini"}]
    assert content["frames"] == 5
    meta = json.loads((place / "run" / "run.json").read_text(encoding="utf-8"))
    assert meta["experiment_yaml"] == text
    assert meta["catalogues"] == ["mini"]


def test_the_same_command_computes_nothing_again(place):
    def stamps():
        return {path: path.stat().st_mtime_ns for path in (place / "run" / "points").iterdir()}

    before = stamps()
    ran = forked(*COMMAND, cwd=place)
    assert (ran.code, ran.err) == (0, "24 of 24 points were finished before\n")
    assert stamps() == before


def test_tables_by_class(place):
    table = pd.read_csv(place / "run" / "jvet.csv")
    assert list(table["row"]) == ["Class C", "Overall (CTC)", "Class D"]
    bd = pd.read_csv(place / "run" / "bd_all_frames.csv")
    of = bd[bd["scope"] == "sequence"].set_index("sequence")["bd_rate_y_percent"].astype(float)
    found = table.set_index("row")["bd_rate_y_percent"].astype(float)
    assert found["Class C"] == found["Overall (CTC)"] == pytest.approx(of["Street (C)"])
    assert found["Class D"] == pytest.approx((of["Ball"] + of["Street (D)"]) / 2)
    text = (place / "run" / "jvet.md").read_text(encoding="utf-8")
    assert f"{found['Class D']:+.2f}" in text
    book = openpyxl.load_workbook(place / "run" / "jvet.xlsx")
    assert book.sheetnames == ["Summary", "AI"]
    values = [c.value for row in book["Summary"] for c in row if c.number_format == "0.00%"]
    assert any(v == pytest.approx(found["Class D"] / 100) for v in values)
    html = (place / "run" / "report.html").read_text(encoding="utf-8")
    assert "By class, as in a JVET contribution" in html
    assert "only frames 0, 2, 4 …" in html


def test_a_report_keeps_the_rule_of_its_catalogues(place):
    meta = place / "run" / "run.json"
    kept = meta.read_text(encoding="utf-8")
    meta.write_text(json.dumps({**json.loads(kept), "catalogues": ["hevc_ctc"]}))
    succeeds("report", "run", "-o", "again", cwd=place)
    meta.write_text(kept)
    assert set(pd.read_csv(place / "again" / "jvet.csv")["counted"]) == {"yes"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ctc-zz",), "'ctc-zz' is neither a file nor one of codecpipe's own"),
        (("ctc-ra",), "say where its file is with --root"),
        (("ctc-ra", "--root", "nowhere"), "is not a folder"),
        (
            ("ctc-ra", "--root", "clips"),
            "'Tango2_3840x2160_60fps_10bit_420.yuv' of class A1 is not under",
        ),
        (("ctc-ldb", "--root", "clips", "--classes", "A1"), "choose among B, C, D, E, F"),
        (("exp.yaml", "--root", "clips", "--classes", "C", "--codec", "h261"), "no codec 'h261'"),
        (("exp.yaml", "--root", "clips", "--codec", "x265"), "'mini' has no class 'E'"),
        (("exp.yaml", "--classes", ","), "names no class"),
        (("exp.yaml", "--frames", "0"), "--frames"),
    ],
)
def test_what_cannot_be_is_one_sentence(place, arguments, words):
    ran = forked("rd", *arguments, "-o", "none", cwd=place)
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert words in ran.err
    assert not (place / "none").exists()


def test_a_shipped_file_runs_by_its_name(place, tmp_path):
    """With another codec, on one frame of one class, its files all zeros."""
    root = tmp_path / "root"
    root.mkdir()
    for name in ("RaceHorses", "BQSquare", "BlowingBubbles", "BasketballPass"):
        fps = {"RaceHorses": 30, "BQSquare": 60}.get(name, 50)
        (root / f"{name}_416x240_{fps}.yuv").write_bytes(bytes(416 * 240 * 3 // 2))
    argv = ("rd", "ctc-ra", "-o", "shipped", "--root", root, "--codec", "x265", "--classes", "D")
    out = succeeds(*argv, "--frames", 1, "--dry-run", cwd=place)
    assert "64 rate points from 64 files" in out
    assert out.count("RaceHorses (D)") == 16
    ran = forked(*argv, "--dry-run", cwd=place)
    assert ran.code == 1
    assert "has 1 frames and 300 are asked for" in ran.err
