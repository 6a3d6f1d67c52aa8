-- The image's version, whose pods alone find the copy; it makes the sessions countable.
alter table omero_web_sessions add column version text not null default '';
