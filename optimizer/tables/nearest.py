"""The nearest known word to a misspelt one, for remedies."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# A look-up compares with every known word; a table of wrong codes must not make the report slow.
MOST_LOOKUPS = 200


class Nearest:
    """Finds near words among known ones; remembers answers and gives up politely after many questions."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = sorted(set(known))
        self._folded = {word.casefold(): word for word in self._known}
        self._answers: dict[str, str | None] = {}

    def find(self, word: str) -> str | None:
        """The nearest known word, or None."""
        folded = word.strip().casefold().replace("-", "_").replace(" ", "_")[:80]
        if folded in self._folded:
            return self._folded[folded]
        if folded not in self._answers:
            if len(self._answers) >= MOST_LOOKUPS:
                return None
            found = get_close_matches(folded, self._folded, n=1, cutoff=0.6)
            self._answers[folded] = self._folded[found[0]] if found else None
        return self._answers[folded]

    def remedy(self, word: str, otherwise: str) -> str:
        """`Did you mean ...?` where a near word exists, else the given sentence."""
        found = self.find(word)
        return f"Did you mean '{found}'?" if found else otherwise

    def list(self, most: int = 12) -> str:
        """The known words, shortened when they are many."""
        shown = ", ".join(self._known[:most])
        return shown + (", ..." if len(self._known) > most else "")
