"""Catalogues: what the built-in ones say, finding sequences, and a user's own files."""

from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import pytest
from kits.catalogue import BUILTIN, ENTRY, get, written

from codecpipe.errors import InputError
from codecpipe.format import Chroma
from codecpipe.video import catalogue as cat
from codecpipe.video.catalogue import SequenceInfo, load_catalogue
from codecpipe.video.filename import parse_filename


def test_classes_hold_the_sequences_of_the_ctc() -> None:
    classes = defaultdict(list)
    for sequence in BUILTIN:
        classes[f"{sequence.catalogue}/{sequence.class_name}"].append(sequence)
    assert [(key, len(members), members[0].format.size) for key, members in classes.items()] == [
        ("jvet_ctc/A1", 3, "3840x2160"),
        ("jvet_ctc/A2", 3, "3840x2160"),
        ("jvet_ctc/B", 5, "1920x1080"),
        ("jvet_ctc/C", 4, "832x480"),
        ("jvet_ctc/D", 4, "416x240"),
        ("jvet_ctc/E", 3, "1280x720"),
        ("jvet_ctc/F", 4, "1920x1080"),
        ("hevc_ctc/A", 4, "2560x1600"),
        ("hevc_ctc/B", 5, "1920x1080"),
        ("hevc_ctc/C", 4, "832x480"),
        ("hevc_ctc/D", 4, "416x240"),
        ("hevc_ctc/E", 6, "1280x720"),
        ("hevc_ctc/F", 4, "832x480"),
    ]
    for key, members in classes.items():
        assert key.endswith("F") or len({s.format.size for s in members}) == 1
    jvet, hevc = ({s.name for s in BUILTIN if s.catalogue == name} for name in cat.BUILTIN)
    only_jvet = "Tango2 FoodMarket4 Campfire CatRobot DaylightRoad2 ParkRunning3"
    assert jvet - hevc == {*only_jvet.split(), "MarketPlace", "RitualDance", "ArenaOfValor"}
    only_hevc = "Traffic PeopleOnStreet Nebuta SteamLocomotive Kimono ParkScene vidyo1 vidyo3"
    assert hevc - jvet == {*only_hevc.split(), "vidyo4", "ChinaSpeed"}


def test_durations_in_seconds() -> None:
    # 10 s up to 1080p and 5 s above, except where the source is shorter or longer.
    unusual = {"Tango2": "4.9", "Campfire": "10", "ParkRunning3": "6", "SlideShow": "25"}
    unusual["ChinaSpeed"] = "50/3"
    for s in BUILTIN:
        usual = 5 if s.width > 1920 else 10
        assert s.frames / s.fps == Fraction(unusual.get(s.name, usual)), s.qualified_name


@pytest.mark.parametrize(
    ("name", "file", "fps", "bit_depth", "frames"),
    [
        ("jvet_ctc/A1/Tango2", "Tango2_3840x2160_60fps_10bit_420.yuv", 60, 10, 294),
        ("jvet_ctc/A2/ParkRunning3", "ParkRunning3_3840x2160_50fps_10bit_420.yuv", 50, 10, 300),
        ("jvet_ctc/B/MarketPlace", "MarketPlace_1920x1080_60fps_10bit_420.yuv", 60, 10, 600),
        ("jvet_ctc/B/BQTerrace", "BQTerrace_1920x1080_60.yuv", 60, 8, 600),
        ("jvet_ctc/F/ArenaOfValor", "ArenaOfValor_1920x1080_60_8bit_420.yuv", 60, 8, 600),
        ("hevc_ctc/A/Traffic", "Traffic_2560x1600_30_crop.yuv", 30, 8, 150),
        ("hevc_ctc/A/Nebuta", "NebutaFestival_2560x1600_60_10bit_crop.yuv", 60, 10, 300),
        ("hevc_ctc/B/Kimono", "Kimono1_1920x1080_24.yuv", 24, 8, 240),
        ("hevc_ctc/F/ChinaSpeed", "ChinaSpeed_1024x768_30.yuv", 30, 8, 500),
        ("hevc_ctc/F/SlideShow", "SlideShow_1280x720_20.yuv", 20, 8, 500),
    ],
)
def test_facts(name: str, file: str, fps: int, bit_depth: int, frames: int) -> None:
    s = get(name)
    assert (s.file, s.fps, s.bit_depth, s.frames) == (file, Fraction(fps), bit_depth, frames)


def test_ten_bit_sequences() -> None:
    ten = Counter(s.catalogue for s in BUILTIN if s.bit_depth == 10)
    assert ten == {"jvet_ctc": 8, "hevc_ctc": 2}
    assert {s.bit_depth for s in BUILTIN} == {8, 10}


@pytest.mark.parametrize("sequence", list(BUILTIN), ids=lambda s: s.qualified_name)
def test_file_names_say_what_the_catalogue_says(sequence: SequenceInfo) -> None:
    info = parse_filename(sequence.file)
    assert (info.width, info.height, info.fps) == (sequence.width, sequence.height, sequence.fps)
    assert (info.bit_depth or 8) == sequence.bit_depth
    assert (info.chroma or Chroma.YUV420) == sequence.chroma


def test_pixel_counts() -> None:
    assert get("jvet_ctc/D/BQSquare").format.frame_bytes == 416 * 240 * 3 // 2
    assert get("jvet_ctc/A1/Tango2").format.frame_bytes == 3840 * 2160 * 3
    jvet = [s for s in BUILTIN if s.catalogue == "jvet_ctc"]
    raw_bytes = sum(s.frames * s.format.frame_bytes for s in jvet)
    assert raw_bytes == (
        (294 + 5 * 300) * 3840 * 2160 * 3  # A1, A2
        + 2 * 600 * 1920 * 1080 * 3  # MarketPlace, RitualDance
        + (2 * 500 + 2 * 600) * 1920 * 1080 * 3 // 2  # the rest of B, ArenaOfValor
        + (300 + 600 + 3 * 500) * 832 * 480 * 3 // 2  # C, BasketballDrillText
        + (300 + 600 + 2 * 500) * 416 * 240 * 3 // 2  # D
        + (3 * 600 + 300 + 500) * 1280 * 720 * 3 // 2  # E, SlideEditing, SlideShow
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Tango2", "jvet_ctc/A1/Tango2"),
        ("tango2", "jvet_ctc/A1/Tango2"),
        ("BQTerrace", "jvet_ctc/B/BQTerrace"),  # the same video in both catalogues
        ("hevc_ctc/B/BQTerrace", "hevc_ctc/B/BQTerrace"),
        ("HEVC_CTC/c/racehorses", "hevc_ctc/C/RaceHorses"),
        ("D/RaceHorses", "jvet_ctc/D/RaceHorses"),
        ("RaceHorsesC", "jvet_ctc/C/RaceHorses"),
        ("RaceHorses_832x480_30.yuv", "jvet_ctc/C/RaceHorses"),
        ("RaceHorses_832x480_30fps_8bit_420.y4m", "jvet_ctc/C/RaceHorses"),
        ("RaceHorses_416x240.yuv", "jvet_ctc/D/RaceHorses"),
        ("/data/A1/Tango2_3840x2160_60fps_10bit_420.yuv", "jvet_ctc/A1/Tango2"),
        ("Traffic_2560x1600_30_crop", "hevc_ctc/A/Traffic"),
        ("traffic_2560x1600_30_CROP.Y4M", "hevc_ctc/A/Traffic"),
        ("Kimono1", "hevc_ctc/B/Kimono"),
        ("SteamLocomotiveTrain_2560x1600_60_10bit.yuv", "hevc_ctc/A/SteamLocomotive"),
    ],
)
def test_find(asked: str, found: str) -> None:
    sequence = BUILTIN.find(asked)
    assert sequence is not None
    assert sequence.qualified_name == found


@pytest.mark.parametrize(
    "asked",
    [
        "Foreman",
        "BQTerrace_960x540_60.yuv",
        "BQTerrace_1920x1080_30.yuv",
        "Cactus_1920x1080_50_10bit.yuv",
        "Cactus_1920x1080_50_444.yuv",
        "Cactus_cropped.yuv",
        "hevc_ctc/F/Cactus",
    ],
)
def test_find_nothing(asked: str) -> None:
    assert BUILTIN.find(asked) is None


@pytest.mark.parametrize("asked", ["RaceHorses", "racehorses.yuv", "RaceHorses_30fps.yuv"])
def test_ambiguous_names_list_the_choices(asked: str) -> None:
    with pytest.raises(InputError, match="name one of these") as error:
        BUILTIN.find(asked)
    for choice in ("jvet_ctc/C/RaceHorses", "jvet_ctc/D/RaceHorses", "hevc_ctc/C/RaceHorses"):
        assert choice in str(error.value)


def test_every_sequence_is_found_by_its_own_names() -> None:
    for s in BUILTIN:
        assert BUILTIN.find(s.qualified_name) == s
        by_file = BUILTIN.find(s.file)
        assert by_file is not None
        assert (by_file.file, by_file.frames) == (s.file, s.frames)


def test_users_catalogue(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        ENTRY,
        ENTRY | {"name": "Two", "fps": "59.94", "chroma": "444", "bit_depth": "12"},
        ENTRY | {"name": "3", "fps": "24000/1001", "aliases": "[Drei, Tres]"},
        head="",
    )
    one, two, three = load_catalogue(path)
    assert one == SequenceInfo(
        "Own", "X", "Own_64x32_25.yuv", 64, 32, Fraction(25), 8, 3, Chroma.YUV420, "mine"
    )
    assert (two.fps, two.chroma, two.bit_depth) == (Fraction(60000, 1001), Chroma.YUV444, 12)
    assert (three.name, three.fps) == ("3", Fraction(24000, 1001))
    assert load_catalogue(path).find("tres") == three


def test_users_entries_win(tmp_path: Path) -> None:
    horses = ENTRY | {"name": "RaceHorses", "file": "other.yuv"}
    mine = load_catalogue(written(tmp_path, ENTRY | {"name": "Tango2"}, horses))
    both = BUILTIN.merged(mine)
    assert both.find("Tango2") == both.find("Own_64x32_25.yuv") == next(iter(mine))
    assert both.find("jvet_ctc/A1/Tango2") == get("jvet_ctc/A1/Tango2")
    assert both.find("RaceHorses_832x480_30fps.yuv") == get("jvet_ctc/C/RaceHorses")
    assert both.find("RaceHorses") == list(mine)[1]
    assert len(list(both)) == len(list(BUILTIN)) + 2
    assert BUILTIN.find("Tango2") == get("jvet_ctc/A1/Tango2")


def test_users_entry_replaces_the_one_of_the_same_qualified_name(tmp_path: Path) -> None:
    entry = ENTRY | {"name": "Tango2", "class": "A1"}
    mine = load_catalogue(written(tmp_path, entry, head="catalogue: jvet_ctc"))
    both = BUILTIN.merged(mine)
    assert both.find("jvet_ctc/A1/Tango2") == next(iter(mine))
    assert len(list(both)) == len(list(BUILTIN))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": "-1"}, "'width' is -1, but input should be greater than 0: correct it"),
        ({"width": "'64'"}, "'width' is '64', but input should be a valid integer: correct it"),
        ({"frames": "2.5"}, "'frames' is 2.5, but input should be a valid integer: correct it"),
        ({"frames": "true"}, "'frames' is True, but input should be a valid integer: correct it"),
        ({"fps": "fast"}, "'fps': 'fast' is not a frame rate: give frames per second"),
        ({"fps": ""}, "'fps': 'None' is not a frame rate"),
        ({"widht": "3"}, "'widht' is not a key of a catalogue: correct its spelling"),
        ({"file": "a/b.yuv"}, "'file': it contains a slash: give a plain name"),
        ({"chroma": "411"}, "'chroma' is '411', but input should be '400', '420'"),
        ({"aliases": "One"}, "'aliases' is not a list: write it as [a, b]"),
        ({"bit_depth": "7"}, ": a bit depth of 7 cannot be handled: give 8 to 16"),
        ({"width": "63"}, ": 63x32 cannot be 4:2:0"),
    ],
)
def test_mistakes_in_an_entry(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    path = written(tmp_path, ENTRY | {"name": "First"}, ENTRY | changes)
    with pytest.raises(InputError) as error:
        load_catalogue(path)
    where = f"'{path}': 'sequences.Own"
    due = f"{where}'{message}" if message.startswith(":") else f"{where}.{message[1:]}"
    assert str(error.value).startswith(due)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("field", sorted(ENTRY))
def test_missing_fields(tmp_path: Path, field: str) -> None:
    path = written(tmp_path, {k: v for k, v in ENTRY.items() if k != field})
    with pytest.raises(
        InputError, match=rf"yaml': 'sequences\.[^.]+\.{field}' is missing: add it$"
    ):
        load_catalogue(path)


def test_two_entries_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"two sequences are called '.*/OWN'"):
        load_catalogue(written(tmp_path, ENTRY, ENTRY | {"name": "OWN"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "' is not a catalogue: it has no 'sequences:'"),
        ("- a\n- b\n", "' is not a catalogue: it has no 'sequences:'"),
        ("catalogue: x\n", "': 'sequences' is missing: add it"),
        ("sequences: []\n", "': 'sequences' is an empty list"),
        ("sequences: 3\n", "': 'sequences' is not a list"),
        ("sequences: [foo]\n", "': 'sequences.0' has no keys: write it as {key: value}"),
        ("sequences: [{name: a]\n", "' is not valid YAML in line 1"),
        ("sequence: []\nsequences: []\n", "': '(sequences?)' is "),
    ],
)
def test_mistakes_in_a_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"wrong\.yaml" + message) as error:
        load_catalogue(path)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_catalogue(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        load_catalogue(tmp_path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("name: \u00e9".encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        load_catalogue(latin)
