-- Whoever remembers that an agent's key was good hears at once when it is not any more.
create function private.announce_agent_key() returns trigger language plpgsql as $$
begin
    perform pg_notify('agent_keys', old.id::text);
    return null;
end
$$;
create trigger mt5_agents_key_ended
    after update of revoked_at, key_generation, agent_key_fingerprint, user_id or delete on public.mt5_agents
    for each row execute function private.announce_agent_key();
revoke all on function private.announce_agent_key() from public;
