-- The private bucket of Expert Advisors' files. The first folder of a path is the user's id.

insert into storage.buckets (id, name, public, file_size_limit)
    values ('ea-artifacts', 'ea-artifacts', false, 20971520)
    on conflict (id) do nothing;

create policy "Users read their own artifacts" on storage.objects for select to authenticated
    using (bucket_id = 'ea-artifacts' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "Users add artifacts of their own" on storage.objects for insert to authenticated
    with check (bucket_id = 'ea-artifacts' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "Users replace their own artifacts" on storage.objects for update to authenticated
    using (bucket_id = 'ea-artifacts' and (storage.foldername(name))[1] = (select auth.uid())::text)
    with check (bucket_id = 'ea-artifacts' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "Users delete their own artifacts" on storage.objects for delete to authenticated
    using (bucket_id = 'ea-artifacts' and (storage.foldername(name))[1] = (select auth.uid())::text);
