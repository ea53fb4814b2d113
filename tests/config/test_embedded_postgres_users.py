import signal

import pytest

from tests.config.embedded_server import run_program, server_at, start_program, wait_until

USES_AND_WAITS = "say(ask('SELECT 1')); sys.stdin.read()"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with server_at(tmp_path_factory.mktemp("users") / "data") as server:
        yield server


@pytest.fixture(autouse=True)
def no_server_of_others(server):
    server.stop_if_unused()
    server.stop()


def begin(program):
    assert program.stdout.readline() == "1\n"


def test_last_user_stops_the_server(server):
    first, second = (start_program(USES_AND_WAITS, server) for _ in range(2))
    begin(first)
    begin(second)

    first.communicate()
    assert server.is_answering()

    second.communicate()
    assert not server.is_answering()


def test_killed_user_does_not_count(server):
    killed, last = (start_program(USES_AND_WAITS, server) for _ in range(2))
    begin(killed)
    begin(last)

    killed.kill()
    killed.communicate()
    last.communicate()

    assert not server.is_answering()


def test_stopping_ends_the_use_of_this_process_only(server):
    server.ensure_running()
    other = start_program(USES_AND_WAITS, server)
    begin(other)

    server.stop_if_unused()
    assert server.is_answering()

    other.communicate()
    assert not server.is_answering()


def test_forked_child_does_not_stop_its_parents_server(server):
    words = run_program(
        """
ask("SELECT 1")
if os.fork() == 0:
    sys.exit()
os.wait()
say(connection.server.is_answering())
""",
        server,
    )

    assert words == "True"
    assert not server.is_answering()


def test_forked_child_that_uses_the_server_keeps_it_after_its_parent(server):
    program = start_program(
        """
ask("SELECT 1")
say(1)
parent = os.getpid()
if os.fork() == 0:
    connection.connection = None
    ask("SELECT 1")
    say("child")
    # Both read from one pipe, and the first line is for the parent.
    while os.getppid() == parent:
        time.sleep(0.01)
    sys.stdin.readline()
    say(ask("SELECT 2"))
    sys.exit()
sys.stdin.readline()
""",
        server,
    )
    begin(program)
    assert program.stdout.readline() == "child\n"

    program.stdin.write("end\n")
    program.stdin.flush()
    wait_until(lambda: program.poll() is not None)
    words, _ = program.communicate(timeout=10)

    assert words == "2\n"
    assert not server.is_answering()


def test_idle_forked_child_does_not_keep_the_server(server):
    program = start_program(
        """
ask("SELECT 1")
if os.fork() == 0:
    os.close(1)
    time.sleep(3)
say(1)
""",
        server,
    )
    begin(program)
    program.communicate()

    assert not server.is_answering()


def test_worker_process_stops_the_server_when_it_is_the_last(server):
    run_program(
        """
import multiprocessing
worker = multiprocessing.get_context("fork").Process(target=lambda: ask("SELECT 1"))
worker.start()
worker.join()
""",
        server,
    )

    assert not server.is_answering()


def test_ctrl_c_stops_the_server_through_its_user(server):
    program = start_program(USES_AND_WAITS, server)
    begin(program)

    program.send_signal(signal.SIGINT)
    program.communicate()

    assert not server.is_answering()


def test_process_that_starts_while_another_stops_gets_an_answer(server):
    program = "say(ask('SELECT 1'))"
    for _ in range(2):
        leaving = start_program(USES_AND_WAITS, server)
        begin(leaving)
        leaving.stdin.close()

        coming = start_program(program, server)

        assert coming.communicate(timeout=30)[0] == "1\n"
        leaving.wait()
        leaving.stdout.close()
