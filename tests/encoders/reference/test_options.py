"""Parameters, presets and threads that HM and VTM refuse; allowed ones reach the encoder."""

from pathlib import Path

import pytest
from kits.pipeline import Clip, job
from kits.reference import StandIn, coded, reference, replay, settings
from kits.replays import DEPTH, LDP, both

from codecpipe.codec import CodecOptions
from codecpipe.encoding import encode
from codecpipe.errors import InputError, MismatchError
from encoders import get_codec
from encoders.reference.codec import HELD

Extra = tuple[tuple[str, str], ...]


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
    codec, clip = reference(name), Clip(64, 64, frames=LDP[name][1], depth=DEPTH[name])
    software[name].encoder(replay(LDP[name][0]))
    how = settings(codec, options=CodecOptions(extra=extra))
    coded(codec, clip, how, out=tmp_path / "work" / "x.bin")
    asked = software[name].asked
    # After ours: a parameter that a configuration file sets, too, is this one.
    assert asked[-len(extra) :] == [f"--{key}={value}" for key, value in extra]
    assert f"--FramesToBeEncoded={LDP[name][1]}" in asked
    assert "--QP=37" in asked


@both
def test_nothing_is_run_for_a_refused_job(
    name: str, tmp_path: Path, software: dict[str, StandIn]
) -> None:
    clip, folder = Clip(64, 64, 5), tmp_path / "work"

    chosen = job("x265", "LDP", "anchor", frames=5, preset="", extra=(("ReconFile", "x"),))
    with pytest.raises(InputError, match="'ReconFile' cannot be set"):
        encode(clip, get_codec(name), chosen, out=folder / "x.cpv", work_dir=folder)
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
