"""The desk: a web page on which a person sees a film, and decides its colours."""
