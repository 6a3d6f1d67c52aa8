-- How many pairs a write adds, changes, renames and removes on the images that were compared:
-- {"added", "changed", "renamed", "removed"}. The previous version of the plugin leaves it out.
alter table omp_previews add column counts jsonb;
