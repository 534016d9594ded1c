-- A subscription of `item` (logical replication, pglogical) changes it row by row, and fires no statement triggers, only row
-- triggers that are enabled for a replica. So its changes were never counted, and no version said that there were any.
--
-- Copying tools set session_replication_role = replica, but send statements, and these fire our statement triggers too. So
-- the setting queue.counted says until the end of the transaction what counts its changes: `statements` or `rows`.
create function note_statement() returns trigger
language plpgsql as $$
begin
  perform set_config('queue.counted', 'statements', true);
  return null;
end
$$;

create function before_row_change() returns trigger
language plpgsql security definer as $$
begin
  if coalesce(current_setting('queue.counted', true), '') = '' then
    perform lock_queue();
    perform set_config('queue.counted', 'rows', true);
  end if;
  return coalesce(new, old);
end
$$;

create function after_row_change() returns trigger
language plpgsql security definer as $$
begin
  if current_setting('queue.counted', true) = 'statements' then
    return null;
  end if;
  update queue q
  set
    version = next_version(q.version),
    length = q.length + case tg_op when 'INSERT' then 1 when 'DELETE' then -1 else 0 end,
    removed_through = case tg_op
      when 'DELETE' then coalesce(
        (select i.id - 1 from item i where i.id > q.removed_through order by i.id limit 1), q.last_id)
      else least(q.removed_through, new.id - 1)
    end,
    last_id = greatest(q.last_id, new.id)
  where q.ctid = (select ctid from queue order by written_tenth desc limit 1);
  return null;
end
$$;

create trigger note_statement before insert or update or delete on item
  for each statement execute function note_statement();
create trigger before_row_change before insert or update or delete on item
  for each row execute function before_row_change();
create trigger after_row_change after insert or update or delete on item
  for each row execute function after_row_change();
alter table item
  enable replica trigger note_statement,
  enable replica trigger before_row_change,
  enable replica trigger after_row_change;

create or replace function switch_triggers_on() returns void
language plpgsql security definer as $$
begin
  perform lock_queue(); -- first, as every writer does
  alter table item
    enable always trigger before_item_change,
    enable always trigger after_item_insert,
    enable always trigger after_item_update,
    enable always trigger after_item_delete,
    enable always trigger after_item_truncate,
    enable replica trigger note_statement,
    enable replica trigger before_row_change,
    enable replica trigger after_row_change;
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
  if 10 > (
    select count(*) from pg_trigger t
    where t.tgrelid in ('item'::regclass, 'queue'::regclass) and (
      t.tgenabled = 'A' and t.tgname in (
        'before_item_change', 'after_item_insert', 'after_item_update', 'after_item_delete', 'after_item_truncate',
        'insert_queue', 'restore_queue')
      or t.tgenabled = 'R' and t.tgname in ('note_statement', 'before_row_change', 'after_row_change'))
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
  foreach name in array array['note_statement()', 'before_row_change()', 'after_row_change()', 'switch_triggers_on()',
    'check_version()'] loop
    execute format('alter function %s set search_path = %I, pg_temp', name, current_schema());
    execute format('alter function %s set random_page_cost = 0', name);
    execute format('alter function %s set jit = off', name);
  end loop;
  foreach name in array array['switch_triggers_on()', 'check_version()'] loop
    execute format('alter function %s set lock_timeout = %L', name, '300ms');
  end loop;
end
$$;
