"""Full-text search: one text for both databases, one index per table.

`question.parse` reads what was typed; `index.SearchIndex` finds keys of rows;
`marking.marked` shows where a text was hit.
"""
