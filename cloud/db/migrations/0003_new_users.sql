-- A new account gets its profile and settings in the same transaction.

create function private.on_new_user() returns trigger
    language plpgsql security definer set search_path = ''
as $$
begin
    insert into public.profiles (id, email, name)
        values (new.id, coalesce(new.email, ''), left(new.raw_user_meta_data ->> 'name', 120));
    insert into public.user_settings (user_id) values (new.id);
    return new;
end
$$;

create function private.on_changed_user() returns trigger
    language plpgsql security definer set search_path = ''
as $$
begin
    update public.profiles set email = coalesce(new.email, ''), name = left(new.raw_user_meta_data ->> 'name', 120)
        where id = new.id;
    return new;
end
$$;

revoke all on function private.on_new_user() from public;
revoke all on function private.on_changed_user() from public;

create trigger forexelite_new_user after insert on auth.users
    for each row execute function private.on_new_user();
create trigger forexelite_changed_user after update of email, raw_user_meta_data on auth.users
    for each row execute function private.on_changed_user();
