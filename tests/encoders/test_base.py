"""The facts that each codec's class states: they hold, and what is beyond them is refused."""

import re

import pytest
from kits.pipeline import FFMPEG_CODECS

from codecpipe.codec import CodecOptions, CodingSettings
from codecpipe.errors import InputError
from codecpipe.layout import Config
from encoders import CODECS, get_codec


def _check(name, config, **settings):
    codec = get_codec(name)
    options = codec.resolve(CodecOptions(codec.fast_preset))
    codec.check(CodingSettings(config=config, qp=32, intra_period=8, options=options, **settings))


@pytest.mark.parametrize("name", CODECS)
def test_a_codec_is_registered_by_its_own_name(name):
    codec = get_codec(name)
    assert codec.name == name
    assert re.fullmatch(r"\.[a-z0-9]{2,5}", codec.suffix)
    assert codec.core_s_per_megapixel > 0
    assert list(codec.depths) == sorted(codec.depths)
    assert set(codec.picture_qps) <= set(codec.configs) <= set(Config)


@pytest.mark.parametrize("config", Config)
@pytest.mark.parametrize("name", FFMPEG_CODECS)
def test_the_configurations_stated_are_those_taken(name, config):
    if config in get_codec(name).configs:
        _check(name, config)
    else:
        with pytest.raises(InputError, match=f"{name} has no {config}.*choose"):
            _check(name, config)


@pytest.mark.parametrize("config", Config)
@pytest.mark.parametrize("name", FFMPEG_CODECS)
def test_the_configurations_with_picture_qps_stated_are_those_taken(name, config):
    if config in get_codec(name).picture_qps:
        _check(name, config, qp_offsets=(0, 1, 2))
    else:
        with pytest.raises(InputError, match=f"{name} (cannot give each picture|has no)"):
            _check(name, config, qp_offsets=(0, 1, 2))


def test_the_codec_named_in_the_refusal_can_do_it():
    assert get_codec("x265").picture_qps == (Config.LDP, Config.RA)


@pytest.mark.parametrize("name", FFMPEG_CODECS)
def test_its_presets_are_among_those_it_takes(name):
    codec = get_codec(name)
    assert {codec.default_preset, codec.fast_preset} <= set(codec.presets)
    assert codec.resolve(CodecOptions()).preset == codec.default_preset


@pytest.mark.parametrize("name", sorted({*CODECS} - {"vtm"}))
def test_pictures_of_changing_size_are_refused(name):
    with pytest.raises(InputError, match="choose --codec vtm, or another layout"):
        get_codec(name).check(
            CodingSettings(
                config=Config.RA, qp=32, intra_period=8, options=CodecOptions(), rpr=True
            )
        )
