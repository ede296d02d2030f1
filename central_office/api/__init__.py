"""The REST API and the back office's pages, for people with a session and programs with a key.

`application` puts the routes together, `serving` runs them. Every route says which right it asks
for; which stores a caller sees is decided in `scoping`, for all of them. `books` is how they reach
the database: readers on threads of their own, one writer.
"""
