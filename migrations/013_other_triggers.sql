-- Somebody else's trigger on `item` may skip an insert or a delete, change a text, or write to `item` by itself. Such a write was
-- answered as if the trigger weren't there. And while one of our triggers was off, a write was answered though no version
-- counted it.

create or replace function after_item_change() returns trigger
language plpgsql security definer as $$
declare
  count bigint;
  first_id bigint;
  final_id bigint;
  newest tid;
begin
  select count(*), min(id), max(id), (select ctid from queue order by written_tenth desc limit 1)
  into count, first_id, final_id, newest
  from changed;
  if count = 0 then
    return null;
  end if;
  if pg_trigger_depth() > 1 then
    perform set_config('queue.nested', 'yes', true); -- until the transaction ends: another trigger has written
  end if;
  if tg_op = 'DELETE' then
    update queue q
    set
      version = next_version(q.version + count - 1),
      -- Counted anew if it was wrong.
      length = case when q.length >= count then q.length - count else (select count(*) from item) end,
      removed_through = coalesce(
        (select i.id - 1 from item i where i.id > q.removed_through order by i.id limit 1), q.last_id)
    where q.ctid = newest;
  else
    update queue q
    set
      version = next_version(q.version + count - 1),
      length = q.length + case tg_op when 'INSERT' then count else 0 end,
      -- An item may have come in before the head.
      removed_through = least(q.removed_through, first_id - 1),
      last_id = greatest(q.last_id, final_id)
    where q.ctid = newest;
  end if;
  return null;
end
$$;

-- As in 006, and
-- - refuses an add or a remove that was skipped, or that no version counts. Nothing is changed then
-- - answers with the text that is stored
-- - returns the whole page if a trigger has changed other items, or has put an item before the known ones.
create or replace function write_batch(
  writes json, page_size int, budget_ms int, known_version bigint, known_last_id bigint
) returns json
language plpgsql as $$
declare
  -- 0 would mean for ever.
  lock_timeout text := set_config('lock_timeout', greatest(budget_ms, 1)::text, true);
  head queue;
  after_id bigint := 0;
  texts text[];
  keys text[];
  known answered_write[];
  answers answered_write[];
  adds int[]; -- their places among the writes
  removes int[];
  ids bigint[];
  stored text[]; -- their texts
  taken item[];
  last_taken bigint;
  oldest_count bigint := 0;
  items json := '[]';
begin
  -- First on purpose: writers wait here, one behind the other. The statements after it see what the last one committed.
  select * into head from queue order by written_tenth desc limit 1 for update;
  if not found then
    head := lock_queue();
  end if;
  if head.version = known_version then
    after_id := known_last_id;
  end if;

  select array_agg(w.write ->> 'add'), array_agg(w.write ->> 'key'),
    array_agg(w.n) filter (where w.write ->> 'add' is not null),
    array_agg(w.n) filter (where w.write ->> 'add' is null)
  into texts, keys, adds, removes
  from json_array_elements(writes) with ordinality w (write, n);
  if array_remove(keys, null) <> '{}' then
    known := find_answers(keys);
    -- What is new: a key that comes twice here is written once.
    select array_agg(w.n) filter (where w.add is not null), array_agg(w.n) filter (where w.add is null)
    into adds, removes
    from unnest(texts, keys) with ordinality w (add, key, n)
    where w.key is null
      or (w.n = array_position(keys, w.key) and not exists (select from unnest(known) k where k.key = w.key));
  end if;

  if adds is not null then
    with added as (
      insert into item (text) select texts[a.n] from unnest(adds) with ordinality a (n, place) order by a.place
      returning id, text
    )
    select array_agg(added.id), array_agg(added.text) into ids, stored from added; -- in the order of the insert
    if current_setting('queue.nested', true) = 'yes' then
      -- A trigger may have changed or deleted them since.
      select array_agg(i.id order by a.place), array_agg(i.text order by a.place) into ids, stored
      from unnest(ids) with ordinality a (id, place) join item i using (id);
    end if;
    -- There is no newer version if nothing was counted.
    select * into head from queue q where q.version > head.version order by q.written_tenth desc limit 1;
    if not found or cardinality(ids) is distinct from cardinality(adds) then
      raise exception 'a trigger has skipped an add, or the one that counts adds is off'
        using errcode = 'triggered_action_exception';
    end if;
    for i in 1 .. cardinality(adds) loop
      answers[adds[i]] := row(keys[adds[i]], texts[adds[i]], ids[i], stored[i],
        head.version - cardinality(adds) + i, head.length - cardinality(adds) + i, null);
    end loop;
  end if;

  if removes is not null then
    if head.length > 0 then
      select max(oldest.id), count(*) into last_taken, oldest_count
      from (
        select i.id from item i where i.id > head.removed_through order by i.id limit cardinality(removes)
      ) oldest;
    end if;
    if last_taken is not null then
      with gone as (
        delete from item i where i.id > head.removed_through and i.id <= last_taken returning i.*
      )
      select array_agg(gone::item order by gone.id) into taken from gone;
      select * into head from queue q where q.version > head.version order by q.written_tenth desc limit 1;
      if not found or cardinality(taken) is distinct from oldest_count then
        raise exception 'a trigger has skipped a remove, or the one that counts removes is off'
          using errcode = 'triggered_action_exception';
      end if;
    end if;
    for i in 1 .. cardinality(removes) loop
      -- An empty queue stays as it is, its version too.
      answers[removes[i]] := row(keys[removes[i]], null, taken[i].id, taken[i].text,
        head.version - greatest(oldest_count - i, 0), head.length + greatest(oldest_count - i, 0), null);
    end loop;
  end if;

  if known is not null then
    perform keep_answers(answers);
    for i in 1 .. cardinality(texts) loop
      if answers[i].version is null then
        answers[i] := coalesce(
          (select k from unnest(known) k where k.key = keys[i]), answers[array_position(keys, keys[i])]);
      end if;
    end loop;
  end if;

  -- The caller doesn't know what another trigger has written, or an item that came before the known ones.
  if current_setting('queue.nested', true) = 'yes' or after_id >= any(ids) then
    after_id := 0;
  end if;
  -- An empty table is not asked, as the plan would be kept.
  if head.length > 0 then
    items := (
      select coalesce(json_agg(page), '[]')
      from (
        select item.id, item.text from item
        where item.id > greatest(after_id, head.removed_through)
        order by item.id
        limit case when after_id = 0 then page_size else cardinality(texts) end
      ) page
    );
  end if;
  if clock_timestamp() > statement_timestamp() + budget_ms * interval '1 ms' then
    raise exception 'the queue was locked for more than % ms', budget_ms using errcode = 'lock_not_available';
  end if;
  return json_build_object(
    'answers', answers, 'version', head.version, 'length', head.length,
    'origin', origin_with((select min(random) from queue_identity)),
    'after', after_id, 'removed_through', head.removed_through, 'items', items
  );
end
$$;

do $$
declare
  name text;
begin
  foreach name in array array['after_item_change()', 'write_batch(json, int, int, bigint, bigint)'] loop
    execute format('alter function %s set search_path = %I, pg_temp', name, current_schema());
    execute format('alter function %s set random_page_cost = 0', name);
    execute format('alter function %s set jit = off', name);
  end loop;
  -- `create or replace` resets all settings, this one of 008 too.
  alter function write_batch(json, int, int, bigint, bigint) set plan_cache_mode = force_generic_plan;
end
$$;
