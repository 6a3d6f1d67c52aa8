-- One export is what a user asked for at once: of one image, or of several. What was a row for each image becomes a part
-- of an export, which keeps its id.
alter table imaris_exports rename to imaris_parts;
drop index imaris_exports_of_user;
drop index imaris_exports_newest;
alter index imaris_exports_pkey rename to imaris_parts_pkey;
alter index imaris_exports_of_file rename to imaris_parts_of_file;

create table imaris_exports (
    id uuid primary key,
    user_id bigint not null,
    user_name text not null,
    -- Whether the user wants the files at the images in OMERO.
    attach boolean not null,
    created timestamptz not null default now()
);
insert into imaris_exports (id, user_id, user_name, attach, created)
    select id, user_id, user_name, attach, created from imaris_parts;
create index imaris_exports_of_user on imaris_exports (user_id, created desc, id);
create index imaris_exports_newest on imaris_exports (created desc, id);

alter table imaris_parts add column export uuid references imaris_exports on delete cascade;
update imaris_parts set export = id;
alter table imaris_parts alter column export set not null;
-- In the order in which the images were named.
alter table imaris_parts add column place integer not null default 0;
-- Of the image, so that the progress of all is known before the last one is begun.
alter table imaris_parts add column planes bigint not null default 0;
alter table imaris_parts drop column batch;
alter table imaris_parts drop column user_id;
alter table imaris_parts drop column user_name;
alter table imaris_parts drop column attach;
alter table imaris_parts drop column created;
create unique index imaris_parts_of_export on imaris_parts (export, place);

-- When its bytes began to come to the volume, in the attempt that goes on.
alter table imaris_files add column begun timestamptz;
