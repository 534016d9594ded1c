-- Several writes as one: a text is added, a null takes the oldest item off, in the order given. Each has a version
-- of its own, all become visible at once, and the wait for the disk is shared. It answers one row for each, and
-- behind them one with the first page that they made.
-- add_item and remove_item stay, for the release before this one.
create function write_together(texts text[], page_size int)
returns table (item_id bigint, item_text text, version bigint, length bigint, items json)
language plpgsql as $$
declare
  head queue;
  new_text text;
begin
  -- First on purpose: writers wait here, one behind the other, and only then take ids and versions.
  select * into head from queue for update;
  foreach new_text in array texts loop
    item_id := null;
    item_text := null;
    if new_text is not null then
      insert into item (text) values (new_text) returning id, text into item_id, item_text;
      head.length := head.length + 1;
    elsif head.length > 0 then
      delete from item
      where id = (select i.id from item i where i.id > head.removed_through order by i.id limit 1)
      returning id, text into strict item_id, item_text;
      head.length := head.length - 1;
      head.removed_through := item_id;
    end if;
    -- An empty queue stays as it is, its version too.
    if item_id is not null then
      head.version := next_version(head.version);
    end if;
    version := head.version;
    length := head.length;
    return next;
  end loop;
  update queue
  set version = head.version, length = head.length, removed_through = head.removed_through
  where queue.version <> head.version;
  return query select null::bigint, null::text, page.* from queue_page(0, page_size) page;
end
$$;
