"""A Django database backend that brings its own PostgreSQL: nothing to install, nothing to start.

    "ENGINE": "config.embedded_postgres",
    "NAME": "review_desk",
    "EMBEDDED": {"DATA": BASE_DIR / ".data" / "postgres", "BIN": ""},

The server starts when nothing answers and stops when its last user leaves. DATA is the folder it may use. BIN is the
bin folder of a PostgreSQL (15 or newer) to use in place of the one that the embedded-postgres package carries.
"""
