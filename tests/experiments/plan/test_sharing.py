"""Equal streams of a sweep: found, coded once, and of the same bytes as when coded alone."""

import pytest

from codecpipe.errors import MismatchError
from encoders import get_codec
from experiments.plan.sharing import source_key, streams_of
from experiments.rd import plan_experiment
from experiments.run.streams import store_of

pytestmark = pytest.mark.codec


def _plan(folder, clip, layouts, **more):
    extra = "".join(f"{name}: {value}\n" for name, value in more.items())
    text = (
        f"name: x\nsequences: [{{file: {clip}}}]\ncodecs: [{{codec: x265, preset: ultrafast}}]\n"
        f"layouts: {layouts}\nqps: [27, 32]\n{extra}"
    )
    return plan_experiment(text, "x", folder).encodes


def _shared(encodes):
    return {(e.points[0].method, e.job.qp): [name for name, _ in e.shared] for e in encodes}


def test_key_frames_are_shared_by_all_offsets(tmp_path, moving_clip):
    two = "{layout: crs, gop: 3}, {layout: crs, gop: 3, delta_qp: 2}"
    layouts = f"[{two}, {{layout: crs, gop: 6, name: long}}]"
    encodes = _plan(tmp_path, moving_clip(64, 64, 6), layouts)
    shared = _shared(encodes)
    assert shared["anchor", 27] == []
    assert shared["crs k2 δ5 + lanczos", 27] == shared["crs k2 δ2 + lanczos", 32] == ["hr"]
    other = next(e for e in encodes if e.job.layout.options.gop == 6)
    assert other.shared == ()
    assert len(streams_of(encodes)) == 2


def test_uniform_shares_its_stream_at_equal_inter_qp(tmp_path, moving_clip):
    layouts = "[{layout: uniform, delta_qp: 5}, {layout: uniform, delta_qp: 0}]"
    shared = _shared(_plan(tmp_path, moving_clip(64, 64, 3), layouts, qps="[27, 32]"))
    assert shared["uniform k2 δ5 + lanczos", 32] == shared["uniform k2 δ0 + lanczos", 27] == ["lr"]
    assert shared["uniform k2 δ5 + lanczos", 27] == shared["uniform k2 δ0 + lanczos", 32] == []


def test_another_kernel_or_another_clip_is_another_stream(tmp_path, moving_clip):
    clip = moving_clip(64, 64, 3)
    one = _plan(tmp_path, clip, "[{layout: uniform, delta_qp: 5}]")
    two = _plan(tmp_path, clip, "[{layout: uniform, delta_qp: 5}]", kernel="lanczos")
    longer = _plan(tmp_path, moving_clip(64, 64, 5), "[{layout: uniform, delta_qp: 5}]")
    assert source_key(one[0].sequence) == source_key(two[0].sequence)
    assert source_key(one[0].sequence) != source_key(longer[0].sequence)


def test_a_stored_stream_gives_the_same_file(tmp_path, moving_clip):
    from codecpipe.encoding import encode, encode_shared

    layouts = "[{layout: crs, gop: 3}, {layout: crs, gop: 3, delta_qp: 2}]"
    encodes = _plan(tmp_path, moving_clip(64, 64, 6), layouts)
    codec = get_codec("x265")
    for planned in [e for e in encodes if e.shared and e.job.qp == 32]:
        source, job = planned.sequence.source, planned.job
        alone = encode(source, codec, job, tmp_path / "alone.cpv")
        store = store_of(planned, tmp_path / "streams")
        encode_shared(source, codec, job, ["hr"], store)
        with_store = encode(source, codec, job, tmp_path / "stored.cpv", store=store)
        assert (tmp_path / "alone.cpv").read_bytes() == (tmp_path / "stored.cpv").read_bytes()
        held = store.get(planned.shared[0][1])
        lr_only = with_store.times.cpu_s["encode"] - held.run.cpu_s
        assert 0 < lr_only < with_store.times.cpu_s["encode"]
        assert alone.manifest == with_store.manifest
    assert len(list((tmp_path / "streams").rglob("*.stream"))) == 1


def test_a_stored_stream_that_was_altered_is_found_out(tmp_path, moving_clip):
    from codecpipe.encoding import encode, encode_shared

    layouts = "[{layout: crs, gop: 3}, {layout: crs, gop: 3, delta_qp: 2}]"
    planned = next(e for e in _plan(tmp_path, moving_clip(64, 64, 6), layouts) if e.shared)
    source, job, codec = planned.sequence.source, planned.job, get_codec("x265")
    store = store_of(planned, tmp_path / "streams")
    encode_shared(source, codec, job, ["hr"], store)
    (path,) = (tmp_path / "streams").rglob("*.stream")
    data = bytearray(path.read_bytes())
    data[-9] ^= 0x55
    path.write_bytes(data)
    with pytest.raises(MismatchError, match="delete it and start again"):
        encode(source, codec, job, tmp_path / "x.cpv", store=store)
    path.write_bytes(bytes(data[:-1]))  # cut off: as if it were not there
    assert store.get(planned.shared[0][1]) is None
