"""Who may see the books: people with roles, programs with keys, and what each was let do.

`rights` says what there is to be allowed, `tables` what is kept, `people`, `keys` and `sessions`
change it, `callers` knows all of it by heart and judges each request.
"""
