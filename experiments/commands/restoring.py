"""Enhancers with weights: what a file or a run was made for is what it is restored with."""

from fractions import Fraction
from pathlib import Path

from codecpipe.adaptive.decoder import AdaptiveDecoder
from codecpipe.decoding import Decoder
from codecpipe.enhancer import Enhancer, restored
from codecpipe.errors import InputError
from codecpipe.video.output import write_video
from enhancers import enhancer_weights, get_enhancer
from enhancers.engine.options import EngineOptions
from enhancers.names import parse_choice
from enhancers.weights.file import SUFFIX


def file_enhancer(
    decoder: Decoder | AdaptiveDecoder, named: str | None, options: EngineOptions
) -> Enhancer:
    """The enhancer for a file: the one that is named, else the file's own, else Lanczos.

    The file's own must have just the weights that the file was made for.

    Raises:
        InputError: see `enhancers.get_enhancer`; the file's weights are not here.
    """
    own = decoder.manifest.enhancer
    if named is None and own is not None:
        _check_own(decoder, own)
    return get_enhancer(named or own or "lanczos", options=options)


def write_restored(
    decoder: Decoder | AdaptiveDecoder, enhancer: Enhancer, output: Path, output_depth: str
) -> str:
    """Write a file's restored video; says what was written.

    ``output_depth``: "source", or "coded" for the one that was coded and measured in.

    Raises:
        CodecpipeError: any of decoding and restoring.
    """
    manifest, fmt = decoder.manifest, decoder.fmt
    depth = fmt.bit_depth if output_depth == "coded" else manifest.sequence.bit_depth
    count = write_video(output, restored(decoder, enhancer), fmt, depth, manifest.fps)
    return f"{output}: {count} frames, {fmt.size}, {depth} bit"


def _check_own(decoder: Decoder | AdaptiveDecoder, name: str) -> None:
    choice = parse_choice(name)
    meant = {one.sha256: one.name for one in decoder.manifest.weights}
    if choice.weights.endswith(SUFFIX):
        # No path out of a file is opened.
        raise InputError(
            f"'{decoder.file.path.name}' was made for weights {', '.join(meant.values())}, which do"
            f" not come with codecpipe: name their file, --enhancer {choice.base}:PATH"
        )
    for part in decoder.file.parts:
        layout, codec = part.manifest.layout, part.manifest.codec.name
        if part.manifest.resample is None:
            continue
        found = enhancer_weights(
            name, codec, layout.config.value, Fraction(layout.scale), layout.name
        )
        if found is not None and found.sha256 not in meant:
            raise InputError(
                f"'{decoder.file.path.name}' was made for weights {', '.join(meant.values())} of"
                f" another version of codecpipe: take these with --enhancer {choice.base}, or"
                " install that version"
            )
