"""What the reader of HM's and VTM's logs refuses, and with which sentence."""

import re
from pathlib import Path

import pytest

from codecpipe.errors import FileFormatError
from encoders.reference.log import parse_log

LOGS = Path(__file__).parents[2] / "data" / "logs"
LDP = (LOGS / "vtm" / "ldp.log").read_text(encoding="utf-8")
DECODER = """
HM software: Decoder Version [16.25] (including RExt)[Linux][GCC 12.2.0][64 bit]

POC    0 TId: 0 ( I-SLICE, QP 36 ) [DT  0.004] [L0 ] [L1 ] [MD5:6f096e0e8b97,(OK)]

 Total Time:        0.020 sec.
"""

FAILED = {
    "hm_bad_gop": "printed 'Error: Intra period must be more than GOP size",
    "hm_bad_option": "Unknown option `NoSuchOption'",
    "hm_bad_value": "printed 'Error: QP exceeds supported range",
    "hm_bad_width": "use ConformanceWindowMode=1",
    "hm_cut": "ends before the line 'Total Time'",
    "hm_empty_input": "coded no picture",
    "hm_missing_config": "missing.cfg error: Failed to open config file",
    "hm_missing_input": "printed 'failed to open Input YUV file'",
    "hm_no_output": "printed 'failed to open bitstream file `nowhere/m.bin' for writing'",
    "vtm_bad_option": "Unknown option `NoSuchOption'",
    "vtm_bad_value": "printed 'Error: QP exceeds supported range",
    "vtm_cut": "ends before the line 'Total Time'",
    "vtm_empty_input_killed": "ends before the line 'Total Time'",
    "vtm_killed": "ends before the line 'Total Time'",
    "vtm_missing_config": "missing.cfg error: Failed to open config file",
    "vtm_missing_input": "Failed to open input YUV file: missing.yuv",
    "vtm_perceptual_wpsnr": "encode again without --WPSNR=1",
    "vtm_verbosity2": "has no summary",
}


def test_every_failed_log_is_looked_at():
    assert {path.stem for path in (LOGS / "failed").glob("*.log")} == set(FAILED)


@pytest.mark.parametrize("name", FAILED)
def test_a_failed_run_is_refused_with_what_it_printed(name):
    text = (LOGS / "failed" / f"{name}.log").read_text(encoding="utf-8")
    with pytest.raises(FileFormatError) as error:
        parse_log(text, f"{name}.log")
    assert str(error.value).startswith(f"{name}.log ")
    assert FAILED[name] in str(error.value)
    assert "\n" not in str(error.value)


REFUSED = {
    "no log of HM's or VTM's encoder": lambda text: "POC 0\n" + text[200:],
    "the log of a decoder": lambda text: DECODER,
    "holds the logs of 2 runs": lambda text: text + text,
    "of several layers": lambda text: re.sub(
        r"(LayerId  0.*?)(?=\n finished)",
        lambda m: m[1] + m[1].replace(" a ", " a1").replace("LayerId  0", "LayerId  1"),
        text,
        flags=re.DOTALL,
    ),
    "several summaries": lambda text: text.replace("b  -nan", "a  -nan"),
    "field coding": lambda text: text.replace("\nPOC", "\n  Interlaced frame 0: [Y\nPOC"),
    "no rate or no PSNR": lambda text: re.sub(r"(3            a  )\S+", r"\1-nan", text),
    "counts 4 frames": lambda text: text.replace("3            a", "4            a"),
    "a summary row of 4 numbers under 5": lambda text: re.sub(r"(  a  \S+ +)\S+", r"\1", text),
    "that is no number": lambda text: re.sub(r"(  a  )\S+", r"\1many", text),
    "cannot be read: 'POC    1": lambda text: text.replace("TRAIL, P-SLICE, QP", "P-SLICE, Q", 1),
    "no PSNR in the line of POC 1": lambda text: re.sub(r"384 bits \[.*?\]", "384 bits", text),
    "no time in the line of POC 2": lambda text: re.sub(r"(512 .*) \[ET.*?\]", r"\1", text),
    "no column Y-PSNR": lambda text: text.replace("Y-PSNR ", "Y-SNR ", 1),
}  # fmt: skip


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_be_a_result_is_refused(sentence):
    with pytest.raises(FileFormatError, match=re.escape(sentence)):
        parse_log(REFUSED[sentence](LDP), "x.log")
