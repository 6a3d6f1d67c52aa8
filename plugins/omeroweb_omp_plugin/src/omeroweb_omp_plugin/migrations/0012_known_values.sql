-- What OMERO knew of the images of a selection when the user asked for it as pairs: a text for each
-- image, in the order of the selection; empty where OMERO has nothing.
create table omp_known_values (
    selection uuid not null references omp_selections (id) on delete cascade,
    -- such as dataset
    kind text not null,
    texts bytea not null,
    primary key (selection, kind)
);
