-- The items, oldest first by id.
create table item (
  id bigint generated always as identity primary key,
  text text not null check (char_length(text) between 1 and 200)
);

-- The queue itself: one row. Every write locks it before it touches an item, which puts the writes in an
-- order, so that versions, ids and the order of the items agree.
create table queue (
  only_row boolean primary key default true check (only_row),
  -- Below 2^53, so that JavaScript's numbers hold it exactly.
  version bigint not null check (version < 9007199254740992),
  length bigint not null default 0 check (length >= 0),
  -- Every item up to this id has been taken off. Readers start behind it rather than wade through the dead
  -- index entries that a busy queue leaves at its front until vacuum comes round.
  removed_through bigint not null default 0
);

-- The version that follows. It never falls behind the clock (microseconds since 1970), so that a database
-- created anew or restored from a backup never gives out a version again that some cache may still hold.
create function next_version(version bigint) returns bigint
language sql volatile as $$
  select greatest(version + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
$$;

insert into queue (version) values (next_version(0));

-- Up to page_size items behind an id (0: from the front), with the version and length that belong to them.
create function queue_page(after_id bigint, page_size int)
returns table (version bigint, length bigint, items json)
language sql stable as $$
  select queue.version, queue.length, (
    select coalesce(json_agg(json_build_object('id', page.id, 'text', page.text) order by page.id), '[]')
    from (
      select item.id, item.text from item
      where item.id > greatest(after_id, queue.removed_through)
      order by item.id
      limit page_size
    ) page
  )
  from queue
$$;

-- Adds and removes are functions, because each must be one round trip and yet see what the writer before it
-- committed: in a volatile PL/pgSQL function every statement has a snapshot of its own, so those that follow
-- the lock see all that came before it. In one statement with CTEs they would not.
-- Both answer with the first page that they made, still under the lock: exactly what their version contains.

create function add_item(new_text text, page_size int)
returns table (item_id bigint, item_text text, version bigint, length bigint, items json)
language plpgsql as $$
declare
  new_id bigint;
begin
  -- First on purpose: writers wait here, one behind the other, and only then take an id.
  update queue set version = next_version(queue.version), length = queue.length + 1;
  insert into item (text) values (new_text) returning id into new_id;
  return query select new_id, new_text, page.* from queue_page(0, page_size) page;
end
$$;

-- An empty queue stays as it is, its version too; the item is null then.
create function remove_item(page_size int)
returns table (item_id bigint, item_text text, version bigint, length bigint, items json)
language plpgsql as $$
declare
  head queue;
  oldest item;
begin
  -- Locked even where it turns out to be empty, so that "empty" and the version answered belong together.
  select * into head from queue for update;
  if head.length > 0 then
    delete from item
    where item.id = (select i.id from item i where i.id > head.removed_through order by i.id limit 1)
    returning * into strict oldest;
    update queue
    set version = next_version(queue.version), length = queue.length - 1, removed_through = oldest.id;
  end if;
  return query select oldest.id, oldest.text, page.* from queue_page(0, page_size) page;
end
$$;
