"""How an installed HM or VTM is found, told by its banner, and refused where it is not whole."""

import os
from pathlib import Path

import pytest
from kits.reference import BANNER, DECODER, ENCODER, NAMES, VARIABLE, StandIn, reference, stand_in

from codecpipe.errors import InputError, NotInstalledError, ToolError
from codecpipe.layout import Config

both = pytest.mark.parametrize("name", NAMES)
OTHER = {"hm": "vtm", "vtm": "hm"}
VERSION = {"hm": "16.25", "vtm": "23.13"}


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLE.values():
        monkeypatch.delenv(variable, raising=False)
    # The stand-ins need cat; HM and VTM may be on the PATH of who runs the tests.
    monkeypatch.setenv("PATH", os.defpath)


def _moved(made: StandIn, folder: str, suffix: str = "Static") -> None:
    (made.root / folder).mkdir(parents=True, exist_ok=True)
    for program in (ENCODER[made.name], DECODER[made.name]):
        path = made.root / "bin" / f"{program}Static"
        path.rename(made.root / folder / f"{program}{suffix}")


def _refused(name: str, kind: type[Exception] = ToolError) -> str:
    with pytest.raises(kind) as caught:
        reference(name).version()
    said = str(caught.value)
    assert VARIABLE[name] in said
    assert "\n" not in said
    assert said[-1] not in ".\n"
    return said


@both
@pytest.mark.parametrize("suffix", ["Static", ""])
@pytest.mark.parametrize("folder", ["bin", "bin/umake/gcc-12.2/x86_64/release", "."])
def test_found_by_the_variable(
    name: str, folder: str, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stand_in(tmp_path / "software", name)
    _moved(made, folder, suffix)
    monkeypatch.setenv(VARIABLE[name], str(made.root))
    install = reference(name).install
    assert install.encoder == made.root / folder / f"{ENCODER[name]}{suffix}"
    assert install.decoder == made.root / folder / f"{DECODER[name]}{suffix}"
    assert install.cfg == made.root / "cfg"
    assert install.version == VERSION[name]
    assert install.joiner is None


@both
def test_the_joiner_is_looked_for_beside_the_encoder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stand_in(tmp_path, name)
    made.joiner("exit 0")
    monkeypatch.setenv(VARIABLE[name], str(tmp_path))
    assert reference(name).install.joiner == tmp_path / "bin" / "parcatStatic"


@both
@pytest.mark.parametrize("named", ["bin", "bin/umake/gcc-12.2/x86_64/release"])
def test_configuration_files_are_found_above_the_programs(
    name: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stand_in(tmp_path, name)
    if named != "bin":
        _moved(made, named)
    monkeypatch.setenv(VARIABLE[name], str(tmp_path / named))
    assert reference(name).install.cfg == tmp_path / "cfg"


@both
def test_another_folder_called_cfg_is_passed_over(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stand_in(tmp_path, name)
    (made.root / "bin" / "cfg").mkdir()
    monkeypatch.setenv(VARIABLE[name], str(tmp_path / "bin"))
    assert reference(name).install.cfg == tmp_path / "cfg"


@both
def test_static_programs_come_first(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stand_in(tmp_path, name)
    (tmp_path / "bin" / ENCODER[name]).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "bin" / ENCODER[name]).chmod(0o755)
    monkeypatch.setenv(VARIABLE[name], str(tmp_path))
    assert reference(name).install.encoder.name == f"{ENCODER[name]}Static"
    assert made.root == tmp_path


@both
@pytest.mark.parametrize("linked", [False, True])
def test_found_on_path(
    name: str, linked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stand_in(tmp_path / "software", name)
    folder = made.root / "bin"
    if linked:  # as a user links programs into a folder that is on PATH
        folder = tmp_path / "links"
        folder.mkdir()
        for program in (made.root / "bin").iterdir():
            (folder / program.name).symlink_to(program)
    monkeypatch.setenv("PATH", os.pathsep.join((str(folder), os.defpath)))
    install = reference(name).install
    assert install.encoder == (made.root / "bin" / f"{ENCODER[name]}Static")
    assert install.cfg == made.root / "cfg"


@both
def test_the_variable_is_preferred_to_path(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, on_path = (stand_in(tmp_path / place, name) for place in ("named", "path"))
    monkeypatch.setenv("PATH", os.pathsep.join((str(on_path.root / "bin"), os.defpath)))
    assert reference(name).install.cfg == on_path.root / "cfg"
    monkeypatch.setenv(VARIABLE[name], str(named.root))
    assert reference(name).install.cfg == named.root / "cfg"


@both
def test_not_installed(name: str) -> None:
    said = _refused(name, NotInstalledError)
    assert said.startswith(f"{name.upper()} is not installed")


@both
@pytest.mark.parametrize("program", [ENCODER, DECODER])
@pytest.mark.parametrize("how", ["missing", "not executable", "a folder"])
def test_a_program_that_is_missing_or_cannot_be_run(
    name: str, program: dict[str, str], how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, name)
    path = tmp_path / "bin" / f"{program[name]}Static"
    if how == "not executable":
        path.chmod(0o644)
    else:
        path.unlink()
    if how == "a folder":
        path.mkdir()
    monkeypatch.setenv(VARIABLE[name], str(tmp_path))
    assert program[name] in _refused(name)


@both
def test_a_folder_that_does_not_exist(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE[name], str(tmp_path / "nowhere"))
    assert str(tmp_path / "nowhere") in _refused(name)


@both
def test_missing_configuration_files(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, name)
    for path in (tmp_path / "cfg").glob("*.cfg"):
        path.unlink()
    monkeypatch.setenv(VARIABLE[name], str(tmp_path))
    assert "encoder_randomaccess" in _refused(name)


@both
def test_the_programs_of_the_other_software(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named as this one's are; what they print says otherwise."""
    stand_in(tmp_path, name, banner=BANNER[OTHER[name]])
    monkeypatch.setenv(VARIABLE[name], str(tmp_path))
    assert "banner" in _refused(name)


@both
def test_a_file_that_is_no_program(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, name)
    (tmp_path / "bin" / f"{ENCODER[name]}Static").write_bytes(b"\x7fELF of another machine")
    monkeypatch.setenv(VARIABLE[name], str(tmp_path))
    assert "cannot be run" in _refused(name)


@both
def test_the_version_changes_with_every_file_that_determines_streams(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, name)
    monkeypatch.setenv(VARIABLE[name], str(tmp_path))
    codec, seen = reference(name), []
    seen.append(codec.version())
    assert seen[0].startswith(f"{VERSION[name]} (")
    for path in sorted((tmp_path / "cfg").rglob("*.cfg")):
        path.write_text(path.read_text(encoding="utf-8") + "QP : 30\n", encoding="utf-8")
        seen.append(codec.version())
    assert len(set(seen)) == len(seen) > 4
    (tmp_path / "cfg" / "readme.txt").write_text("not a setting", encoding="utf-8")
    assert codec.version() == seen[-1]


@both
def test_the_version_is_the_same_wherever_the_software_lies(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = set()
    for place in ("one", "two"):
        stand_in(tmp_path / place, name)
        monkeypatch.setenv(VARIABLE[name], str(tmp_path / place))
        versions.add(reference(name).version())
    assert len(versions) == 1


@both
def test_a_main_file_must_be_there_and_say_its_gop(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, name)
    monkeypatch.setenv(VARIABLE[name], str(tmp_path))
    codec = reference(name)
    assert codec.mini_gop(Config.LDP) == 8
    main = tmp_path / "cfg" / codec.main_cfg(Config.LDP, codec.depths[-1], 0)
    for content in ("QP : 30\n", "GOPSize : 0\n", "GOPSize : x\n"):
        main.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=r"does not say its GOPSize") as caught:
            codec.mini_gop(Config.LDP)
        assert str(main) in str(caught.value)
    main.unlink()
    with pytest.raises(InputError, match=main.name):
        codec.mini_gop(Config.LDP)


@both
def test_the_remedy_for_another_version_names_it_and_the_variable(name: str) -> None:
    said = reference(name).remedy("1.0 (cfg 0123)", "")
    assert VARIABLE[name] in said
    assert "1.0 (cfg 0123)" in said
