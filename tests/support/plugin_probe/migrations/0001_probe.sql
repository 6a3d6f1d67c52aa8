create table probe_change (n serial primary key, text text not null);
create table probe_effect (job uuid, item integer, times integer not null default 1, primary key (job, item));
create table probe_secret (id serial primary key, token text);
