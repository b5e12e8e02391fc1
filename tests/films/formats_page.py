"""Print docs/formats.md, made from the films of this folder: python tests/films/formats_page.py > docs/formats.md"""

from __future__ import annotations

from film_sections import SECTIONS
from made_films import Section

HEAD = """# What is kept, said and refused

Made from the films of `tests/films` by `python tests/films/formats_page.py`. A test makes each of them, runs every face
over it and compares the result field by field.

- **kept**: all that the film has is in the result, and luma is bit-exact.
- **said**: the film is coloured, and a line of the log says, in these words among others, what is not kept.
- **refused**: a sentence with these words ends the work before it begins.
"""


def table(section: Section) -> str:
    """One section of the page."""
    faces = list(section.faces)
    head = f"| | {' | '.join(faces)} |\n|---{'|---' * len(faces)}|"
    rows = (" | ".join((film.trait, *(str(film.fates[face]) for face in faces))) for film in section.films)
    return "\n".join([f"\n## {section.title}\n", f"{section.text}\n", head, *(f"| {row} |" for row in rows)])


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD.rstrip(), *map(table, SECTIONS)])


if __name__ == "__main__":
    print(page())
