-- Reports are in the tables of omero_plugin_common now. The old names stay as views, because the
-- previous version of the plugin runs as well while pods are replaced; they can go in a later version.

insert into omero_plugin_job_reports (job, step, lines) select job, step, lines from omp_job_reports;
drop table omp_job_reports;
create view omp_job_reports as select job, step, lines from omero_plugin_job_reports;

insert into omero_plugin_job_plans (job, step, lines) select job, step, lines from omp_job_planned;
drop table omp_job_planned;
create view omp_job_planned as select job, step, lines from omero_plugin_job_plans;
