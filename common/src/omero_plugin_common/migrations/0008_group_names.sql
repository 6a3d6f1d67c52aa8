-- The group's name at the last count, for those who read counts without asking OMERO.
alter table omero_plugin_group_usage add column group_name text not null default '';
