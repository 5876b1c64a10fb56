"""Curve files: what is read, and the one sentence for what is not."""

import json

import pytest

from bdrate import BDError, CurveFileError, NonFiniteError, compare, read_curves

CSV = """\
sequence,class,qp,rate_kbps,psnr_y,vmaf
BasketballDrive,B,22,800,38,97
BasketballDrive,B,27,400,36,92
Kimono,B,22,900,40,98
BasketballDrive,B,32,200,33,84
Kimono,B,27,450,38,93
"""


def write(tmp_path, text, name="curves.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_rows_are_grouped_by_their_keys_but_not_by_qp(tmp_path):
    curves = read_curves(write(tmp_path, CSV), "vmaf")
    drive, kimono = curves
    assert drive == (("sequence", "BasketballDrive"), ("class", "B"))
    assert curves[drive].rate_kbps == (800, 400, 200)
    assert curves[drive].quality == (97, 92, 84)
    assert curves[drive].metric == "vmaf"
    assert curves[drive].label == "BasketballDrive"
    assert curves[kimono].quality == (98, 93)


def test_keys_can_be_chosen(tmp_path):
    text = "enhancer,rate_kbps,psnr_y\nq22,800,38\nq27,400,36\n"
    path = write(tmp_path, text)
    assert len(read_curves(path)) == 2
    assert read_curves(path, by=[])[()].quality == (38, 36)
    with pytest.raises(CurveFileError, match="no column 'seed'"):
        read_curves(path, by=["seed"])


def test_a_file_without_keys_is_one_curve(tmp_path):
    path = write(tmp_path, "rate_kbps,psnr_y\n100,30\n200,33\n")
    assert list(read_curves(path)) == [()]


def test_byte_order_mark_spaces_blank_lines_and_crlf_are_read(tmp_path):
    text = b"\xef\xbb\xbfrate_kbps , psnr_y\r\n100, 30\r\n\r\n2e2 ,33.5\r\n"
    (curve,) = read_curves(write(tmp_path, text)).values()
    assert curve.rate_kbps == (100, 200)
    assert curve.quality == (30, 33.5)


@pytest.mark.parametrize(
    "data",
    [
        [{"rate_kbps": 100, "psnr_y": 30, "qp": 37}, {"rate_kbps": "200", "psnr_y": 33.5}],
        {"rate_kbps": [100, 200], "psnr_y": [30, 33.5]},
    ],
)
@pytest.mark.parametrize("name", ["curves.json", "curves.txt"])
def test_json_rows_and_json_lists_are_read(tmp_path, data, name):
    (curve,) = read_curves(write(tmp_path, json.dumps(data), name)).values()
    assert curve.rate_kbps == (100, 200)
    assert curve.quality == (30, 33.5)


def test_an_infinite_psnr_is_read_and_refused_only_when_used(tmp_path):
    path = write(tmp_path, "rate_kbps,psnr_y,vmaf\n100,30,50\n200,inf,60\n")
    (curve,) = read_curves(path).values()
    with pytest.raises(NonFiniteError, match="lossless"):
        compare(curve, curve)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("rate_kbps,psnr_y\n", "has no rate points"),
        ("[]", "has no rate points"),
        ("rate,psnr_y\n100,30\n", "no column 'rate_kbps'; it has rate, psnr_y"),
        ("rate_kbps,ssim,vmaf\n100,1,2\n", "no column 'psnr_y'; it has rate_kbps, ssim, vmaf"),
        ("rate_kbps;psnr_y\n100,5;30,2\n", "by semicolons: save it with commas"),
        ("rate_kbps\tpsnr_y\n100\t30\n", "by tabs: save it with commas"),
        ("rate_kbps,psnr_y\n100,30\n200,good\n", "row 3, column psnr_y: 'good' is not a number"),
        ("rate_kbps,psnr_y\n100,30\n,33\n", "row 3, column rate_kbps: the cell is empty"),
        ('rate_kbps,psnr_y\n"1,000",30\n', "'1,000' is not a number"),
        ("rate_kbps,psnr_y\n1_000,30\n", "is not a number"),
        ("rate_kbps,psnr_y\n100,30,7\n", "line 2, has 3 fields and the header 2"),
        ("rate_kbps,psnr_y\n100\n", "line 2, has 1 fields and the header 2"),
        ("rate_kbps,psnr_y,psnr_y\n100,30,31\n", "column 'psnr_y' more than once"),
        ('rate_kbps,psnr_y\n"100,30\n', "is not a CSV file"),
        (b"\xff\xfer\x00a\x00t\x00e\x00", "cannot be read as UTF-8"),
        (b"rate_kbps,psnr_y\n\0\0\n", "is not a text file"),
        ('[{"rate_kbps": 1,', "is not valid JSON"),
        ('{"rate_kbps": [1, 2], "psnr_y": [3]}', "not equally long (rate_kbps 2, psnr_y 1)"),
        ('{"rate_kbps": 1, "psnr_y": 2}', "list of row objects or an object of lists"),
        ("[1, 2]", "list of row objects or an object of lists"),
        ('[{"rate_kbps": 1, "psnr_y": null}]', "row 1, column psnr_y: the cell is empty"),
        ('[{"rate_kbps": true, "psnr_y": 2}]', "'True' is not a number"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(CurveFileError) as caught:
        read_curves(path)
    said = str(caught.value)
    assert message in said
    assert str(path) in said
    assert said.endswith(".") and "\n" not in said
    assert isinstance(caught.value, BDError)


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(CurveFileError, match="is not there"):
            read_curves(path)
