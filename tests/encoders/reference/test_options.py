"""What HM and VTM refuse before anything is run, and how allowed parameters reach the encoder."""

import os
import re
from pathlib import Path

import pytest
from kits.pipeline import Clip, job
from kits.reference import NAMES, VARIABLE, StandIn, coded, reference, replay, settings, stand_in

from codecpipe.codec import CodecOptions
from codecpipe.encoding import encode
from codecpipe.errors import InputError, MismatchError
from codecpipe.layout import Config
from encoders import get_codec
from encoders.reference.codec import HELD

both = pytest.mark.parametrize("name", NAMES)
Extra = tuple[tuple[str, str], ...]
LDP_LOG = {"hm": "hm/ldp.log", "vtm": "vtm/ldp.log"}
LDP_FRAMES = {"hm": 5, "vtm": 3}
DEPTH = {"hm": 8, "vtm": 10}


@pytest.fixture
def software(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, StandIn]:
    monkeypatch.setenv("PATH", os.defpath)
    made = {name: stand_in(tmp_path / name, name) for name in NAMES}
    for name in NAMES:
        monkeypatch.setenv(VARIABLE[name], str(tmp_path / name))
    return made


def _refused(name: str, extra: Extra = (), preset: str = "", threads: int = 1) -> str:
    with pytest.raises(InputError) as caught:
        reference(name).resolve(CodecOptions(preset, extra, threads))
    return str(caught.value)


@both
@pytest.mark.parametrize("key", sorted(HELD))
def test_held_parameters(name: str, key: str, software: dict[str, StandIn]) -> None:
    for spelt in (key, key.upper(), key.title()):
        assert _refused(name, ((spelt, "1"),)).startswith(f"'{spelt}' cannot be set for {name}")


@both
@pytest.mark.parametrize(
    "key",
    [
        "InputFile",
        "bitstreamfile",
        "RECONFILE",
        "TraceFile",
        "dQPFile",
        "GMFAFile",
        "SEIAnnotatedRegionsFileRoot",
        "SEIObjectMaskFileRoot",
        "SEIDSCSigningKeyFile",
        "SEIShutterIntervalPreFilename",
        "SEINNPFCPayloadFilename0",
        "SummaryOutFilename",
        "DebugBitstream",
        "decodebitstream2",
        "SEIFGCExternalMask",
    ],
)
def test_parameters_that_name_files(name: str, key: str, software: dict[str, StandIn]) -> None:
    assert "cannot be set" in _refused(name, ((key, "x"),))


@both
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SearchRange", "/etc/passwd"),
        ("SearchRange", "a/b"),
        ("SearchRange", ".."),
        ("SearchRange", "a..b"),
        ("SearchRange", "64\n"),
        ("SearchRange", "64 "),
        ("SearchRange", "6  4"),
        ("SearchRange", "$HOME"),
        ("SearchRange", "a'b"),
        ("SearchRange", "6;4"),
        ("SearchRange", "a=b"),
        ("SearchRange", "6:4"),
        ("SearchRange", "6#4"),
        ("SearchRange", "6\t4"),
        ("--SearchRange", "64"),
        ("-q", "64"),
        ("q", "64"),
        ("", "64"),
        ("c", "x.cfg"),
        ("Search Range", "64"),
        ("SearchRange=1", "64"),
        ("SearchRange\n", "64"),
        ("1SearchRange", "64"),
        ("Search-Range", "64"),
        ("Süchrange", "64"),
    ],
)
def test_what_is_no_parameter(
    name: str, key: str, value: str, software: dict[str, StandIn]
) -> None:
    assert f"is not a parameter of {name}: give KEY=VALUE" in _refused(name, ((key, value),))


@both
@pytest.mark.parametrize(
    "extra",
    [
        (("QpInValCb", "17 22 34 42"),),
        (("Profile", "main10"), ("level", "4.1")),
        (("LambdaModifier0", "-1.5,+2"), ("CostMode", "mixed_lossless_lossy")),
        (("ScalingList", ""),),
    ],
)
def test_allowed_parameters_arrive_each_as_one_argument(
    name: str, extra: Extra, tmp_path: Path, software: dict[str, StandIn]
) -> None:
    codec, clip = reference(name), Clip(64, 64, LDP_FRAMES[name], DEPTH[name])
    software[name].encoder(replay(LDP_LOG[name]))
    (tmp_path / "work").mkdir()
    how = settings(codec, options=CodecOptions(extra=extra))
    coded(codec, clip, how, tmp_path / "work" / "x.bin")
    asked = software[name].asked
    # After ours: a parameter that a configuration file sets, too, is this one.
    assert asked[-len(extra) :] == [f"--{key}={value}" for key, value in extra]
    assert f"--FramesToBeEncoded={LDP_FRAMES[name]}" in asked
    assert "--QP=37" in asked


@both
def test_nothing_is_run_for_a_refused_job(
    name: str, tmp_path: Path, software: dict[str, StandIn]
) -> None:
    clip, folder = Clip(64, 64, 5), tmp_path / "work"
    folder.mkdir()
    chosen = job("x265", "LDP", "anchor", 5, preset="", extra=(("ReconFile", "x"),))
    with pytest.raises(InputError, match="'ReconFile' cannot be set"):
        encode(clip, get_codec(name), chosen, folder / "x.cpv", work_dir=folder)
    assert not clip.asked
    assert not list(folder.iterdir())
    assert not (software[name].root / "arguments").exists()


@both
@pytest.mark.parametrize("preset", ["slow", "CTC", "../x", "encoder_intra_main.cfg"])
def test_presets(name: str, preset: str, software: dict[str, StandIn]) -> None:
    assert f"{name} has no preset '{preset}'" in _refused(name, preset=preset)
    for good in ("", "ctc"):
        assert reference(name).resolve(CodecOptions(good)).preset == "ctc"


@both
def test_threads(name: str, software: dict[str, StandIn]) -> None:
    assert "--threads 1 or more" in _refused(name, threads=0)


@both
def test_configuration_files_are_checked_with_the_options(
    name: str, software: dict[str, StandIn]
) -> None:
    with pytest.raises(InputError, match="is not a configuration file"):
        reference(name).resolve(CodecOptions(cfg=(("../x.cfg", "0" * 16),)))
    with pytest.raises(MismatchError, match="is missing or not the file"):
        reference(name).resolve(CodecOptions(cfg=(("per-sequence/Gone.cfg", "0" * 16),)))


# --- QP, depth, layouts --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "layout", "qp", "of_stream"),
    [
        ("hm", "anchor", 52, 52),
        ("hm", "anchor", -1, -1),
        ("hm", "crs", 4, -1),
        ("vtm", "anchor", 64, 64),
        ("vtm", "uniform", 4, -1),
    ],
)
def test_qp_out_of_range(
    name: str, layout: str, qp: int, of_stream: int, tmp_path: Path, software: dict[str, StandIn]
) -> None:
    chosen = job("x265", "LDP", layout, 9, qp=qp, preset="")
    said = f"at QP {of_stream}, and {name} takes 0 to {51 if name == 'hm' else 63}: change --qp"
    with pytest.raises(InputError, match=re.escape(said)):
        encode(Clip(64, 64, 9), get_codec(name), chosen, tmp_path / "x.cpv")


@pytest.mark.parametrize(("name", "highest"), [("hm", 51), ("vtm", 63)])
def test_qp_in_range(name: str, highest: int, software: dict[str, StandIn]) -> None:
    codec = reference(name)
    for qp in (0, highest):
        codec.check(settings(codec, qp=qp))
    with pytest.raises(InputError):
        codec.check(settings(codec, qp=highest + 1))


@pytest.mark.parametrize(
    ("name", "depths"),
    [("hm", {8: 8, 9: 10, 10: 10}), ("vtm", {8: 10, 10: 10})],
)
def test_depths(name: str, depths: dict[int, int]) -> None:
    codec = reference(name)
    assert {depth: codec.coded_depth(depth) for depth in depths} == depths
    with pytest.raises(InputError, match="convert it to 10 bits first"):
        codec.coded_depth(12)


@pytest.mark.parametrize(
    ("name", "config", "depth", "period", "file"),
    [
        ("hm", "AI", 8, 1, "intra_main"),
        ("hm", "AI", 10, 1, "intra_main10"),
        ("hm", "LDP", 8, 0, "lowdelay_P_main"),
        ("hm", "LDB", 10, 8, "lowdelay_main10"),
        ("hm", "RA", 8, 16, "randomaccess_main"),
        ("hm", "RA", 10, 6, "randomaccess_main10"),
        ("vtm", "AI", 10, 1, "intra_vtm"),
        ("vtm", "LDP", 10, 8, "lowdelay_P_vtm"),
        ("vtm", "LDB", 10, 0, "lowdelay_vtm"),
        ("vtm", "RA", 10, 0, "randomaccess_vtm"),
        ("vtm", "RA", 10, 64, "randomaccess_vtm"),
        ("vtm", "RA", 10, 24, "randomaccess_vtm"),
        ("vtm", "RA", 10, 48, "randomaccess_vtm_gop16"),
        ("vtm", "RA", 10, 16, "randomaccess_vtm_gop16"),
    ],
)
def test_main_files(name: str, config: str, depth: int, period: int, file: str, software) -> None:
    assert reference(name).main_cfg(Config(config), depth, period) == f"encoder_{file}.cfg"


@pytest.mark.parametrize("name", ["hm", "x265", "vvenc", "x264", "svtav1"])
def test_only_vtm_has_layout_rpr(name: str, tmp_path: Path, software: dict[str, StandIn]) -> None:
    preset = None if name != "hm" else ""
    chosen = job(name, "RA", "rpr", 9, preset=preset)
    clip = Clip(64, 64, 9)
    with pytest.raises(InputError, match="rpr") as caught:
        encode(clip, get_codec(name), chosen, tmp_path / "x.cpv", work_dir=tmp_path)
    assert "--codec vtm" in str(caught.value)
    assert not clip.asked


@pytest.mark.parametrize("config", ["AI", "LDP", "LDB", "RA"])
@both
def test_all_configurations_are_there(name: str, config: str, software) -> None:
    codec = reference(name)
    how = settings(codec, config)
    codec.check(how)
    (codec.install.cfg / codec.main_cfg(Config(config), 10, how.intra_period)).unlink()
    with pytest.raises(InputError, match="cannot be read"):
        codec.check(how)


def test_rpr_needs_its_file(software: dict[str, StandIn]) -> None:
    codec = reference("vtm")
    how = settings(codec, "RA", rpr=True)
    codec.check(how)
    (codec.install.cfg / "rpr" / "gopBasedRPR.cfg").unlink()
    with pytest.raises(InputError, match=re.escape("gopBasedRPR.cfg")):
        codec.check(how)


@both
@pytest.mark.parametrize(
    ("config", "period", "closed"),
    [
        ("LDP", 8, False),
        ("LDP", 16, False),
        ("LDP", 5, True),
        ("LDP", 0, False),
        ("RA", 32, False),
        ("RA", 6, True),
        ("AI", 1, False),
    ],
)
def test_closed_gops_are_noted(
    name: str, config: str, period: int, closed: bool, software: dict[str, StandIn]
) -> None:
    codec = reference(name)
    notes = codec.notes(settings(codec, config, intra_period=period))
    assert [bool(re.search(rf"period of {period} .*closed GOP", note)) for note in notes] == (
        [True] if closed else []
    )


@pytest.mark.parametrize(
    ("name", "config", "period", "refresh"),
    [
        ("vtm", "LDP", 8, True),
        ("vtm", "LDB", 16, True),
        ("vtm", "LDP", 0, False),
        ("vtm", "LDP", 5, False),
        ("vtm", "RA", 32, False),
        ("vtm", "AI", 1, False),
        ("hm", "LDP", 8, False),
    ],
)
def test_vtm_is_told_to_refresh_where_its_low_delay_files_do_not(
    name: str, config: str, period: int, refresh: bool, tmp_path: Path, software
) -> None:
    """It leaves all intra pictures but the first out otherwise."""
    codec, frames = reference(name), LDP_FRAMES[name]
    software[name].encoder(replay(LDP_LOG[name]))
    (tmp_path / "work").mkdir()
    how = settings(codec, config, intra_period=period)
    coded(codec, Clip(64, 64, frames, DEPTH[name]), how, tmp_path / "work" / "x.bin")
    asked = [word for word in software[name].asked if "Refresh" in word]
    assert asked == (["--DecodingRefreshType=3"] if refresh else [])


# --- what is held for a receiver to make leads again ---------------------------------------------


@both
def test_the_temporal_filter_is_off_in_injected_streams_where_the_files_have_it(
    name: str, tmp_path: Path, software: dict[str, StandIn]
) -> None:
    codec, clip = reference(name), Clip(64, 64, LDP_FRAMES[name], DEPTH[name])
    software[name].encoder(replay(LDP_LOG[name]))
    (tmp_path / "work").mkdir()
    held: dict[tuple[bool, bool], set[str]] = {}
    for entry in ("", "TemporalFilter : 1\nLastValidFrame : 499\n"):
        for file in (software[name].root / "cfg").glob("*lowdelay_P*"):
            file.write_text(file.read_text(encoding="utf-8") + entry, encoding="utf-8")
        for injected in (False, True):
            coded(codec, clip, settings(codec, injected=injected), tmp_path / "work" / "x.bin")
            asked = set(software[name].asked)
            held[bool(entry), injected] = asked & {
                "--TemporalFilter=0",
                "--IntraQPOffset=-12",
                f"--LastValidFrame={LDP_FRAMES[name] - 1}",
            }
    assert held[False, False] == set()
    assert held[False, True] == {"--IntraQPOffset=-12"}
    assert held[True, False] == {f"--LastValidFrame={LDP_FRAMES[name] - 1}"}
    assert held[True, True] == held[True, False] | {"--IntraQPOffset=-12", "--TemporalFilter=0"}
