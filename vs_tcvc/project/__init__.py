"""A film as a project: `film.tcvc.yaml` as a value and as a document that people and programs edit, and its colour."""
