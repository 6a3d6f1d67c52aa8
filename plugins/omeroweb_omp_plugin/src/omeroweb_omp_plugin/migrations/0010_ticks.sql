-- Images that the user ticked or unticked, {id: ticked}, and the places of those that are not
-- written. The previous version of the plugin leaves them out and writes all images.
alter table omp_previews add column ticks bytea;
alter table omp_previews add column skipped bytea;
-- What happens to the pairs of each image of `changed`: [[added, changed, renamed, removed], …].
-- `counts` has their sum in previews of the previous version.
alter table omp_previews add column pairs bytea;
-- Whether the user ticked or unticked the image.
alter table omp_written_values add column ticked boolean;
