-- The list of jobs, newest first, without a look at all the jobs a user ever had.
create index jobs_page on public.jobs (user_id, created_at desc, id desc) where type <> 'probe';
