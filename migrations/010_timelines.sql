-- A standby that is promoted may lack the last writes, and a database that is recovered to an earlier moment lacks more. Both
-- may then give a version to other contents than before: always if the clock of the server is behind. Each time Postgres
-- starts a new timeline, so that is a part of the origin.
-- With the rights of its owner, so that each session gets the same answer.
create or replace function find_system() returns text
language plpgsql stable security definer as $$
declare
  system text := '-';
  timeline text := '-';
begin
  if pg_is_in_recovery() then
    raise exception 'this server is a standby, and may lag behind' using errcode = 'read_only_sql_transaction';
  end if;
  if has_function_privilege('pg_control_system()', 'execute') then
    system := (select system_identifier from pg_control_system())
      || '/' || (select oid from pg_database where datname = current_database());
  end if;
  begin
    timeline := left(pg_walfile_name(pg_current_wal_lsn()), 8);
  exception when insufficient_privilege or feature_not_supported or object_not_in_prerequisite_state then
    null; -- some hosts let nobody ask for it; Amazon Aurora only with logical replication
  end;
  return system || '/' || timeline;
end
$$;

-- Another name than queue.system, because sessions that began before this migration have that without a timeline.
create or replace function origin_with(random text) returns text
language sql volatile as $$
  select coalesce(
      nullif(current_setting('queue.server', true), ''), set_config('queue.server', find_system(), false))
    || '/' || coalesce(random, '-')
$$;
create or replace function queue_origin() returns text
language plpgsql security definer as $$
begin
  return origin_with((select min(random) from queue_identity));
end
$$;

do $$
declare
  name text;
begin
  foreach name in array array['find_system()', 'queue_origin()'] loop
    execute format('alter function %s set search_path = %I, pg_temp', name, current_schema());
    execute format('alter function %s set random_page_cost = 0', name);
    execute format('alter function %s set jit = off', name);
    execute format('alter function %s set lock_timeout = %L', name, '300ms');
  end loop;
end
$$;
