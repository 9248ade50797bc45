"""The rules that keep departments from building server rooms: one text for the plan, for admission and for the audit."""
