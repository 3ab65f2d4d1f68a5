-- What hosted Supabase has before a project's own migrations run: roles, schemas, default privileges.

do $$
declare
    role record;
begin
    for role in select * from (values
        ('anon',                   'nologin noinherit'),
        ('authenticated',          'nologin noinherit'),
        ('service_role',           'nologin noinherit bypassrls'),
        ('supabase_auth_admin',    'nologin noinherit createrole'),
        ('supabase_storage_admin', 'nologin noinherit createrole'),
        ('postgres',               'nologin createrole createdb bypassrls'),
        ('app_api',                'nologin noinherit')
    ) as roles (name, options)
    loop
        if not exists (select from pg_roles where rolname = role.name) then
            execute format('create role %I %s', role.name, role.options);
        end if;
    end loop;
end
$$;
grant anon, authenticated, service_role to app_api;
grant anon, authenticated, service_role, supabase_storage_admin to postgres with admin option;

do $$
begin
    execute format('grant create, connect on database %I to postgres', current_database());
end
$$;
alter schema public owner to postgres;
create schema if not exists extensions authorization postgres;
create schema if not exists auth authorization supabase_auth_admin;
create schema if not exists storage authorization supabase_storage_admin;
grant usage on schema public, extensions, auth, storage to anon, authenticated, service_role, postgres;

alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;
