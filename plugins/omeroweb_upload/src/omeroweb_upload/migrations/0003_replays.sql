-- Which upload this one sends the failed files of once more: its images are those of this one too.
alter table upload_jobs add column replays uuid references upload_jobs on delete set null;
