"""Zip archives (bundles and workbooks) looked at before they are opened: damage, bombs, escaping paths."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from optimizer.tables.raw import LARGEST_FILE_BYTES, LARGEST_UNPACKED_BYTES

MOST_MEMBERS = 10_000
# XML of worksheets packs 10 to 50 times; deflate's limit is 1032.
LARGEST_RATIO = 200
RATIO_MATTERS_FROM_BYTES = 20_000_000


def zip_fault(path: Path) -> tuple[str, str] | None:
    """Reason and remedy when the archive must not be opened; None when it may."""
    try:
        packed = path.stat().st_size
        if packed > LARGEST_FILE_BYTES:
            return f"is larger than {LARGEST_FILE_BYTES // 1_000_000} MB", "Remove what is no table, or split it"
        if packed == 0:
            return "is empty", "Save it again"
        with zipfile.ZipFile(path) as archive:
            return _members_fault(archive.infolist(), packed)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        return "is damaged, or no archive at all", "Save it again from the program that made it"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}", "Check the path and its permissions"


def _members_fault(members: list[zipfile.ZipInfo], packed: int) -> tuple[str, str] | None:
    if len(members) > MOST_MEMBERS:
        return f"holds more than {MOST_MEMBERS:,} files", "Pack only the tables and scenario.toml"
    unpacked = sum(member.file_size for member in members)
    if unpacked > LARGEST_UNPACKED_BYTES:
        return (
            f"expands to {unpacked / 1e6:,.0f} MB, more than the {LARGEST_UNPACKED_BYTES // 1_000_000} MB allowed",
            "Remove empty formatted rows, pictures and sheets that are no tables",
        )
    if unpacked > RATIO_MATTERS_FROM_BYTES and unpacked > packed * LARGEST_RATIO:
        return f"expands {unpacked / packed:,.0f} fold, as a zip bomb does", "Save it again with the tables alone"
    names: set[str] = set()
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", member.filename):
            return "holds a file whose path leaves the archive", "Pack it again from inside its folder"
        if member.flag_bits & 1:
            return "is encrypted", "Save it without a password"
        if member.filename in names:
            return f"holds '{member.filename[:60]}' twice", "Pack it again"
        names.add(member.filename)
    return None


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of one file of an archive; raises `ValueError` when it is damaged."""
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ValueError(str(error)) from error
