"""The desk: a page in the browser, on which a person sees a film and decides its colours."""
