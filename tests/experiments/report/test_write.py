import math
import re
from html.parser import HTMLParser

import pytest

from codecpipe.errors import InputError
from experiments.report.write import write_report

META = {
    "title": "CRS with x265",
    "command_line": "codecpipe rd crs.yaml -o runs/crs",
    "experiment_yaml": "name: crs\nqps: [22, 27, 32, 37]\n",
    "versions": {"codecpipe": "0.1.0", "ffmpeg": "9.0"},
    "git_commit": None,
    "machine": {"cpu": "some CPU", "cores": 8},
    "encoder_command_lines": {"x265": "ffmpeg -i - -c:v libx265 -x265-params qp=32:aq-mode=0"},
    "sources": {"BasketballPass.yuv": "ab" * 32},
    "seeds": {"torch": 1},
}
VOID = {"meta", "img", "br", "link", "hr"}


class Structure(HTMLParser):
    """Tags that do not close, ids, links, and the columns of every table row."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.sources = [], [], [], []
        self.tables, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values["href"]] if "href" in values else []
        self.sources += [values["src"]] if "src" in values else []
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append(0)
        elif tag in ("td", "th"):
            self.tables[-1][-1] += int(values.get("colspan", 1))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def parsed(path):
    html = path.read_text(encoding="utf-8")
    structure = Structure()
    structure.feed(html)
    assert structure.open == []
    return html, structure


def check(path):
    """What holds for every report: it is whole in itself and its tables are rectangular."""
    html, found = parsed(path)
    assert "<script" not in html
    assert all(source.startswith("data:image/svg+xml;base64,") for source in found.sources)
    assert all(link.startswith("#") and link[1:] in found.ids for link in found.links)
    assert len(found.ids) == len(set(found.ids))
    assert not re.search(r"url\(|@import|<link|<iframe", html)
    for rows in found.tables:
        assert len(set(rows)) == 1
    return html, found


def test_report_of_several_sequences(make_run, tmp_path):
    points, frames = make_run(
        sequences=(("BasketballPass", "D"), ("BQSquare", "D"), ("Cactus", "B")),
        configs=("LDP", "RA"),
        extra=("vmaf",),
    )
    files = write_report(points, frames, META, tmp_path / "new" / "folder")
    html, found = check(files.html)
    assert [path.name for path in files.tables] == [
        *("bd_all_frames.csv", "bd_all_frames.md", "bd_all_frames.tex"),
        *("bd_lr_frames.csv", "bd_lr_frames.md", "bd_lr_frames.tex"),
        "points_lr_frames.csv",
    ]
    assert all(path.stat().st_size for path in (*files.tables, *files.plots))
    plots = 3 * 2 * 2 + 2  # RD and frames of each, times of both configurations
    assert len(files.plots) == plots  # tests write SVG alone
    assert len(found.sources) == plots
    assert found.text.index("All frames against") < found.text.index("Not the gain of the whole")
    for text in ("Anchor:", "255 · 2^(B−8)", "(6·Y + U + V)/8", "elementary", "pchip", "1020"):
        assert text in found.text
    for text in ("crs.yaml", "aq-mode=0", "ab" * 32, "some CPU", "not recorded", "qps: [22"):
        assert text in found.text
    assert "x265 LDP" in html
    assert "−" in html  # a saving is signed as such
    assert re.search(r"<small>[−+]\d+\.\d\d … [−+]\d+\.\d\d</small>", html)  # of three sequences


def test_report_of_one_sequence_and_no_meta(make_run, tmp_path):
    points, frames = make_run()
    _, found = check(write_report(points, frames, {}, tmp_path).html)
    assert "1 sequence," in found.text
    assert "Per sequence and class" not in found.text


def test_ten_methods(make_run, tmp_path):
    methods = tuple((f"crs δ{n}", 0.8 + n / 50, -0.1 * n, 2.0) for n in range(10))
    points, frames = make_run(methods=methods)
    _, found = check(write_report(points, frames, META, tmp_path).html)
    assert "11 methods" in found.text


def test_paid_keys_and_notes_stand_above_the_numbers(make_run, tmp_path):
    points, frames = make_run(lr_keys="paid")
    points["notes"] = "AI codes every 8th frame only."
    _, found = check(write_report(points, frames, META, tmp_path).html)
    headline = found.text.index("All frames against")
    assert found.text.index("LR keys are paid for") < headline
    assert found.text.index("AI codes every 8th frame only.") < headline


def test_a_failed_bd_is_in_the_report_with_its_sentence(make_run, tmp_path):
    points, frames = make_run()
    points.loc[~points["is_anchor"], "psnr_u"] = 40.0 - points["psnr_u"]
    html, found = check(write_report(points, frames, META, tmp_path).html)
    assert 'class="failed">non-monotonic<sup>' in html
    assert "does not rise with rate" in found.text


@pytest.mark.parametrize("left", ["anchor only", "no anchor", "no frames", "no chroma"])
def test_what_is_missing_is_left_out(make_run, tmp_path, left):
    points, frames = make_run()
    if left == "anchor only":
        points = points[points["is_anchor"]]
    elif left == "no anchor":
        points = points[~points["is_anchor"]]
    elif left == "no frames":
        frames = frames.head(0)
    else:
        points[["psnr_u", "psnr_v", "psnr_yuv"]] = math.nan
        frames[["psnr_u", "psnr_v"]] = math.nan
    check(write_report(points, frames, META, tmp_path).html)


def test_text_is_escaped(make_run, tmp_path):
    evil = '<script>alert("x")</script>&<b>'
    points, frames = make_run(sequences=((evil, "D"),), methods=((evil, 0.8, 0.0, 2.0),))
    points["notes"] = evil
    meta = {**META, "title": evil, "experiment_yaml": evil, "versions": {evil: evil}, evil: evil}
    html, _ = check(write_report(points, frames, meta, tmp_path).html)
    assert "<script" not in html
    assert "<b>" not in html


def test_same_input_same_report(make_run, tmp_path):
    points, frames = make_run()
    first = write_report(points, frames, META, tmp_path / "a")
    second = write_report(points, frames, META, tmp_path / "b")
    for one, other in zip(
        (first.html, *first.tables, *first.plots),
        (second.html, *second.tables, *second.plots),
        strict=True,
    ):
        assert one.read_bytes() == other.read_bytes()


def test_nothing_to_report_is_an_error(make_run, tmp_path):
    points, frames = make_run()
    with pytest.raises(InputError, match="no rate point"):
        write_report(points.head(0), frames, META, tmp_path / "x")
    assert not (tmp_path / "x").exists()
