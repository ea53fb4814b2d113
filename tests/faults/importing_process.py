"""Works on an import when told to. See test_imports."""

from django.conf import settings

from tests.faults.killed import serve


def begin(told):
    settings.IMPORT_DIR = told["folder"]
    from labeling.imports import running, taking  # noqa: PLC0415 - the settings come first
    from labeling.imports.background import take_file  # noqa: PLC0415

    # Many small batches, so that there is much to be cut off.
    running.BATCH = taking.BATCH = told["batch"]

    def take(line):
        take_file(file_import_pk=int(line))

    return take


if __name__ == "__main__":
    serve(begin)
