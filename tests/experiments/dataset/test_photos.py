"""Video out of photographs: where samples come from, colours, which photographs meet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codecpipe.errors import InputError
from codecpipe.format import VideoFormat
from codecpipe.programs.process import Limits
from experiments.dataset.motion import Motion, random_motion, reach, view, within
from experiments.dataset.photos import hashed_split, open_photos
from experiments.dataset.picture import Photo, picture_of, read_photo
from experiments.dataset.render import Scene, Sprite, make_scene, random_for, render
from experiments.dataset.schema import PhotoPart, RenderingPart

FMT = VideoFormat(64, 48)
WIDTH, HEIGHT = 140, 110


def waves(x, y):
    """A picture that is known everywhere."""
    return 120 + 60 * np.sin(x / 5) * np.cos(y / 7)


def picture(of=waves):
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    half_x, half_y = 2 * x[:55, :70] + 0.5, 2 * y[:55, :70] + 0.5
    return picture_of(of(x, y), of(half_x, half_y), 255 - of(half_x, half_y))


def flat(value):
    return picture(lambda x, _y: np.full_like(x, value))


def planes_of(scene, count):
    return [[p.astype(float) for p in FMT.planes(f)] for f in render(scene, FMT, count)]


def test_a_camera_moves_by_its_sub_pixel_steps():
    camera = Motion((60.25, 50.5), velocity=(0.37, -0.21))
    y, x = np.mgrid[0:48, 0:64].astype(float)
    for t, (luma, cb, cr) in enumerate(planes_of(Scene(picture(), camera, ()), 5)):
        at = 60.25 - 31.5 + 0.37 * t, 50.5 - 23.5 - 0.21 * t
        due = waves(at[0] + x, at[1] + y)
        assert np.abs(luma - due).max() < 0.6  # rounding is 0.5
        # Chroma samples lie on every other luma sample, half-way between two rows.
        due = waves(at[0] + x[::2, ::2], at[1] + y[::2, ::2] + 0.5)
        assert np.abs(cb - due).max() < 1.2  # at half the sampling rate the spline is less exact
        assert np.abs(cr - (255 - due)).max() < 1.2


def test_turn_and_zoom_leave_the_centre_where_it_is():
    camera = Motion((70.0, 55.0), turn=0.01, zoom=0.02)
    y, x = np.mgrid[0:48, 0:64].astype(float)
    (luma, _, _) = planes_of(Scene(picture(), camera, ()), 4)[3]
    angle, size = -0.03, np.exp(-0.06)
    across, down = x - 31.5, y - 23.5
    due = waves(
        70 + size * (np.cos(angle) * across - np.sin(angle) * down),
        55 + size * (np.sin(angle) * across + np.cos(angle) * down),
    )
    assert np.abs(luma - due).max() < 0.6


def test_a_ramp_moves_by_slope_times_step():
    ramp = picture(lambda x, y: 20 + 1.2345 * x + 0.317 * y)
    camera = Motion((60, 50), velocity=(0.4, 0.9), sway=(1.5, 0), period=10, phase=0.3)
    lumas = [luma for luma, _, _ in planes_of(Scene(ramp, camera, ()), 6)]
    for t in range(5):
        across, down = np.subtract(camera.centre(t + 1), camera.centre(t))
        due = 1.2345 * across + 0.317 * down
        assert (lumas[t + 1] - lumas[t]).mean() == pytest.approx(due, abs=0.02)


def test_a_sprite_moves_by_itself():
    motion = Motion((20.0, 24.0), velocity=(1.3, -0.45))
    sprite = Sprite(flat(200), (60, 50), (9, 7), 2, 2.5, motion)
    still = Motion((70, 55))
    y, x = np.mgrid[0:48, 0:64].astype(float)
    for t, (luma, cb, _) in enumerate(planes_of(Scene(flat(40), still, (sprite,)), 8)):
        weight = luma - 40
        centre = (x * weight).sum() / weight.sum(), (y * weight).sum() / weight.sum()
        assert centre == pytest.approx(motion.centre(t), abs=0.05)
        assert luma.max() == 200
        weight = cb - 40
        centre = (2 * np.arange(32) * weight).sum() / weight.sum()
        assert centre == pytest.approx(motion.centre(t)[0], abs=0.1)


def test_a_sprite_carries_its_picture_along():
    motion = Motion((30.0, 24.0), velocity=(0.6, 0.25))
    sprite = Sprite(picture(), (62.5, 51.25), (14, 12), 16, 2, motion)
    y, x = np.mgrid[0:48, 0:64].astype(float)
    for t, (luma, _, _) in enumerate(planes_of(Scene(flat(0), Motion((70, 55)), (sprite,)), 4)):
        across, down = x - (30 + 0.6 * t), y - (24 + 0.25 * t)
        inside = (np.abs(across) < 9) & (np.abs(down) < 7)
        due = waves(62.5 + across, 51.25 + down)
        assert np.abs(luma - due)[inside].max() < 0.6


@given(st.integers(0, 10**6), st.floats(0, 30))
@settings(max_examples=30)
def test_a_view_and_its_inverse_agree(seed, frame):
    motion = random_motion(np.random.default_rng(seed), 0.2, 4)
    x, y = view(motion, frame, 10.0, 20.0, 64, 48)
    # A thing that moves as the camera's centre does and is turned alike lies where it is seen.
    back = motion.matrix(frame) @ (np.array([x, y]) - motion.centre(frame))
    assert back == pytest.approx((10 - 31.5, 20 - 23.5))
    assert within(motion, frame, *motion.centre(frame)) == pytest.approx((0, 0))


def noise_photo(width, height, seed=0, name="noise.ppm"):
    rgb = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Photo(name, rgb)


def put_photo(path, rgb):
    height, width = rgb.shape[:2]
    path.write_bytes(b"P6\n%d %d\n255\n" % (width, height) + rgb.tobytes())
    return path


@pytest.mark.parametrize("seed", range(4))
def test_the_camera_never_leaves_the_photograph(seed):
    fmt = VideoFormat(128, 96)
    scene = make_scene(noise_photo(220, 180), (), fmt, 17, np.random.default_rng(seed))
    least, most = reach(scene.camera, 17, 128, 96)
    width, height = scene.picture.size
    assert (least >= 0).all()
    assert most[0] <= width - 1
    assert most[1] <= height - 1
    assert 220 / width >= 1.29


def test_too_small_a_photograph():
    with pytest.raises(InputError, match="of 130x100 is too small for clips of 128x96"):
        make_scene(noise_photo(130, 100), (), VideoFormat(128, 96), 9, np.random.default_rng(0))


def test_colours_are_bt709_limited_range(tmp_path):
    rgb = np.zeros((96, 128, 3), np.uint8)
    rgb[:] = (200, 60, 30)
    photo = read_photo(put_photo(tmp_path / "p.ppm", rgb), tmp_path)
    assert np.array_equal(photo.rgb, rgb)
    red, green, blue = 200 / 255, 60 / 255, 30 / 255
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    made = photo.scaled(1.3)
    at = np.array([40.0]), np.array([30.0])
    assert made.luma_at(*at) == pytest.approx(16 + 219 * luma, abs=0.3)
    cb, cr = made.chroma_at(*at)
    assert cb == pytest.approx(128 + 224 * (blue - luma) / 1.8556, abs=0.3)
    assert cr == pytest.approx(128 + 224 * (red - luma) / 1.5748, abs=0.3)


def test_scaling_down_keeps_positions():
    x = np.arange(260)
    rgb = np.tile(np.rint(x * 255 / 259).astype(np.uint8)[:, None], (96, 1, 3))
    made = Photo("ramp", rgb).scaled(1.3)
    assert made.size == (200, 74)
    at = np.array([50.0, 100.5, 140.25])
    source = (at + 0.5) * 1.3 - 0.5
    assert made.luma_at(at, np.full(3, 30.0)) == pytest.approx(16 + 219 * source / 259, abs=0.6)


def test_rendering_is_reproducible(tmp_path):
    for i in range(3):
        put_photo(tmp_path / f"p{i}.ppm", noise_photo(200, 160, i).rgb)
    parts = (PhotoPart(files=("*.ppm",), licence="CC0", split="train"),)

    def frames(seed):
        rendering = RenderingPart(width=96, height=64, frames=4, seed=seed)
        clip = next(open_photos(parts, rendering, tmp_path))
        made = list(clip.frames(tmp_path, Limits()))
        assert len(made) == 4
        assert len({frame.tobytes() for frame in made}) == 4  # it moves
        return clip.origin(), [frame.tobytes() for frame in made]

    assert frames(1) == frames(1)
    assert frames(1) != frames(2)


def test_sprites_come_from_the_same_split(tmp_path):
    for i in range(12):
        put_photo(tmp_path / f"p{i}.ppm", noise_photo(4, 4).rgb)
    parts = (
        PhotoPart(files=tuple(f"p{i}.ppm" for i in range(8)), licence="A", split="train"),
        PhotoPart(files=("p8.ppm", "p9.ppm"), licence="B", split="validation"),
        PhotoPart(files=("p1[01].ppm",), licence="C", split="train"),
    )
    clips = list(open_photos(parts, RenderingPart(sprites=3), tmp_path))
    assert [clip.name for clip in clips][-3:] == ["photo-p9", "photo-p10", "photo-p11"]
    split_of = {clip.photo.path: clip.split for clip in clips}
    for clip in clips:
        assert 1 <= len(clip.others) <= 3
        assert clip.photo not in clip.others
        assert {split_of[other.path] for other in clip.others} == {clip.split}
    assert {clip.licence for clip in clips if clip.split == "validation"} == {"B"}


def test_photos_that_are_not_there(tmp_path):
    put_photo(tmp_path / "a.ppm", noise_photo(4, 4).rgb)
    (tmp_path / "empty").mkdir()
    for files, said in (
        (("none.png",), "does not exist"),
        (("*.png",), "no photograph in"),
        (("empty",), "no photograph in"),
        (("a.ppm", "*.ppm"), "named twice"),
    ):
        with pytest.raises(InputError, match=said):
            list(open_photos((PhotoPart(files=files, licence="x"),), RenderingPart(), tmp_path))
    (tmp_path / "b.png").write_text("no picture")
    with pytest.raises(InputError, match="reads no picture"):
        read_photo(tmp_path / "b.png", tmp_path)


def test_one_in_ten_is_for_validation():
    names = [f"photo-{i}" for i in range(2000)]
    share = sum(hashed_split(name) == "validation" for name in names) / 2000
    assert 0.07 < share < 0.13
    assert random_for(1, "a").uniform() != random_for(1, "b").uniform()
