"""The README's table of networks is what ``codecpipe methods`` says."""

import importlib.util

from kits.documents import ROOT


def test_the_table_agrees_with_the_command():
    spec = importlib.util.spec_from_file_location(
        "methods_table", ROOT / "docs" / "_ext" / "methods_table.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (block,) = module.BLOCK.findall(module.README.read_text(encoding="utf-8"))
    advice = "run python docs/_ext/methods_table.py"
    assert block == module.methods_table(module.method_rows()), advice
