"""A film as a project: what `film.tcvc.yaml` says, as a value and as a document that people and programs edit."""
