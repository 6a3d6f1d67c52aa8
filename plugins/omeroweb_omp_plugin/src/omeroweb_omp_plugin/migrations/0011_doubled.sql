-- Keys that have another value already on an image, by its place in the selection: {place: [key]}.
alter table omp_previews add column clashes bytea;
