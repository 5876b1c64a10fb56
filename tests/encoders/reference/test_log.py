"""The reader of HM's and VTM's logs, on logs that they really printed."""

import dataclasses
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codecpipe.errors import FileFormatError
from encoders.reference.log import is_encoder_log, parse_log

LOGS = Path(__file__).parents[2] / "data" / "logs"
GOOD = sorted(path for path in LOGS.rglob("*.log") if path.parent.name != "failed")
TEXTS = {str(path.relative_to(LOGS)): path.read_text(encoding="utf-8") for path in GOOD}
WITH_PICTURES = [name for name in TEXTS if "verbosity3" not in name]
DIGIT = 1.01e-4  # two numbers rounded to four decimals


def parsed(name):
    return parse_log(TEXTS[name], name)


def test_there_are_logs_of_both_programs_in_all_configurations():
    assert {f"{s}/{c}.log" for s in ("hm", "vtm") for c in ("ai", "ldp", "ldb", "ra")} <= set(TEXTS)


# --- the numbers, against what stands in the logs ------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_the_program_and_its_version(name):
    log = parsed(name)
    assert (log.software, log.version) in {("HM", "16.25"), ("VTM", "23.13")}
    assert f"{log.software}" in TEXTS[name]
    assert log.version in TEXTS[name]


@pytest.mark.parametrize("name", WITH_PICTURES)
def test_the_summary_is_the_mean_of_the_pictures(name):
    log, lines = parsed(name), re.findall(r"^POC.*", TEXTS[name], re.MULTILINE)
    assert log.summary.frames == len(lines) == len(log.pictures)
    for at, plane in enumerate("YUV"):
        printed = [float(re.search(rf"[\[ ]{plane} ([0-9.]+) dB", line)[1]) for line in lines]
        assert [picture.psnr_db[at] for picture in log.pictures] == printed
        mean = getattr(log.summary, f"psnr_{plane.lower()}")
        assert sum(printed) / len(printed) == pytest.approx(mean, abs=DIGIT)


@pytest.mark.parametrize("name", WITH_PICTURES)
def test_the_bitrate_is_that_of_the_bits(name):
    log = parsed(name)
    fps = 50 / 8 if "ai_sub" in name or name == "vtm/ai.log" else 50
    bits = sum(int(n) for n in re.findall(r"([0-9]+) bits \[", TEXTS[name]))
    assert bits == sum(picture.bits for picture in log.pictures)
    assert bits * fps / log.summary.frames / 1000 == pytest.approx(log.summary.rate_kbps, abs=DIGIT)


@pytest.mark.parametrize("name", [n for n in WITH_PICTURES if "verbosity" not in n])
def test_the_tables_by_type_are_means_over_the_pictures_of_that_type(name):
    log = parsed(name)
    assert set(log.by_type) == {"i", "p", "b"}
    for kind, row in log.by_type.items():
        own = [p for p in log.pictures if p.picture_type == kind.upper()]
        assert row.frames == len(own)
        if own:
            mean = sum(p.psnr_db[0] for p in own) / len(own)
            assert mean == pytest.approx(row.psnr_y, abs=DIGIT)
        else:
            assert math.isnan(row.rate_kbps)
            assert math.isnan(row.psnr_y)


@pytest.mark.parametrize("name", WITH_PICTURES)
def test_the_optional_blocks_of_pictures_agree_with_the_summary(name):
    log = parsed(name)
    for key, value in log.summary.extra.items():
        if all(key in picture.extra for picture in log.pictures):
            mean = sum(picture.extra[key] for picture in log.pictures) / log.summary.frames
            assert mean == pytest.approx(value, abs=DIGIT), key
    for picture in log.pictures:
        for plane, printed in zip("yuv", picture.psnr_db, strict=True):
            exact = picture.extra.get(f"exact_psnr_{plane}", printed)
            assert round(exact, 4) == printed
            mse = picture.extra.get(f"mse_{plane}")
            # The peak of 10 bits is 255 << 2 in both programs.
            if mse is not None:
                assert 10 * math.log10(1020**2 / mse) == pytest.approx(printed, abs=DIGIT)


EXTRAS = {
    "hm/ra.log": (set(), set()),
    "hm/ra_10bit_hex.log": ({"exact_psnr"}, set()),
    "hm/ra_10bit_ms_ssim.log": ({"ms_ssim"}, {"ms_ssim"}),
    "hm/ra_10bit_mse.log": ({"mse"}, {"mse"}),
    "hm/ra_10bit_all.log": (
        {"exact_psnr", "ms_ssim", "mse", "xpsnr"},
        {"ms_ssim", "mse", "xpsnr", "mse_psnr"},
    ),
    "vtm/ra.log": (set(), set()),
    "vtm/ra_10bit_all.log": (
        {"exact_psnr", "ms_ssim", "mse"},
        {"exact_psnr", "ms_ssim", "mse", "mse_psnr"},
    ),
    "vtm/ldp_10bit_wpsnr.log": (
        {"exact_psnr", "wpsnr", "exact_wpsnr"},
        {"exact_psnr", "wpsnr", "exact_wpsnr"},
    ),
}


@pytest.mark.parametrize("name", EXTRAS)
def test_what_is_printed_beside_psnr_has_a_name(name):
    log = parsed(name)

    def kinds(extra):
        return {re.sub(r"_(?:y|u|v|yuv)$", "", key) for key in extra}

    assert all(kinds(picture.extra) == EXTRAS[name][0] for picture in log.pictures)
    assert kinds(log.summary.extra) == EXTRAS[name][1]


def test_prints_do_not_change_what_is_read():
    bare = parsed("hm/ra_10bit.log")
    for name in ("hex", "ms_ssim", "mse", "all"):
        log = parsed(f"hm/ra_10bit_{name}.log")
        assert dataclasses.replace(log.summary, extra={}) == bare.summary
        assert [(p.poc, p.qp, p.bits, p.psnr_db) for p in log.pictures] == [
            (p.poc, p.qp, p.bits, p.psnr_db) for p in bare.pictures
        ]


def test_an_hm_picture():
    picture = parsed("hm/ra.log").pictures[2]
    assert (picture.poc, picture.temporal_id, picture.picture_type) == (4, 2, "B")
    assert (picture.nal_type, picture.qp, picture.bits) == ("", 44, 1688)
    assert picture.psnr_db == (32.0547, 38.0594, 37.9161)


def test_a_vtm_picture():
    log = parsed("vtm/ra.log")
    assert [p.poc for p in log.pictures] == [0, 8, 4, 2, 1, 3, 6, 5, 7]
    assert [p.nal_type for p in log.pictures[:3]] == ["IDR_N_LP", "STSA", "TRAIL"]
    assert [p.qp for p in log.pictures[:3]] == [39, 46, 48]
    assert parsed("vtm/ra_10bit_all.log").pictures[0].encode_s == 7.193


def test_the_qp_that_was_used_is_not_nqp():
    text = TEXTS["hm/ldp.log"].replace("nQP 36 QP 36", "nQP 36 QP 35")
    assert parse_log(text, "x").pictures[0].qp == 35


def test_pictures_that_nothing_refers_to_have_types_in_lower_case():
    text = TEXTS["vtm/ra.log"].replace("( TRAIL, B-SLICE", "( TRAIL, b-SLICE")
    assert parse_log(text, "x").pictures == parsed("vtm/ra.log").pictures


def test_bytes_of_the_file_are_more_than_the_pictures_bits_where_there_is_sei():
    for software in "hm", "vtm":
        plain, hashed = parsed(f"{software}/ldp.log"), parsed(f"{software}/ldp_hash.log")
        assert hashed.summary == plain.summary
        assert plain.bytes_written == sum(p.bits for p in plain.pictures) // 8
        assert hashed.bytes_written > plain.bytes_written + 16 * 3 * len(plain.pictures)


def test_settings_keep_their_printed_names():
    settings = parsed("hm/ai_subsampled.log").settings
    assert settings["Input          File"] == "bp8.yuv"
    assert settings["Real     Format"] == "416x240 6.25Hz"
    assert settings["Cost function:"] == "Lossy coding (default)"
    assert settings["cross_component_prediction_enabled_flag"] == "Disabled"
    assert settings["Reconstruction File"] == ""
    assert parsed("vtm/ra.log").settings["CTU size / min CU size"] == "128 / 4"
    assert len(settings) == 49


def test_user_time_is_taken():
    text = TEXTS["vtm/ldp.log"]
    user = float(re.search(r"Total Time: +([0-9.]+) sec. \[user\]", text)[1])
    assert parsed("vtm/ldp.log").total_time_s == user
    hdr = re.sub(
        r" Total Time:.*",
        " Encoding Time (Total Time):        4.500 (        4.940 ) sec. [user]"
        "        4.600 (        5.000 ) sec. [elapsed]",
        text,
    )
    assert parse_log(hdr, "x").total_time_s == 4.5


def test_what_vtm_prints_at_less_verbosity_is_enough():
    full = parsed("vtm/ldp.log")
    for level in 3, 4, 5:
        log = parsed(f"verbosity{level}/bp8_LDP_q42.log")
        assert log.summary == full.summary
        assert log.bytes_written is None
        assert not log.by_type
        assert not log.settings
        bits = [p.bits for p in log.pictures]
        assert bits == ([] if level == 3 else [p.bits for p in full.pictures])


# --- what lies around a log ----------------------------------------------------------------------

NOISE = "+ ./encode.sh --all\nerror: none so far\nError: of another program\n"
TIME = "\nreal\t0m5.358s\nuser\t0m4.877s\nsys\t0m0.458s\n"
DECODER = """
HM software: Decoder Version [16.25] (including RExt)[Linux][GCC 12.2.0][64 bit]

POC    0 TId: 0 ( I-SLICE, QP 36 ) [DT  0.004] [L0 ] [L1 ] [MD5:6f096e0e8b97,(OK)]

 Total Time:        0.020 sec.
"""


@pytest.mark.parametrize("name", TEXTS)
def test_noise_and_windows_line_ends_change_nothing(name):
    log = dataclasses.asdict(parsed(name))
    for text in (
        NOISE + TEXTS[name] + TIME,
        TEXTS[name] + DECODER,
        TEXTS[name].replace("\n", "\r\n"),
        TEXTS[name].rstrip(),
    ):
        # repr, since nan is not equal to itself
        assert repr(dataclasses.asdict(parse_log(text, name))) == repr(log)


def test_only_encoders_logs_are_logs():
    assert is_encoder_log(TEXTS["hm/ai.log"])
    assert is_encoder_log(TEXTS["vtm/ai.log"][:100])
    assert not is_encoder_log(DECODER)
    assert not is_encoder_log("notes on HM and VTM\n")


# --- laws ----------------------------------------------------------------------------------------


@given(name=st.sampled_from(sorted(TEXTS)), part=st.floats(0, 1))
def test_a_log_cut_anywhere_is_never_a_result(name, part):
    text = TEXTS[name]
    end = text.index(" sec.", text.index("Total Time:")) + len(" sec")
    with pytest.raises(FileFormatError):
        parse_log(text[: round(part * end)], name)


@given(name=st.sampled_from(WITH_PICTURES), data=st.data())
def test_a_log_that_lacks_pictures_is_never_a_result(name, data):
    lines = TEXTS[name].split("\n")
    pocs = [at for at, line in enumerate(lines) if line.startswith("POC")]
    gone = data.draw(st.sets(st.sampled_from(pocs), min_size=1, max_size=len(pocs) - 1))
    kept = [line for at, line in enumerate(lines) if at not in gone]
    with pytest.raises(FileFormatError, match="POC lines"):
        parse_log("\n".join(kept), name)


COLUMNS = [n for n in TEXTS if "From MSE" not in TEXTS[n]]  # that row of HM's has no columns left


@given(name=st.sampled_from(COLUMNS), random=st.randoms(use_true_random=False))
def test_the_order_of_columns_does_not_matter(name, random):
    lines, order = TEXTS[name].split("\n"), None
    for at, line in enumerate(lines):
        if order is not None:
            cells = line.split()
            lines[at] = "  ".join(["\t", *cells[:2], *(cells[2:][i] for i in order)])
            order = None
        elif "Total Frames |" in line:
            head, columns = line.partition("|")[0], line.partition("|")[2].split()
            order = random.sample(range(len(columns)), len(columns))
            lines[at] = f"{head}| " + "  ".join(columns[i] for i in order)
    shuffled, log = parse_log("\n".join(lines), name), parsed(name)
    assert shuffled.summary == log.summary
    assert repr({k: (v.rate_kbps, v.psnr_y) for k, v in shuffled.by_type.items()}) == repr(
        {k: (v.rate_kbps, v.psnr_y) for k, v in log.by_type.items()}
    )


@given(
    name=st.sampled_from(WITH_PICTURES),
    random=st.randoms(use_true_random=False),
    unknown=st.sampled_from(["[New 3.5 dB]", "[Y 0.9  U 0.8  V 0.7 ]", "[CPB    100 bits]", ""]),
)
def test_the_order_of_blocks_does_not_matter_and_unknown_ones_are_passed_over(
    name, random, unknown
):
    lines = TEXTS[name].split("\n")
    for at, line in enumerate(lines):
        if line.startswith("POC"):
            start = line.index(" bits ") + len(" bits ")
            blocks = [*re.findall(r"\[[^\]]*\]", line[start:]), unknown]
            random.shuffle(blocks)
            lines[at] = line[:start] + " ".join(blocks)
    assert parse_log("\n".join(lines), name).pictures == parsed(name).pictures
