-- Reads must not wait for ever, believe a server that may lag behind, or miss what was changed without our triggers.

-- The app gives up after 400 ms. But Postgres would go on waiting for a table that is locked (`vacuum full`, `alter
-- table`, a restore in one transaction), with one more connection for each read, until none is left.
do $$
declare
  name text;
begin
  foreach name in array array['read_page(bigint, int)', 'count_before(bigint, int)', 'last_page_after(int)'] loop
    execute format('alter function %s set lock_timeout = %L', name, '300ms');
  end loop;
end
$$;

-- The migrations that were applied. For a role that may not read the table, too.
create function applied_migrations() returns setof text
language plpgsql stable security definer as $$
begin
  return query select name::text from migration order by id; -- by its key: a scan is dear without sequential scans
end
$$;

-- A standby shows what has reached it, which may be less than what was answered. So it has no origin, and nothing is
-- shown as current before it is promoted.
create or replace function find_system() returns text
language plpgsql stable as $$
begin
  if pg_is_in_recovery() then
    raise exception 'this server is a standby, and may lag behind' using errcode = 'read_only_sql_transaction';
  end if;
  if not has_function_privilege('pg_control_system()', 'execute') then
    return '-';
  end if;
  return (select system_identifier from pg_control_system())
    || '/' || (select oid from pg_database where datname = current_database());
end
$$;

-- `pg_restore --disable-triggers` ends with `enable trigger all`. Then our triggers are on, but no longer "always", and
-- nothing has counted the rows that came meanwhile.
-- This switches them on again (if one is missing, it fails), and makes of the queue's row what is true of `item`.
create function switch_triggers_on() returns void
language plpgsql security definer as $$
begin
  perform lock_queue(); -- first, as every writer does
  alter table item
    enable always trigger before_item_change,
    enable always trigger after_item_insert,
    enable always trigger after_item_update,
    enable always trigger after_item_delete,
    enable always trigger after_item_truncate;
  alter table queue
    enable always trigger insert_queue,
    enable always trigger restore_queue,
    enable trigger correct_queue;
  -- correct_queue counts, and gives it its next version, because this can't be right.
  update queue set removed_through = -1, last_id = (select coalesce(max(id), 0) from item);
end
$$;

create or replace function check_version() returns table (version bigint, origin text)
language plpgsql as $$
begin
  -- Each of them, because a restore makes the tables first, then the rows, then the triggers.
  if 7 > (
    select count(*) from pg_trigger t
    where t.tgrelid in ('item'::regclass, 'queue'::regclass) and t.tgenabled = 'A' and t.tgname in (
      'before_item_change', 'after_item_insert', 'after_item_update', 'after_item_delete', 'after_item_truncate',
      'insert_queue', 'restore_queue')
  ) then
    perform switch_triggers_on();
  end if;
  return query
  select head.version, queue_origin() from queue head order by head.written_tenth desc limit 1;
  if not found then
    perform lock_queue(); -- makes the row
    return query select head.version, queue_origin() from queue head;
  end if;
end
$$;

do $$
declare
  name text;
begin
  foreach name in array array['applied_migrations()', 'find_system()', 'switch_triggers_on()', 'check_version()'] loop
    execute format('alter function %s set search_path = %I, pg_temp', name, current_schema());
    execute format('alter function %s set random_page_cost = 0', name);
    execute format('alter function %s set jit = off', name);
    execute format('alter function %s set lock_timeout = %L', name, '300ms');
  end loop;
end
$$;
