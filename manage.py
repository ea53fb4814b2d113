"""Run Review Desk's commands; `python manage.py up` starts everything."""

import atexit
import gc
import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this line is for the people who have an older one
    sys.exit("Review Desk needs Python 3.11 or newer; this is Python %d.%d. Install a newer Python and run the command again." % sys.version_info[:2])


# What a command loads stays loaded: to look through it again after every 700 new objects took a fifth of the time to start.
gc.set_threshold(50_000, 20, 20)
# Nor does it look through everything once more as it ends, which took another fifth.
atexit.register(gc.freeze)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed in this Python. Run `make run`, or `pip install -r requirements.txt` first.")
    from config import local_files

    try:
        if "PRODUCTION" not in os.environ and not os.path.exists(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".env")):
            local_files.ensure()
    except OSError as problem:
        sys.exit(f"Review Desk cannot write to {problem.filename}: {problem.strerror}. Make the folder writable and run the command again.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
