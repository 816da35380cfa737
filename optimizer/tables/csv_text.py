"""From the bytes of a CSV file to its records: size, encoding, separator, quoting."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from optimizer.tables.raw import LARGEST_FILE_BYTES, Findings, Grid
from optimizer.tables.sheet import Record, grid_of

_BINARY_STARTS = {
    b"PK\x03\x04": "is a zip archive or a workbook",
    b"%PDF": "is a PDF document",
    b"\x89PNG": "is a picture",
    b"\xff\xd8\xff": "is a picture",
    b"GIF8": "is a picture",
    b"\xd0\xcf\x11\xe0": "is an old Office document",
    b"\x1f\x8b": "is a gzip archive",
    b"\x7fELF": "is a program",
    b"SQLite format 3": "is a database",
}
_UTF16_STARTS = (b"\xff\xfe", b"\xfe\xff")
SAVE_AS_UTF8 = "Save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')"


def decoded(content: bytes, file: str, findings: Findings, what: str = "a CSV file") -> str | None:
    """The text of a file; None, with a one-line fault, when it is too large, binary or wrongly encoded."""
    if len(content) > LARGEST_FILE_BYTES:
        findings.fault(file, f"is larger than {LARGEST_FILE_BYTES // 1_000_000} MB", "Split it or remove rows")
        return None
    for start, reason in _BINARY_STARTS.items():
        if content.startswith(start):
            findings.fault(file, reason, f"Give {what}")
            return None
    zeros = content.count(0)
    if content.startswith(_UTF16_STARTS) or zeros > len(content) * 0.3:
        looks = content.startswith(_UTF16_STARTS) or _looks_utf16(content)
        findings.fault(
            file, "is encoded as UTF-16" if looks else "is binary", SAVE_AS_UTF8 if looks else f"Give {what}"
        )
        return None
    if zeros:
        findings.fault(file, "is binary or damaged: it contains NUL bytes", f"Give {what}, saved as UTF-8")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        odd = sum(byte < 9 or 13 < byte < 32 for byte in content[:4096])
        if odd > len(content[:4096]) * 0.05:
            findings.fault(file, "is binary", f"Give {what}")
        else:
            findings.fault(
                file, f"is not encoded as UTF-8 but perhaps as Latin-1 or Windows-1252 (line {line})", SAVE_AS_UTF8
            )
        return None
    if not text.strip():
        findings.fault(file, "is empty", "Fill it in, or take an empty one from the template")
        return None
    if sum(letter < " " and letter not in "\t\r\n" for letter in text[:4096]) > len(text[:4096]) * 0.05:
        findings.fault(file, "is binary", f"Give {what}")
        return None
    return text


def _looks_utf16(content: bytes) -> bool:
    """Whether zeros stand at every other byte, as in UTF-16 without a byte order mark."""
    sample = content[:2000]
    return min(sample[::2].count(0), sample[1::2].count(0)) == 0


def read_csv(table: str, file: str, content: bytes, findings: Findings) -> Grid | None:
    """One table from the bytes of a CSV file."""
    text = decoded(content, file, findings)
    if text is None:
        return None
    separator, skip = _separator(text)
    if separator == "\t":
        findings.warn(file, "is separated by tabs", "Nothing to do if that is right")
    before = len(findings.problems)
    try:
        return grid_of(table, file, _records(text, separator, skip), findings, even=True, european=separator == ";")
    except csv.Error as error:
        del findings.problems[before:]
        reason, remedy = _quoting(str(error))
        findings.fault(file, reason, remedy, row=_last_record(text, separator))
        return None


def _separator(text: str) -> tuple[str, int]:
    """The separator, by the header, and how many lines stand before the header (Excel's `sep=;`)."""
    lines = text.lstrip("\r\n").splitlines()
    head = lines[0].strip()
    if head.lower().startswith("sep=") and len(head) == 5:
        return head[4], 1
    # The first of the three wins a tie: a comma unless another is more frequent.
    return max((",", ";", "\t"), key=lines[0].count), 0


def _records(text: str, separator: str, skip: int) -> Iterator[Record]:
    """Numbered records, the first being row 1, as a spreadsheet numbers them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for line, cells in enumerate(reader, start=1):
        if line > skip:
            yield line, cells


def _last_record(text: str, separator: str) -> int | None:
    """The row at which the quoting breaks."""
    count = 0
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            count += 1
    except csv.Error:
        return count + 1
    return None


def _quoting(message: str) -> tuple[str, str]:
    """The csv module's complaint in plain words."""
    if "field larger" in message:
        return "has a cell of more than 131,072 characters", "Shorten it; check that a double quote is closed"
    if "unexpected end" in message:
        return "ends inside a quoted cell", "Close the double quote; write a double quote inside a cell twice"
    return "has text after a closing double quote", "Write a double quote inside a cell twice, and quote the whole cell"
