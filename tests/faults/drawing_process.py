"""Fills a queue when told to. See test_draws."""

from tests.faults.killed import serve


def begin(told):
    from labeling.filters.queue_rules import get_frame  # noqa: PLC0415 - the settings come first
    from labeling.operations import draws  # noqa: PLC0415

    # Many small batches, so that there is much to be cut off.
    draws.BATCH = told["batch"]

    def draw(line):
        draws.carry_out_draw(draw_pk=int(line), frame_of=get_frame)

    return draw


if __name__ == "__main__":
    serve(begin)
