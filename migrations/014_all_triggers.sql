-- The version check left two triggers off: the one that refuses large ids, and, unless another one was off too, the one that
-- corrects the row of the queue.
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
    enable always trigger refuse_large_id,
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
  if 12 > (
    select count(*) from pg_trigger t
    where t.tgrelid in ('item'::regclass, 'queue'::regclass) and (
      t.tgenabled = 'A' and t.tgname in (
        'before_item_change', 'after_item_insert', 'after_item_update', 'after_item_delete', 'after_item_truncate',
        'refuse_large_id', 'insert_queue', 'restore_queue')
      or t.tgenabled = 'R' and t.tgname in ('note_statement', 'before_row_change', 'after_row_change')
      or t.tgenabled = 'O' and t.tgname = 'correct_queue')
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
  foreach name in array array['switch_triggers_on()', 'check_version()'] loop
    execute format('alter function %s set search_path = %I, pg_temp', name, current_schema());
    execute format('alter function %s set random_page_cost = 0', name);
    execute format('alter function %s set jit = off', name);
    execute format('alter function %s set lock_timeout = %L', name, '300ms');
  end loop;
end
$$;
