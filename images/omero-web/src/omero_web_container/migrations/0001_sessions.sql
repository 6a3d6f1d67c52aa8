-- Copies of OMERO.web's sessions, for the time after Redis has lost them.
create table omero_web_sessions (
    -- SHA-256 of the image's version and the session's key: whoever has the key has the session
    name text primary key,
    -- JSON, encrypted with the site's plugin keys: it has the id of the user's session in OMERO
    content text not null,
    ends timestamptz not null
);

create index omero_web_sessions_ends on omero_web_sessions (ends);
