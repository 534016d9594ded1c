-- Every change of `item` gives the queue its next version and its new length, no matter who makes it: this app, psql, a
-- restored table, a truncate. So it stands in triggers. The statement trigger before locks the queue's row, which puts
-- all writers in an order. The one after counts what has changed.

alter table item add check (id between 1 and 9007199254740991); -- JavaScript's numbers hold no more exactly

-- The highest id that any item has had. New ids go on behind it, even if the sequence starts again.
alter table queue add column last_id bigint not null default 0;
update queue set last_id = greatest(removed_through, coalesce((select max(id) from item), 0));

-- A transaction that somebody has forgotten keeps all later versions of the queue's row, 1,000 a second on a busy queue,
-- and a scan of them takes longer and longer. This index finds the newest version at its end. It goes by the tenth of a
-- second in which the row was written, and not by the version, because then most updates leave the index alone, and
-- Postgres tidies up within the page (a HOT update).
alter table queue add column written_tenth bigint generated always as (version / 100000) stored;
create index queue_newest on queue (written_tenth);
alter table queue set (fillfactor = 50);

-- Locks the queue's row until the transaction ends. Makes it anew if somebody has deleted it.
create function lock_queue() returns queue
language plpgsql security definer as $$
declare
  head queue;
begin
  loop
    select * into head from queue order by written_tenth desc limit 1 for update;
    if found then
      return head;
    end if;
    insert into queue default values on conflict do nothing;
  end loop;
end
$$;

-- A row that is inserted into `queue` says what is true of `item`, whatever it said itself: a restored or replicated row
-- may come before or after its items. If there is a row already, that one is corrected.
create function insert_queue() returns trigger
language plpgsql security definer as $$
declare
  is_there boolean;
begin
  if not new.only_row then
    return new; -- the table's check refuses it
  end if;
  perform from queue for update; -- first: what another writer is about to commit must be counted
  is_there := found;
  new.version := next_version(greatest(new.version, (select max(queue.version) from queue)));
  new.length := (select count(*) from item);
  new.removed_through := 0;
  new.last_id := greatest(new.last_id, (select max(id) from item), (select max(queue.last_id) from queue), 0);
  if not is_there then
    return new;
  end if;
  update queue
  set version = new.version, length = new.length, removed_through = 0, last_id = new.last_id;
  return null;
end
$$;

-- An update by hand may say anything; what the queue says must be true.
create function correct_queue() returns trigger
language plpgsql security definer as $$
begin
  new.version := greatest(new.version, next_version(old.version));
  if (new.length, new.removed_through) is distinct from (old.length, old.removed_through) then
    new.length := (select count(*) from item);
    new.removed_through := 0;
  end if;
  new.last_id := greatest(new.last_id, old.last_id);
  return new;
end
$$;

create function restore_queue() returns trigger
language plpgsql security definer as $$
begin
  perform lock_queue();
  return null;
end
$$;

create function before_item_change() returns trigger
language plpgsql security definer as $$
declare
  head queue := lock_queue();
begin
  -- A sequence that starts again (a copied database, `truncate … restart identity`) would give new items ids that stand
  -- before the oldest item, or that exist.
  if tg_op = 'INSERT' and exists (
    select from item_id_seq s
    where s.last_value < head.last_id or (s.last_value = head.last_id and not s.is_called)
  ) then
    perform setval('item_id_seq', head.last_id);
  end if;
  return null;
end
$$;

-- `changed` is what a statement has inserted or deleted, or what it has made of the rows that it updated.
create function after_item_change() returns trigger
language plpgsql security definer as $$
declare
  count bigint;
  first_id bigint;
  final_id bigint;
begin
  select count(*), min(id), max(id) into count, first_id, final_id from changed;
  if count = 0 then
    return null;
  end if;
  if tg_op = 'DELETE' then
    update queue q
    set
      version = next_version(q.version + count - 1),
      -- Counted anew if it was wrong.
      length = case when q.length >= count then q.length - count else (select count(*) from item) end,
      removed_through = coalesce(
        (select i.id - 1 from item i where i.id > q.removed_through order by i.id limit 1), q.last_id)
    where q.ctid = (select ctid from queue order by written_tenth desc limit 1);
  else
    update queue q
    set
      version = next_version(q.version + count - 1),
      length = q.length + case tg_op when 'INSERT' then count else 0 end,
      -- An item may have come in before the head.
      removed_through = least(q.removed_through, first_id - 1),
      last_id = greatest(q.last_id, final_id)
    where q.ctid = (select ctid from queue order by written_tenth desc limit 1);
  end if;
  return null;
end
$$;

create function after_item_truncate() returns trigger
language plpgsql security definer as $$
begin
  update queue set version = next_version(version), length = 0, removed_through = last_id;
  return null;
end
$$;

create trigger restore_queue after delete or truncate on queue
  for each statement execute function restore_queue();
create trigger insert_queue before insert on queue
  for each row execute function insert_queue();
create trigger correct_queue before update on queue
  for each row when (pg_trigger_depth() = 0) execute function correct_queue(); -- not what the triggers below do
create trigger before_item_change before insert or update or delete or truncate on item
  for each statement execute function before_item_change();
create trigger after_item_insert after insert on item
  referencing new table as changed for each statement execute function after_item_change();
create trigger after_item_update after update on item
  referencing new table as changed for each statement execute function after_item_change();
create trigger after_item_delete after delete on item
  referencing old table as changed for each statement execute function after_item_change();
create trigger after_item_truncate after truncate on item
  for each statement execute function after_item_truncate();

-- Also under session_replication_role = replica, which some tools set while they copy rows.
alter table queue enable always trigger restore_queue;
alter table queue enable always trigger insert_queue;
alter table item enable always trigger before_item_change;
alter table item enable always trigger after_item_insert;
alter table item enable always trigger after_item_update;
alter table item enable always trigger after_item_delete;
alter table item enable always trigger after_item_truncate;

-- Which database this is. A promoted standby is the same one, a copy made by pg_dump is another: it has another
-- system_identifier. Embedded databases all come from one cluster, and some hosts let nobody ask for the identifier, so
-- there is a random part too.
create table queue_identity (random text not null);
insert into queue_identity values (left(gen_random_uuid()::text, 8));
create function find_system() returns text
language plpgsql stable as $$
begin
  if not has_function_privilege('pg_control_system()', 'execute') then
    return '-';
  end if;
  return (select system_identifier from pg_control_system())
    || '/' || (select oid from pg_database where datname = current_database());
end
$$;

-- The first part is found once for each session, as it takes a file to be read, and a session never changes its server.
-- The random part may be restored or deleted, as any table.
create function queue_origin() returns text
language plpgsql security definer as $$
begin
  return coalesce(
      nullif(current_setting('queue.system', true), ''), set_config('queue.system', find_system(), false))
    || '/' || coalesce((select min(random) from queue_identity), '-');
end
$$;

-- Up to page_size items behind an id (0: from the front), with the version and length that belong to them.
create function read_page(after_id bigint, page_size int)
returns table (version bigint, length bigint, items json, origin text)
language plpgsql stable as $$
declare
  head queue;
begin
  select * into head from queue order by written_tenth desc limit 1;
  version := head.version;
  length := head.length;
  items := '[]';
  origin := queue_origin();
  -- An empty table is not asked, as the plan would be kept (see below).
  if head.length > 0 then
    items := (
      select coalesce(json_agg(page order by page.id), '[]')
      from (
        select item.id, item.text from item
        where item.id > greatest(after_id, head.removed_through)
        order by item.id
        limit page_size
      ) page
    );
  end if;
  return next;
end
$$;

-- The version that the queue has now.
create function check_version() returns table (version bigint, origin text)
language plpgsql stable as $$
begin
  return query
  select head.version, queue_origin() from queue head order by head.written_tenth desc limit 1;
end
$$;

-- The release before this one still calls queue_page and write_together. Nobody calls these two any more.
create or replace function queue_page(after_id bigint, page_size int)
returns table (version bigint, length bigint, items json)
language sql stable as $$
  select page.version, page.length, page.items from read_page(after_id, page_size) page
$$;
drop function add_item(text, int), remove_item(int);

-- search_path: the functions mean the tables of this schema, no matter who calls them.
-- random_page_cost: the functions keep their plans, and a plan may have been made while the queue was short. Postgres
-- then takes a sequential scan for the cheapest one, and would keep it while the queue grows. With random pages at no
-- cost, an index scan is cheaper than to read even one page sequentially, so each plan uses its index from the start.
-- (Only a table without any page is cheaper still to scan; so no function asks it.)
-- (To switch sequential scans off would add 10,000,000,000 to the cost of a plan that needs one.)
-- jit: no plan here is worth compiling, which takes servers up to 17 some 100 ms at each call, and would be done if a role
-- has such a switch.
do $$
declare
  name text;
begin
  foreach name in array array['read_page(bigint, int)', 'check_version()', 'queue_page(bigint, int)', 'write_together(text[], int)',
    'lock_queue()', 'insert_queue()', 'restore_queue()', 'before_item_change()', 'after_item_change()',
    'after_item_truncate()', 'correct_queue()', 'find_system()',
    'queue_origin()'] loop
    execute format('alter function %s reset all', name);
    execute format('alter function %s set search_path = %I, pg_temp', name, current_schema());
    execute format('alter function %s set random_page_cost = 0', name);
    execute format('alter function %s set jit = off', name);
  end loop;
end
$$;
