"""Values that nobody means: what a client, an attacker or an accident puts where something else belongs."""

import json

NUMBERS = [
    "-1", "0", "1", "00", "+1", "1e9", "1E400", "-1e400", "2147483647", "2147483648", "4294967296", "9007199254740991", "9007199254740993",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "9" * 5_000, "-" + "9" * 5_000,
    "0." + "9" * 5_000, "1.5", "1,5", "1_000", "0x10", "0b1", "NaN", "nan", "Infinity", "-inf", "١", "１", "²", "½", "1 ", " 1", "1\n", "1;2",
    "1%00", "--1", "1/0",
]  # fmt: skip
TEXTS = [
    "", " ", "\t", "\r\n", "\0", "a\0b", "\x01\x1b[31m", "\x7f", "\u0080", "\u200b", "\u202e", "\ufeff", "\ufffe", "\uffff", "👩‍👩‍👧‍👦", "𝒳",
    "e" + "\u0301" * 10_000, "ß", "ſ", "İ", "ı", "ΐ", "null", "None", "undefined", "true", "false", "[]", "{}", "[object Object]", "{{7*7}}",
    "${7*7}", "#{7*7}", "<%= 7 %>", "%s%s%n", "%n", "%", "_", "\\", "\\\\", "\\0", "'", '"', "`", "''", "' OR '1'='1",
    "'; DROP TABLE labeling_label; --", "1; SELECT pg_sleep(9)", "$$", "$1", "?", "??", ":x", "@@", "--", "/*", "*/",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "../../etc/passwd", "..%2f..%2f", "C:\\x",
    "file:///etc/passwd", "http://169.254.169.254/", "|id", "$(id)", "`id`", ";id", "&&", "(((((((((((((((((((((((((((((", "[" * 500,
    "a" * 2_000, "a" * 2_001, "a" * 20_001, "a," * 5_000, "1," * 1_001, ",", ",,,", "(?=x)", "(a+)+$", "^.*$", "[a-", "a{1,99999}", "\\d", ".*",
    "x" * 100_000, "\u0000" * 10, "名前", "اسم", "Ω", "ﷺ" * 200, "\ud7ff", "\ue000", "user__password", "pk__in", "_connector", "a.b",
    "timestamp", "-timestamp", "id", "session_id", "GOOD", "good", "auto-rating", "N/A", "__proto__", "constructor",
]  # fmt: skip
DATES = [
    "0001-01-01", "0000-00-00", "9999-12-31T23:59:59.999999+14:00", "9999-12-31T23:59:59-23:59", "10000-01-01", "-2026-01-01", "2026-02-30",
    "2026-13-01", "2026-00-10", "2026-03-02T24:00:00", "2026-03-02T24:00:01", "2026-03-02T23:59:60Z", "2026-03-02T12:00", "2026-03-02 12:00:00",
    "20260302T120000Z", "2026-W10-1", "2026-061", "2026-03-02T12:00:00+99:99", "2026-03-02T12:00:00+14:00", "2026-03-02T12:00:00z",
    "2026-03-02T12:00:00.1234567890123Z", "2026-03-02T", "T12:00", "now", "today", "yesterday", "infinity", "-infinity", "epoch", "1772452800",
    "1772452800000", "2026-03-02T12:00:00[Europe/Paris]", "2026-03-02T12:00:00 00:00", "02/03/2026", "2026-3-2", "２０２６-03-02",
    "2026-03-02T12:00:00\0", "9" * 400, "P1D", "2026-03-02/2026-03-03",
]  # fmt: skip
CALLERS = [
    "+12025550142", "12025550142", "(202) 555-0142", "202.555.0142", "tel:+12025550142", "sip:x@y", "a@b", "a@b.c", "\"a b\"@c.d",
    "a@[127.0.0.1]", "@", "a@", "@b", "amara@example.com\n", "amara@example.com,zoe@example.com", "AMARA@EXAMPLE.COM", "amara@exämple.com",
    "аmara@example.com", "amara+x@example.com", "x" * 65 + "@example.com",
]  # fmt: skip
CORPUS = [*NUMBERS, *TEXTS, *DATES, *CALLERS]
# As they stand in a body: types where others are meant, and what JSON can say beside them.
JSON_VALUES = [
    "null", "true", "false", "0", "-1", "1.5", "1e400", "-1e400", "9" * 5_000, "9223372036854775808", "NaN", "Infinity", "-Infinity", "[]", "{}",
    "[[]]", '[{"a":1}]', '{"a":{"b":1}}', '""', '" "', '"\\u0000"', '"\\ud800"', '"\\udc00x"', '"\\ud83d\\ude00"', "[null]", "[1]", "[true]",
    '["x", "x"]', '["\\u0000"]', '["\\ud800"]', json.dumps(["x"] * 51), json.dumps(["x" * 501]), json.dumps("x" * 254 + "@example.com"),
    json.dumps("x" * 10_001), json.dumps("x" * 100_000), "[" * 500 + "]" * 500,
]  # fmt: skip
BODIES = [
    b"", b" ", b"{", b"}", b"[]", b"null", b"1", b'"x"', b"{}{}", b"{},", b'{"a":1,}', b"{'a':1}", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00",
    b"\x80", b'{"code":"\xff"}', b"\x00", b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'{"session_id":1,"session_id":2}', b'{"a":NaN}', b'{"a":1e999}', b'{"session_id":' + b"9" * 5_000 + b"}",
    json.dumps({f"k{n}": n for n in range(20_000)}).encode(), json.dumps([1] * 200_000).encode(), b"x" * 3_000_000, b"session_id=1&code=GOOD",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", b"// comment\n{}", b'{"\\u0000":1}', b'{"\\ud800":1}', b"tru", b'{"a"', b"-", b"01", b".5",
    b"+1",
]  # fmt: skip
