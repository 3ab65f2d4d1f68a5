-- Who waits for a job hears of each change of it, whoever makes it, without a message of its own: a job that waits wakes
-- its agent, one that ends wakes whoever asked for it, and open sockets of its user are told of what they show.
create function private.tell_job() returns trigger language plpgsql as $$
declare
    told text;
begin
    if new.status = 'pending' then
        perform pg_notify('agent_jobs', new.agent_id::text);
    end if;
    if tg_op = 'INSERT' then
        return null;
    end if;
    if new.status not in ('pending', 'in_progress') then
        perform pg_notify('job_done', new.id::text);
    end if;
    -- A reading changes nothing, and whoever reads on each update would read for ever.
    if new.type <> 'probe' and (new.status, new.progress, new.error_detail, new.logs, new.cancel_requested)
            is distinct from (old.status, old.progress, old.error_detail, old.logs, old.cancel_requested) then
        told := json_build_object('user_id', new.user_id, 'kind', 'job', 'data', json_build_object(
            'id', new.id, 'type', new.type, 'status', new.status, 'progress', new.progress,
            'error_detail', new.error_detail));
        -- Postgres refuses notifications of 8000 bytes and more.
        if octet_length(told) > 7500 then
            told := json_build_object('user_id', new.user_id, 'kind', 'job', 'data', json_build_object());
        end if;
        perform pg_notify('user_updates', told);
    end if;
    return null;
end
$$;
revoke all on function private.tell_job() from public;
create trigger jobs_told
    after insert or update of status, result, progress, error_detail, logs, cancel_requested on public.jobs
    for each row execute function private.tell_job();

-- The same for the audit log.
create function private.tell_trade_event() returns trigger language plpgsql as $$
begin
    perform pg_notify('user_updates', json_build_object('user_id', new.user_id, 'kind', 'trade_event', 'data',
        json_build_object('id', new.id, 'event_type', new.event_type, 'instrument', new.instrument,
            'units', new.units::text))::text);
    return null;
end
$$;
revoke all on function private.tell_trade_event() from public;
create trigger trade_events_told after insert on public.trade_events
    for each row execute function private.tell_trade_event();
