"""Configurations, QPs, depths and layouts of HM and VTM, before anything is run."""

import re
from pathlib import Path

import pytest
from kits.pipeline import Clip, job
from kits.reference import StandIn, coded, reference, replay, settings
from kits.replays import DEPTH, LDP, both

from codecpipe.encoding import encode
from codecpipe.errors import InputError
from codecpipe.layout import Config
from encoders import CODECS, get_codec


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
    chosen = job("x265", "LDP", layout, frames=9, qp=qp, preset="")
    said = f"at QP {of_stream}, and {name} takes 0 to {51 if name == 'hm' else 63}: change --qp"
    with pytest.raises(InputError, match=re.escape(said)):
        encode(Clip(64, 64, 9), get_codec(name), chosen, out=tmp_path / "x.cpv")


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


@pytest.mark.parametrize("name", sorted({*CODECS} - {"vtm"}))
def test_only_vtm_has_layout_rpr(name: str, tmp_path: Path, software: dict[str, StandIn]) -> None:
    preset = None if name != "hm" else ""
    chosen = job(name, "RA", "rpr", frames=9, preset=preset)
    clip = Clip(64, 64, 9)
    with pytest.raises(InputError, match="rpr") as caught:
        encode(clip, get_codec(name), chosen, out=tmp_path / "x.cpv", work_dir=tmp_path)
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
    codec, frames = reference(name), LDP[name][1]
    software[name].encoder(replay(LDP[name][0]))
    how = settings(codec, config, intra_period=period)
    coded(
        codec, Clip(64, 64, frames=frames, depth=DEPTH[name]), how, out=tmp_path / "work" / "x.bin"
    )
    asked = [word for word in software[name].asked if "Refresh" in word]
    assert asked == (["--DecodingRefreshType=3"] if refresh else [])


@both
def test_the_temporal_filter_is_off_in_injected_streams_where_the_files_have_it(
    name: str, tmp_path: Path, software: dict[str, StandIn]
) -> None:
    codec, clip = reference(name), Clip(64, 64, frames=LDP[name][1], depth=DEPTH[name])
    software[name].encoder(replay(LDP[name][0]))
    held: dict[tuple[bool, bool], set[str]] = {}
    for entry in ("", "TemporalFilter : 1\nLastValidFrame : 499\n"):
        for file in (software[name].root / "cfg").glob("*lowdelay_P*"):
            file.write_text(file.read_text(encoding="utf-8") + entry, encoding="utf-8")
        for injected in (False, True):
            coded(codec, clip, settings(codec, injected=injected), out=tmp_path / "work" / "x.bin")
            asked = set(software[name].asked)
            held[bool(entry), injected] = asked & {
                "--TemporalFilter=0",
                "--IntraQPOffset=-12",
                f"--LastValidFrame={LDP[name][1] - 1}",
            }
    assert held[False, False] == set()
    assert held[False, True] == {"--IntraQPOffset=-12"}
    assert held[True, False] == {f"--LastValidFrame={LDP[name][1] - 1}"}
    assert held[True, True] == held[True, False] | {"--IntraQPOffset=-12", "--TemporalFilter=0"}
