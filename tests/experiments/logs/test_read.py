"""Rate points from logs of HM and VTM that were really printed."""

import math
import re
from pathlib import Path

import pytest

from codecpipe.errors import FileFormatError, InputError
from experiments.logs.names import said_by_name, sequence_of
from experiments.logs.read import config_of, rate_point, read_logs

LOGS = Path(__file__).parents[2] / "data" / "logs"


def read(*paths):
    return read_logs([LOGS / path for path in paths])[0]


def one(path):
    return read(path)[0]


def edited(folder, source, name=None, **changes):
    """A copy of a log with all occurrences of some texts replaced; the path."""
    text = (LOGS / source).read_text(encoding="utf-8")
    for old, new in changes.pop("replace", {}).items():
        assert old in text
        text = text.replace(old, new)
    path = folder / (name or Path(source).name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# --- one log -------------------------------------------------------------------------------------


@pytest.mark.parametrize("software", ["hm", "vtm"])
@pytest.mark.parametrize("config", ["AI", "RA", "LDB", "LDP"])
def test_the_configuration_is_that_of_the_configuration_file(software, config):
    assert config_of(one(f"{software}/{config.lower()}.log")) == config


@pytest.mark.parametrize("config", ["LDB", "LDP"])
def test_low_delay_may_have_intra_pictures_that_come_again(config):
    """Logs that a run of ours kept, with a GOP of a second: the work file's name says nothing."""
    (log,) = (log for log in read_logs([LOGS / "run"])[0] if config in log.path.name)
    assert log.setting("Intra period") == "48"
    point = rate_point(log)
    facts = point["sequence"], point["class"], point["config"], point["qp"], point["frames"]
    assert facts == ("BasketballPass", "D", config, 37, 9)
    assert point["from_name"] == "sequence"


@pytest.mark.parametrize("config", ["LDB", "LDP"])
@pytest.mark.parametrize("software", ["hm", "vtm"])
def test_low_delay_may_count_from_each_idr_picture(software, config, tmp_path):
    changes = {"POC    2": "POC    0"}
    path = edited(tmp_path, f"{software}/{config.lower()}.log", "x.log", replace=changes)
    if software == "hm":
        path = first_pictures(path, 3)
    (log,), _ = read_logs([path])
    assert [picture.poc for picture in log.log.pictures] == [0, 1, 0]
    assert config_of(log) == config


def without_header(path):
    """VTM's log as at default verbosity, under a name that says nothing."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^(Intra period|Decoding refresh type|QP|Input +File).*\n", "", text)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("config", ["AI", "RA", "LDB", "LDP"])
def test_the_configuration_is_told_by_the_pictures_alone(tmp_path, config):
    path = without_header(edited(tmp_path, f"vtm/{config.lower()}.log", "x.log"))
    (log,), _ = read_logs([path])
    assert config_of(log) == config


def first_pictures(path, count):
    """The log as if only the first pictures had been coded (the summary's numbers stay)."""
    lines = path.read_text(encoding="utf-8").split("\n")
    pocs = [line for line in lines if line.startswith("POC")]
    kept = "\n".join(line for line in lines if line not in pocs[count:])
    path.write_text(re.sub(r"(?m)^\t *[0-9]+( +a )", rf"\t{count}\1", kept), encoding="utf-8")
    return path


@pytest.mark.parametrize("software", ["hm", "vtm"])
def test_two_pictures_of_ra_are_in_order_and_yet_ra(tmp_path, software):
    path = edited(tmp_path, f"{software}/ra.log", "x.log", replace={"POC    8": "POC    1"})
    (log,), _ = read_logs([first_pictures(path, 2)])
    assert config_of(log) == "RA"


def test_a_single_picture_does_not_tell_its_configuration(tmp_path):
    path = first_pictures(edited(tmp_path, "vtm/ldp.log", "x.log"), 1)
    (log,), _ = read_logs([path])
    with pytest.raises(InputError, match="give --config AI, RA, LDB or LDP"):
        config_of(log)
    assert rate_point(log, "LDP")["config"] == "LDP"
    for config in "RA", "AI":
        path = first_pictures(edited(tmp_path, f"vtm/{config.lower()}.log", "y.log"), 1)
        assert config_of(read_logs([path])[0][0]) == config


def test_a_point_has_what_the_log_says():
    point = rate_point(one("hm/ra_10bit_all.log"))
    assert (point["sequence"], point["class"], point["config"]) == ("bp10", "", "RA")
    assert (point["qp"], point["frames"], point["fps"], point["size"]) == (42, 5, 50, "416x240")
    assert (point["psnr_y"], point["psnr_u"], point["psnr_v"]) == (29.9088, 37.0327, 36.4606)
    assert point["psnr_yuv"] == pytest.approx((6 * 29.9088 + 37.0327 + 36.4606) / 8)
    assert point["logged_psnr_yuv"] == 31.2035
    assert (point["encode_s"], point["measured_bit_depth"]) == (2.083, 10)
    assert (point["ms_ssim_y"], point["mse_psnr_y"]) == (0.933579, 29.8683)
    # HM's xPSNR is not the metric that FFmpeg calls so.
    assert point["cross_psnr"] == 34.4535
    assert not [key for key in point if key.startswith(("exact", "xpsnr"))]


@pytest.mark.parametrize(
    ("path", "size", "kbps"), [("hm/ldp_hash.log", 3543, 283.44), ("vtm/ldp_hash.log", 1830, 244.0)]
)
def test_the_rate_is_the_files_and_not_the_one_without_sei(path, size, kbps):
    point = rate_point(one(path))
    assert point["rate_kbps"] == pytest.approx(size * 8 * 50 / point["frames"] / 1000)
    assert point["rate_kbps"] == pytest.approx(kbps)
    assert point["logged_rate_kbps"] < point["rate_kbps"]
    assert point["rate_from"] == "file"


@pytest.mark.parametrize("path", ["hm/ai_subsampled.log", "vtm/ai.log"])
def test_rates_of_subsampled_sequences_are_those_of_the_coded_frames(path):
    point = rate_point(one(path))
    assert (point["frames"], point["fps"]) == (2, 6.25)
    assert point["rate_kbps"] == pytest.approx(point["logged_rate_kbps"], abs=1e-3)


@pytest.mark.parametrize("path", [f"verbosity{v}/bp8_LDP_q42.log" for v in (3, 4, 5)])
def test_without_a_header_the_name_tells_sequence_and_qp(path):
    full, point = rate_point(one("vtm/ldp.log")), rate_point(one(path))
    for key in "sequence", "config", "qp", "frames", "logged_rate_kbps", "psnr_yuv":
        assert point[key] == full[key]
    assert point["from_name"] == "sequence and QP"
    assert point["rate_from"] == "log"
    assert point["rate_kbps"] == point["logged_rate_kbps"]
    # computed from bits and bitrate, which Verbosity 3 does not print
    assert point["fps"] == 50 or (math.isnan(point["fps"]) and "verbosity3" in path)


def test_without_a_header_and_a_telling_name_there_is_no_point(tmp_path):
    source = "verbosity5/bp8_LDP_q42.log"
    for name, missing in ("LDP_q42.log", "sequence"), ("bp8_42.log", "QP"):
        (log,), _ = read_logs([edited(tmp_path, source, name)])
        with pytest.raises(InputError, match=f"does not tell its {missing}: encode with"):
            rate_point(log)


def test_a_bitstream_beside_the_log_gives_its_rate_if_it_can_be_the_logs(tmp_path):
    path = edited(tmp_path, "verbosity5/bp8_LDP_q42.log")
    for size, is_its_own in (1656, True), (1830, True), (1655, False), (9000, False):
        path.with_suffix(".bin").write_bytes(bytes(size))
        point = rate_point(read_logs([path])[0][0])
        assert point["rate_from"] == ("file" if is_its_own else "log")
        rate = size * 8 * 50 / 3 / 1000 if is_its_own else 220.8
        assert point["rate_kbps"] == pytest.approx(rate)


@pytest.mark.parametrize("folder", ["", "/data/JVET/", "D:\\video\\"])
def test_sequences_of_the_catalogues_have_their_name_and_class(tmp_path, folder):
    new = {"File                    : bp8.yuv": f"File  : {folder}BQMall_832x480_60.yuv"}
    path = edited(tmp_path, "vtm/ra.log", replace=new)
    point = rate_point(read_logs([path])[0][0])
    assert (point["sequence"], point["class"]) == ("BQMall", "C")


def test_names_of_sequences():
    assert sequence_of("RaceHorses_832x480_30.yuv") == ("RaceHorses", "C")
    assert sequence_of("RaceHorses.yuv") == ("RaceHorses", "")
    assert sequence_of("mine_640x360_30fps.yuv") == ("mine", "")


@pytest.mark.parametrize(
    ("stem", "sequence", "config", "qp"),
    [
        ("BQMall_LDP_QP32", "BQMall", "LDP", 32),
        ("vtm-23.13-RA-BQMall_832x480_60-q22", "23.13_BQMall_832x480_60", "RA", 22),
        ("BQMall_randomaccess_qp_27", "BQMall", "RA", 27),
        ("BQMall_832x480_60", "BQMall_832x480_60", None, None),
        ("Q22", None, None, 22),
        ("a_Q22_Q27_RA_AI", "a", None, None),
    ],
)
def test_what_names_of_logs_say(stem, sequence, config, qp):
    said = said_by_name(stem)
    assert (said.sequence, said.config, said.qp) == (sequence, config, qp)


# --- files and folders ---------------------------------------------------------------------------


def test_folders_are_searched_and_what_cannot_be_used_is_named(tmp_path):
    edited(tmp_path, "hm/ra.log", "a/deep/er.txt")
    edited(tmp_path, "failed/hm_missing_input.log", "a/failed.log")
    (tmp_path / "a" / "notes.txt").write_text("nothing", encoding="utf-8")
    (tmp_path / "a" / "c.bin").write_bytes(b"HM software: Encoder Version [16.25]")
    logs, notes = read_logs([tmp_path / "a"])
    assert [log.path.name for log in logs] == ["er.txt"]
    assert len(notes) == 2
    assert "failed.log' is the log of a failed run" in notes[0]
    assert notes[1].startswith("1 file is no encoder log")
    assert notes[1].endswith("notes.txt")


def test_a_file_that_was_named_must_be_good(tmp_path):
    with pytest.raises(FileFormatError, match="ends before the line 'Total Time'"):
        read("hm/ra.log", "failed/hm_cut.log")
    with pytest.raises(InputError, match="does not exist"):
        read("none.log")


def test_a_log_that_is_named_twice_counts_once():
    assert len(read("hm/ra.log", "hm", "hm/../hm/ra.log")) == len(list((LOGS / "hm").iterdir()))


def test_logs_that_powershell_wrote_are_read(tmp_path):
    text = (LOGS / "hm" / "ra.log").read_text(encoding="utf-8").replace("\n", "\r\n")
    (tmp_path / "ra.log").write_bytes(text.encode("utf-16"))
    (log,), _ = read_logs([tmp_path / "ra.log"])
    assert log.log == one("hm/ra.log").log or math.isnan(log.log.by_type["p"].psnr_y)
    assert log.log.summary == one("hm/ra.log").log.summary
