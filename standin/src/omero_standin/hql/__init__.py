"""The part of Hibernate's query language that OMERO's clients use: words, tree, rows.

`parser.parse(text)` gives the tree of `tree.py`; `evaluate.Evaluation` compiles it for a store and
runs it for each caller. What the grammar or the evaluator does not know is a `QueryException` with
the query in it.
"""
