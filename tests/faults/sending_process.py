"""Sends labels to the vendor when told to. See test_pushes."""

from tests.faults.killed import serve


def begin(told):
    from labeling.operations.sending import send_everything_due  # noqa: PLC0415 - the settings come first

    def send(line):
        send_everything_due()

    return send


if __name__ == "__main__":
    serve(begin)
