"""``--format``: each listing command's table in each form."""

import io
import json

import openpyxl
import pytest
from click.testing import CliRunner

from experiments.commands.bdrate import bdrate_command
from experiments.commands.logs import logs_command
from experiments.commands.sequences import sequences_command
from experiments.commands.weights import weights_command

CURVE = "sequence,rate_kbps,psnr_y\n" + "".join(
    f"{name},{rate * factor},{quality}\n"
    for name, factor in (("S1", 1.0), ("S2", 2.0))
    for rate, quality in ((100, 30), (200, 33), (400, 36), (800, 39))
)


@pytest.fixture
def arguments(tmp_path, request):
    """The arguments of each command on small files."""
    (tmp_path / "a.csv").write_text(CURVE)
    cheaper = [line.split(",") for line in CURVE.splitlines()[1:]]
    test = "\n".join(f"{name},{0.9 * float(rate)},{q}" for name, rate, q in cheaper)
    (tmp_path / "b.csv").write_text("sequence,rate_kbps,psnr_y\n" + test + "\n")
    logs = request.path.parents[2] / "data" / "logs" / "curves"
    return {
        "bdrate": (bdrate_command, [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]),
        "logs": (logs_command, [str(logs / "hm"), str(logs / "vtm")]),
        "sequences": (sequences_command, ["list"]),
        "weights": (weights_command, ["list"]),
    }


SAID = {
    "bdrate": ("Overall", "-10.00"),
    "logs": ("HM 16.25 (anchor)", "398.267"),
    "sequences": ("hevc_ctc/D/BasketballPass", "500"),
    "weights": ("LDP", "crs"),
}
COMMANDS = tuple(SAID)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", ["markdown", "html", "latex"])
def test_readable_forms_say_what_the_terminal_says(arguments, command, form):
    called, args = arguments[command]
    ran = CliRunner().invoke(called, [*args, "--format", form])
    assert ran.exit_code == 0, ran.output
    plain = ran.stdout.replace("\\_", "_").replace("−", "-")
    for text in SAID[command]:
        assert text in plain
    assert {"markdown": "|:--", "html": "</table>", "latex": r"\toprule"}[form] in ran.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_csv_has_a_line_a_row_and_excel_the_same_rows(arguments, command):
    called, args = arguments[command]
    lines = CliRunner().invoke(called, [*args, "--format", "csv"]).stdout.split("\n\n")[0]
    rows = lines.strip().splitlines()
    ran = CliRunner().invoke(called, [*args, "--format", "xlsx"])
    sheet = openpyxl.load_workbook(io.BytesIO(ran.stdout_bytes))["Tables"]
    names = {str(row[0].value) for row in sheet.iter_rows()}
    assert len(rows) > 1
    for row in rows[1:]:
        assert row.partition(",")[0].strip('"') in names


@pytest.mark.parametrize("command", COMMANDS)
def test_two_forms_at_once_are_refused(arguments, command):
    called, args = arguments[command]
    ran = CliRunner().invoke(called, [*args, "--json", "--format", "csv"])
    assert ran.exit_code == 1
    assert "--json and --format ask for two forms" in str(ran.exception)


def test_csv_of_deltas_has_all_digits_and_the_keys_of_reports(arguments):
    called, args = arguments["bdrate"]
    head, first, *_ = CliRunner().invoke(called, [*args, "--format", "csv"]).stdout.splitlines()
    assert head == "sequence,bd_rate_y_percent,bd_psnr_y_db,overlap"
    assert float(first.split(",")[1]) == pytest.approx(-10)
    (one, _) = json.loads(CliRunner().invoke(called, [*args, "--json"]).stdout)
    assert float(first.split(",")[1]) == one["results"]["psnr_y"]["bd_rate_percent"]
